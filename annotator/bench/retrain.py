"""From a trigger to fresh suggestions, through the real worker: first scores, quick, full, a new label.

`--data DIR` is the folder that holds `photos/voc20.csv`. `--sizes 1000 3000 10000 --labels 80` repeats photographs
and labels (their features too) to show how the cost grows.
"""

import csv
import hashlib
import shutil
import statistics
import subprocess
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from annotator.actions.labels import create_label
from annotator.actions.projects import create_project
from annotator.actions.training import request_training
from annotator.models import Event, Image, Job, Label, Mark, Project, User
from annotator.news.kinds import ImagesNews
from annotator.news.publish import publish
from model.storage.card import read_card
from model.storage.features import FeatureCache

QUICK_ROUNDS = 3
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 3600.0


def say(line: str) -> None:
    """Print at once: a stage can take minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def add_arguments(parser: ArgumentParser) -> None:
    """Where the photographs are, and how many."""
    parser.add_argument("--data", type=Path, required=True, help="folder with photos/voc20.csv")
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[], help="numbers of images (default: all, as they are)"
    )
    parser.add_argument("--labels", type=int, default=20, help="number of labels; beyond 20 they are repeated")
    parser.add_argument("--known", type=float, default=0.1, help="share of cells known")
    parser.add_argument(
        "--cache", type=Path, help="feature cache to start from, as `<backbone>-<size>-<weights>` folders"
    )
    parser.add_argument("--no-full", action="store_true", help="leave out the full training")


def run(options: dict[str, Any]) -> dict[str, Any]:
    """Measure each size; the keys of the last one stand at the top as well."""
    names, rows = read_table(options["data"] / "photos" / "voc20.csv")
    media = Path(settings.TERN_HOME) / "media"
    media.mkdir()
    (media / "photos").symlink_to(options["data"].resolve() / "photos")
    if options["cache"]:
        shutil.copytree(options["cache"], Path(settings.TERN_HOME) / "cache" / "features")
    lead = User.objects.create(username="bench")
    figures: dict[str, Any] = {"sizes": []}
    for size in options["sizes"] or [len(rows)]:
        project = make_project(lead, names, rows, size, options["labels"], options["known"])
        with worker() as memory:
            one = measure(project, lead, full=not options["no_full"])
        one |= {"images": size, "labels": options["labels"], "peak_mib": round(memory["peak"], 1)}
        say(f"{size} images x {options['labels']} labels: " + ", ".join(f"{k} {v}" for k, v in one.items()))
        figures["sizes"].append(one)
        Project.objects.filter(pk=project.pk).update(deleted_at=timezone.now())
    return figures | figures["sizes"][-1]


def measure(project: Project, lead: User, full: bool) -> dict[str, Any]:
    """The stages, one after the other, each timed from its trigger to its `scores` event."""
    figures: dict[str, Any] = {}
    begun = time.monotonic()
    wait_for(lambda: covered(project))
    figures["first_scores_s"] = round(time.monotonic() - begun, 2)
    say(f"features and first scores: {figures['first_scores_s']} s")
    rounds = [train(project, "quick") for _ in range(QUICK_ROUNDS)]
    figures["quick_s"] = round(statistics.median(seconds for seconds, _ in rounds), 2)
    figures["quick_stages"] = rounds[-1][1]
    say(f"quick: {figures['quick_s']} s (median of {QUICK_ROUNDS}), in the trainer {rounds[-1][1]}")
    begun = time.monotonic()
    create_label(project.pk, lead, name="umbrella")
    wait_for(lambda: covered(project))
    figures["new_label_s"] = round(time.monotonic() - begun, 2)
    say(f"a new label scored on all images: {figures['new_label_s']} s")
    if full:
        seconds, stages = train(project, "full")
        figures["full_s"], figures["full_stages"] = round(seconds, 2), stages
        say(f"full: {figures['full_s']} s, in the trainer {stages}")
    return figures


def train(project: Project, level: str) -> tuple[float, dict[str, float]]:
    """One training: seconds from the request to the event that refreshes the page, and the trainer's own stages."""
    seq = Project.objects.values_list("event_seq", flat=True).get(pk=project.pk)
    begun = time.monotonic()
    job = request_training(project, level=level, trigger="command")

    def over() -> bool:
        told = Event.objects.filter(project=project, seq__gt=seq, kind__in=["scores", "version"]).exists()
        return told or Job.objects.filter(pk=job.pk, state=Job.State.FAILED).exists()

    wait_for(over)
    seconds = time.monotonic() - begun
    wait_for(lambda: not Job.objects.filter(pk=job.pk, state__in=Job.ACTIVE).exists())
    job.refresh_from_db()
    if job.state != Job.State.DONE:
        raise SystemExit(f"The {level} training failed: {job.error}")
    return seconds, {name: round(spent, 2) for name, spent in job.result["stages"].items()}


def covered(project: Project) -> bool:
    """Whether the live version scores every label on every image."""
    now = Project.objects.select_related("live_version").get(pk=project.pk)
    failed = Job.objects.filter(project=project, kind="score", state=Job.State.FAILED).first()
    if failed is not None:
        raise SystemExit(f"Scoring failed: {failed.error}")
    labels = set(Label.objects.filter(project=project).values_list("pk", flat=True))
    live = now.live_version
    return (
        live is not None
        and live.score_images >= now.next_row
        and labels <= set(live.score_labels)
        and {str(pk) for pk in labels} <= set(read_card(live.card)["names"])
        and not Job.objects.filter(project=project, kind="score", state__in=Job.ACTIVE).exists()
    )


def wait_for(condition: Callable[[], bool]) -> None:
    """Look until it is so."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("Waited for an hour in vain; look into the worker's output.")
        time.sleep(LOOK_SECONDS)


def read_table(path: Path) -> tuple[list[str], list[tuple[str, list[int]]]]:
    """Label names, and (file, values) of the training photographs."""
    with path.open(newline="") as file:
        reader = csv.DictReader(file)
        names = [name for name in (reader.fieldnames or []) if name not in ("image", "split", "source")]
        rows = [
            (line["image"], [int(line[name] or 0) for name in names]) for line in reader if line["split"] == "train"
        ]
    return names, rows


def make_project(
    lead: User, names: list[str], rows: list[tuple[str, list[int]]], size: int, labels: int, known: float
) -> Project:
    """A project of `size` images and `labels` labels, photographs and labels repeated as needed."""
    project = create_project(lead, f"{size} x {labels}", auto_retrain=False)
    Label.objects.bulk_create(
        Label(project=project, column=at, name=names[at % len(names)] + ("" if at < len(names) else f" {at}"))
        for at in range(labels)
    )
    root = Path(settings.TERN_HOME) / "media" / "photos"
    digests = [
        hashlib.sha256((root / rows[at % len(rows)][0]).read_bytes()).hexdigest() for at in range(min(size, len(rows)))
    ]
    hashes = [
        digests[at] if at < len(rows) else hashlib.sha256(f"{digests[at % len(rows)]}{at}".encode()).hexdigest()
        for at in range(size)
    ]
    repeat_features(project, digests, hashes)
    Image.objects.bulk_create(
        (
            Image(
                project=project,
                row=at,
                content_hash=content,
                group_key=content,
                file_name=Path(rows[at % len(rows)][0]).name,
                file=f"photos/{rows[at % len(rows)][0]}",
                thumbnail="",
                width=1,
                height=1,
                size_bytes=1,
            )
            for at, content in enumerate(hashes)
        ),
        batch_size=2000,
    )
    Project.objects.filter(pk=project.pk).update(next_row=size, next_column=labels)
    truth = np.array([values for _, values in rows], np.int8)
    mark(project, lead, np.tile(truth, (size // len(rows) + 1, labels // len(names) + 1))[:size, :labels], known)
    with transaction.atomic():
        publish(project.pk, ImagesNews(size, size, []))
    project.refresh_from_db()
    return project


def mark(project: Project, lead: User, truth: np.ndarray, known: float) -> None:
    """Mark a random share of the cells as they are."""
    chosen = (np.random.default_rng(0).random(truth.shape) < known) & (truth != 0)
    images = list(project.images.order_by("row").values_list("pk", flat=True))
    labels = list(project.labels.order_by("column").values_list("pk", flat=True))
    now = timezone.now()
    Mark.objects.bulk_create(
        (
            Mark(
                project=project, image_id=images[row], label_id=labels[column], annotator=lead,
                value=int(truth[row, column]), version=1, source="imported", updated_at=now,
            )
            for row, column in zip(*np.nonzero(chosen), strict=True)
        ),
        batch_size=2000,
    )  # fmt: skip


def repeat_features(project: Project, digests: list[str], hashes: list[str]) -> None:
    """Give repeated photographs the features of their originals, when those are cached."""
    folder = Path(settings.TERN_HOME) / "cache" / "features"
    try:
        cache = FeatureCache.open(folder, project.backbone, project.image_size)
    except FileNotFoundError:
        return
    for start in range(len(digests), len(hashes), 200):
        part = range(start, min(start + 200, len(hashes)))
        maps, sound = cache.maps([digests[at % len(digests)] for at in part])
        if sound.all():
            cache.add([hashes[at] for at in part], maps.astype(np.float32))


@contextmanager
def worker() -> Iterator[dict[str, float]]:
    """A real worker; yields a mapping whose "peak" is the largest memory of it and its trainers together, MiB."""
    process = subprocess.Popen([sys.executable, "manage.py", "work", "--watch-parent"], stdin=subprocess.PIPE)
    memory = {"peak": 0.0}
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            try:
                family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
                # Shared pages count once: the libraries of several processes are the same memory.
                used = sum(one.memory_full_info().pss for one in family) / 2**20
            except psutil.NoSuchProcess:
                continue
            memory["peak"] = max(memory["peak"], used)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield memory
    finally:
        done.set()
        process.terminate()
        process.wait(60)
