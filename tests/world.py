"""A small project whose truth is known, and the processes that work on it."""

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import psutil
from django.conf import settings
from django.db import connection
from django.utils import timezone

from annotator.models import Image, Label, Mark, Member, ModelVersion, Project, Role, User

ROOT = Path(__file__).resolve().parent.parent
TRAINER = [sys.executable, str(ROOT / "tests" / "small_trainer.py")]
T = TypeVar("T")


def wait_for(condition: Callable[[], T], seconds: float = 30.0, what: str = "") -> T:
    """Poll until `condition` is true and return it; fail loudly after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what or condition}")


def make_user(name: str, **extra: Any) -> User:
    return User.objects.create_user(username=name, **extra)


def project_led_by(lead: User) -> Project:
    """An empty project with this lead."""
    project = Project.objects.create(name="Birds")
    Member.objects.create(project=project, user=lead, role=Role.LEAD)
    return project


def make_project(images: int = 40, labels: int = 3, **extra: Any) -> Project:
    """A project with a lead, labels and images; images have no files, the small trainer reads their hashes."""
    project = Project.objects.create(name="Birds", **extra)
    lead = make_user(f"lead{project.pk}")
    Member.objects.create(project=project, user=lead, role=Role.LEAD)
    add_labels(project, [f"label {'x' * number}" for number in range(labels)])
    add_images(project, images)
    return project


def add_labels(project: Project, names: list[str]) -> list[Label]:
    start = project.labels.count()
    made = [Label.objects.create(project=project, column=start + i, name=name) for i, name in enumerate(names)]
    Project.objects.filter(pk=project.pk).update(next_column=start + len(names))
    return made


def add_images(project: Project, count: int) -> list[Image]:
    start = Project.objects.get(pk=project.pk).next_row
    made = []
    for row in range(start, start + count):
        digest = hashlib.sha256(f"{project.pk}:{row}".encode()).hexdigest()
        made.append(
            Image(
                project=project,
                row=row,
                content_hash=digest,
                group_key=digest,
                file_name=f"{row}.jpg",
                file=f"originals/{digest}.jpg",
                thumbnail=f"thumbnails/{digest}.jpg",
                width=8,
                height=8,
                size_bytes=1,
            )
        )
    Image.objects.bulk_create(made)
    Project.objects.filter(pk=project.pk).update(next_row=start + count)
    project.refresh_from_db()
    return made


def truth(image: Image, label: Label) -> int:
    """The true value: label k is present where byte k of the hash is large."""
    return 1 if int(image.content_hash[2 * label.column : 2 * label.column + 2], 16) >= 128 else -1


def mark(project: Project, user: User, images: list[Image], labels: list[Label], flip: bool = False) -> int:
    """Write true (or reversed) values for these cells straight into the table; how many."""
    marks = [
        Mark(
            project=project,
            image=image,
            label=label,
            annotator=user,
            value=-truth(image, label) if flip else truth(image, label),
            version=1,
            updated_at=timezone.now(),
        )
        for image in images
        for label in labels
    ]
    Mark.objects.bulk_create(marks)
    return len(marks)


def publish_scores(project: Project, matrix: np.ndarray, card: dict[str, Any] | None = None) -> ModelVersion:
    """A live version whose scores are `matrix` [labels, image rows]; without a card it learned each label's marks."""
    number = project.versions.count() + 1
    directory = f"projects/{project.pk}/models/{number}"
    folder = Path(settings.TERN_HOME) / directory
    folder.mkdir(parents=True)
    np.save(folder / "scores-1.npy", matrix.astype(np.float16))
    labels = list(project.labels.order_by("column").values_list("pk", flat=True))
    version = ModelVersion.objects.create(
        project=project,
        number=number,
        method="tern",
        directory=directory,
        card=card or {"labels": [{"id": label, "positives": 1} for label in labels]},
        scores_file=f"{directory}/scores-1.npy",
        score_labels=labels,
        score_images=matrix.shape[1],
        scores_revision=1,
    )
    Project.objects.filter(pk=project.pk).update(live_version=version)
    project.refresh_from_db()
    return version


def environment(**extra: str) -> dict[str, str]:
    """The environment in which another process sees this test's database and data folder."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        user, host = database["USER"], database["HOST"] or "127.0.0.1"
        url = f"postgresql://{user}:{database['PASSWORD']}@{host}:{database['PORT'] or 5432}/{database['NAME']}"
    return os.environ | {
        "DATABASE_URL": url,
        "TERN_HOME": str(settings.TERN_HOME),
        "TERN_SECRET_KEY": settings.SECRET_KEY,
        "TERN_TRAINER_COMMAND": " ".join(TRAINER),
        "TERN_TRAINER_THREADS": "1",
        "TERN_LEASE_SECONDS": "2",
        "TERN_SWEEP_SECONDS": "1",
        "DJANGO_SETTINGS_MODULE": "annotator.settings",
        **extra,
    }


@contextmanager
def process(*arguments: str, **extra: str) -> Iterator[subprocess.Popen[bytes]]:
    """A `manage.py` process; told to leave at the end, killed if it does not."""
    with python("manage.py", *arguments, **extra) as running:
        yield running


@contextmanager
def python(*arguments: str | Path, **extra: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process in the repository that sees this test's data."""
    log = Path(settings.TERN_HOME) / f"process-{time.monotonic_ns()}.log"
    with log.open("wb") as file:
        running = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            cwd=ROOT,
            env=environment(PYTHONPATH=str(ROOT), **extra),
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    running.log = log  # type: ignore[attr-defined]
    try:
        yield running
    finally:
        if running.poll() is None:
            running.terminate()
            try:
                running.wait(10)
            except subprocess.TimeoutExpired:
                running.kill()
        running.wait()
        if running.stdin:
            running.stdin.close()


def children(pid: int) -> list[psutil.Process]:
    """All living descendants of a process."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
