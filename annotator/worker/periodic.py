"""Work that nobody asks for: retrain after enough marks, score what is new, sweep, purge. Runs in every worker."""

import contextlib
import logging
import threading
import time

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from annotator.actions.purge import purge
from annotator.actions.training import due_training, make_way, request_scores, request_training
from annotator.errors import TernError
from annotator.jobs.sweep import sweep
from annotator.models import Project

logger = logging.getLogger(__name__)

# A project without news is looked at this often, for the trainings that are due by time.
QUIET_LOOK_SECONDS = 10.0
LOOK_SECONDS = 0.25
PURGE_SECONDS = 3600.0


class Periodic(threading.Thread):
    """One thread per worker process: looks at projects with news several times a second, sweeps every few."""

    def __init__(self) -> None:
        super().__init__(name="periodic", daemon=True)
        self.stopped = threading.Event()
        self._seen: dict[int, int] = {}
        self._looked = 0.0
        self._swept = 0.0
        self._purged = 0.0

    def run(self) -> None:
        """Until `stopped` is set; trouble with the database is waited out."""
        while not self.stopped.wait(LOOK_SECONDS):
            try:
                close_old_connections()
                self.round()
            except DatabaseError:
                logger.warning("The database did not answer; looking again soon.", exc_info=True)
            except Exception:
                logger.exception("Periodic work failed; going on.")
        connection.close()

    def round(self) -> None:
        """One look at everything that may be due."""
        now = time.monotonic()
        if now - self._swept >= settings.TERN_SWEEP_SECONDS:
            self._swept = now
            sweep()
        if now - self._purged >= PURGE_SECONDS:
            self._purged = now
            remove_for_good()
        everything = now - self._looked >= QUIET_LOOK_SECONDS
        if everything:
            self._looked = now
        for pk, seq in Project.objects.filter(deleted_at=None).values_list("pk", "event_seq"):
            if everything or self._seen.get(pk) != seq:
                self._seen[pk] = seq
                start_due(pk)


def remove_for_good() -> None:
    """Purge, and say so when anything went."""
    removed = {what: count for what, count in purge().items() if count}
    if removed:
        logger.info("Removed for good, deleted long ago: %s.", ", ".join(f"{n} {what}" for what, n in removed.items()))


def start_due(project_id: int) -> None:
    """Start what is due in one project. Several workers may try at once: the database lets one through."""
    with contextlib.suppress(TernError):
        request_scores(project_id)
    project = Project.objects.select_related("live_version__run").get(pk=project_id)
    with contextlib.suppress(TernError):
        make_way(project)
        due = due_training(project)
        if due is not None:
            level, trigger = due
            request_training(project, level=level, trigger=trigger)
