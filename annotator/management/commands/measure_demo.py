"""How right suggestions are in the demo: from names alone, after the first training, and after 300 more marks."""

import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np

from annotator.actions.demo import PICTURES, SEED, draw, make_project, write_known
from annotator.actions.imports import import_at_once
from annotator.measure.command import MeasureCommand
from annotator.measure.person import answer
from annotator.measure.truth import Truth, done, score, train
from fixtures import demo

HELD_OUT = 200
MARKS = 300
PER_IMAGE = 6


class Command(MeasureCommand):
    """The demo's 400 pictures and 200 more of the same kind, which nobody marks."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many pictures and marks."""
        super().add_arguments(parser)
        parser.add_argument("--count", type=int, default=PICTURES, help=f"pictures (default {PICTURES})")
        parser.add_argument("--held-out", type=int, default=HELD_OUT, help=f"further pictures (default {HELD_OUT})")
        parser.add_argument("--marks", type=int, default=MARKS, help=f"simulated marks (default {MARKS})")

    def measure(self, options: dict[str, Any]) -> dict[str, Any]:
        """Import, score, train, answer, train again."""
        begun = time.monotonic()
        made = make_project()
        truth = self.take_in(made.project, made.people[0], options)
        figures: dict[str, Any] = {"images": options["count"], "held_out": options["held_out"]}
        figures["chance"] = truth.chance()
        figures["map_names"] = truth.version_map(score(made.project))
        self.stdout.write(f"names alone: {figures['map_names']:.4f}")
        first = train(made.project, options["level"])
        figures["map_first"] = truth.version_map(first)
        self.stdout.write(f"first model: {figures['map_first']:.4f}")
        figures["marks_added"] = answer(truth, made.people[1], options["marks"], PER_IMAGE)
        second = train(made.project, options["level"])
        figures["map_after_marks"] = truth.version_map(second)
        made.project.refresh_from_db()
        live = made.project.live_version
        figures["live"] = live.number if live else None
        return figures | {"notes": [first.note, second.note], "seconds": round(time.monotonic() - begun, 1)}

    def take_in(self, project: Any, lead: Any, options: dict[str, Any]) -> Truth:
        """Draw and import all pictures; labels are known for a tenth of the cells of those that are not held out."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            drawn = draw(folder, options["count"] + options["held_out"], SEED + options["seed"], self.stdout.write)
            write_known(folder / "known.csv", drawn[: options["count"]])
            done(import_at_once(project, lead, str(folder), str(folder / "known.csv")))
        matrix = demo.truth_matrix([scene.labels for scene in drawn])
        values = {scene.name: row for scene, row in zip(drawn, np.asarray(matrix).tolist(), strict=True)}
        return Truth.of(project, values, demo.LABEL_NAMES, {scene.name for scene in drawn[options["count"] :]})
