"""The worker's lanes: each takes wake-ups of its own queue, so that no kind of work waits for another."""

import logging
import threading

from django.conf import settings
from django.db import DatabaseError, connection
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

logger = logging.getLogger(__name__)
BACKEND = "default"


class Lane(threading.Thread):
    """One thread that does the jobs of one queue of the database engine, one after the other."""

    def __init__(self, queue: str) -> None:
        super().__init__(name=f"lane-{queue}", daemon=True)
        self.queue = queue
        self.stopped = threading.Event()
        self.worker = Worker(
            queue_names=[queue],
            excluded_queue_names=[],
            interval=0,
            batch=True,
            backend_name=BACKEND,
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
        )

    def run(self) -> None:
        """Until `stopped` is set. A plain read comes first: the engine's own look takes the write lock of SQLite."""
        ready = DBTaskResult.objects.ready
        while not self.stopped.wait(settings.TERN_POLL_SECONDS):
            try:
                if ready().filter(backend_name=BACKEND, queue_name=self.queue).exists():
                    self.worker.run()
            except DatabaseError:
                logger.warning("Lane %s: the database did not answer; looking again soon.", self.queue, exc_info=True)
                connection.close()
        connection.close()

    def stop(self) -> None:
        """Take no further job; the one in hand ends or is given back."""
        self.stopped.set()
        self.worker.running = False
