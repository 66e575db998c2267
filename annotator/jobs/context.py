"""What a job's handler is given: its row, its folder, progress, cancellation, and the guard of its lease."""

import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from annotator.jobs import leases, news
from annotator.models import Job

logger = logging.getLogger(__name__)

# Watchers see smooth progress at three messages a second; more would only load the database.
PROGRESS_SECONDS = 0.33
CANCEL_LOOK_SECONDS = 0.25


class JobCancelled(Exception):
    """Somebody asked for a stop; raised by `check`, ends the job as cancelled."""


class LeaseLost(Exception):
    """Another worker holds the job now: this one must stop and write nothing more."""


class WorkerLeaves(Exception):
    """The worker was asked to leave; the job goes back to the queue."""


class JobFailed(Exception):
    """The job cannot be done; the text is shown to people as it is."""


class JobContext:
    """Handed to a job's handler. `result` becomes the job's result when the handler returns."""

    def __init__(self, job: Job, token: uuid.UUID) -> None:
        self.job = job
        self.token = token
        self.project_id = job.project_id
        self.payload: dict[str, Any] = job.payload
        self.result: dict[str, Any] = {}
        self.lost = False
        self.leaving = False
        self._cancelled = False
        self._looked = 0.0
        self._told = 0.0

    @property
    def directory(self) -> Path:
        """The job's own folder; the same one for every attempt."""
        return run_directory(self.project_id, self.job.pk)

    def progress(
        self, stage: str, percent: float, message: str = "", seconds_left: float | None = None, force: bool = False
    ) -> None:
        """Tell watchers how far the job is (percent 0..100); at most three times a second unless `force`."""
        now = time.monotonic()
        if not force and now - self._told < PROGRESS_SECONDS:
            return
        self._told = now
        told = {
            "stage": stage,
            "percent": round(max(0.0, min(100.0, percent)), 1),
            "seconds_left": None if seconds_left is None else round(seconds_left, 1),
            "message": message,
        }
        with self.fenced():
            leases.held(self.job.pk, self.token).update(progress=told)
            self.job.progress = told
            news.publish_job(self.job)

    def cancelled(self) -> bool:
        """Whether somebody asked for a stop; asks the database a few times a second at most."""
        now = time.monotonic()
        if not self._cancelled and now - self._looked > CANCEL_LOOK_SECONDS:
            self._looked = now
            asked = leases.held(self.job.pk, self.token).values_list("cancel_requested", flat=True).first()
            self._cancelled = bool(asked)
            self.lost = self.lost or asked is None
        return self._cancelled

    def check(self) -> None:
        """Raise JobCancelled, LeaseLost or WorkerLeaves when the handler should stop here."""
        if self.cancelled():
            raise JobCancelled
        if self.lost:
            raise LeaseLost
        if self.leaving:
            raise WorkerLeaves

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """A transaction that commits only while the job is ours; the job's row stays locked inside it."""
        with transaction.atomic():
            if not leases.heartbeat(self.job.pk, self.token):
                self.lost = True
                raise LeaseLost
            yield

    def log(self, text: str) -> None:
        """Append a line to the job's log file, which leads can read."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with (self.directory / "job.log").open("a") as file:
            file.write(f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {text}\n")


def run_directory(project_id: int, job_id: int) -> Path:
    """Where the files of a job live."""
    return Path(settings.TERN_HOME) / "projects" / str(project_id) / "runs" / str(job_id)
