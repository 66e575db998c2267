"""How right suggestions are on real photographs: names alone, the tuned linear probe, and `tern`.

    manage.py measure_photos --data DIR [--dataset voc20] [--known 0.1]

DIR/photos/DATASET.csv is a wide table with the columns image, split (train or test) and labels in {1, -1, 0}.
Photographs of both parts are imported, labels for a share of the training part; the test part is never marked.
"""

import csv
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandError

from annotator.actions.demo import write_table
from annotator.actions.imports import import_at_once
from annotator.actions.labels import change_label
from annotator.actions.projects import create_project
from annotator.measure.command import MeasureCommand
from annotator.measure.truth import Truth, done, score, train
from annotator.measure.words import WORDS
from annotator.models import Label, Project, User
from model.research.datasets.base import drop_labels

ABOUT = ("image", "split", "source")


class Command(MeasureCommand):
    """Imports, scores and trains as a project would, then prints mAP on the test part."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which photographs, and how much is known."""
        super().add_arguments(parser)
        parser.add_argument("--data", type=Path, required=True, help="folder of the shared data")
        parser.add_argument("--dataset", default="voc20")
        parser.add_argument("--known", type=float, default=0.1, help="share of training labels known (default 0.1)")

    def measure(self, options: dict[str, Any]) -> dict[str, Any]:
        """Import, score from names, probe, train."""
        photos = options["data"].resolve() / "photos"
        table = photos / f"{options['dataset']}.csv"
        if not table.is_file():
            raise CommandError(f"There is no {table}. Give the folder that holds photos/{options['dataset']}.csv.")
        names, rows = read_table(table)
        begun = time.monotonic()
        project, truth = self.take_in(photos, names, rows, options)
        figures: dict[str, Any] = {
            "dataset": options["dataset"],
            "known": options["known"],
            "train": int((~truth.held).sum()),
            "test": int(truth.held.sum()),
            "import_s": round(time.monotonic() - begun, 1),
            "chance": truth.chance(),
        }
        begun = time.monotonic()
        figures["map_names"] = truth.version_map(score(project))
        figures["names_s"] = round(time.monotonic() - begun, 1)
        self.stdout.write(f"names alone: {figures['map_names']:.4f}")
        figures["map_probe"] = truth.probe_map(options["seed"])
        self.stdout.write(f"tuned linear probe: {figures['map_probe']:.4f}")
        begun = time.monotonic()
        version = train(project, options["level"])
        figures["map_tern"] = truth.version_map(version)
        return figures | {"train_s": round(time.monotonic() - begun, 1), "note": version.note}

    def take_in(
        self, photos: Path, names: list[str], rows: list[dict[str, str]], options: dict[str, Any]
    ) -> tuple[Project, Truth]:
        """Import the photographs with what is known of the training part."""
        files = [row["image"] for row in rows]
        values = np.array([[int(row[name]) for name in names] for row in rows], np.int8)
        held = np.array([row["split"] == "test" for row in rows])
        known = np.zeros_like(values)
        known[~held] = drop_labels(values[~held], options["known"], options["seed"])
        owner, _ = User.objects.get_or_create(username="measure", defaults={"is_superuser": True})
        project = create_project(owner, f"{options['dataset']} {options['known']}", auto_retrain=False)
        with tempfile.TemporaryDirectory() as folder:
            root, table = Path(folder) / "photos", Path(folder) / "known.csv"
            for file in files:
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                (root / file).write_bytes((photos / file).read_bytes())
            write_table(table, files, names, known)
            job = done(import_at_once(project, owner, str(root), str(table)))
        if job.result["errors"]:
            raise CommandError(f"Not everything came in: {job.result['errors'][:3]}")
        truth = Truth.of(project, dict(zip(files, values.tolist(), strict=True)), names, set(np.array(files)[held]))
        for label in Label.objects.filter(project=project, name__in=WORDS):
            change_label(label, owner, name=WORDS[label.name])
        return project, truth


def read_table(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Label names and lines of a wide table with a split column."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        names = [name for name in reader.fieldnames or [] if name not in ABOUT]
    return names, rows
