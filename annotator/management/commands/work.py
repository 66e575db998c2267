"""`manage.py work`: do background jobs until told to leave."""

import logging
import os
import signal
import threading
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from annotator.jobs import runner
from annotator.jobs.registry import LANES, TRAINING
from annotator.jobs.sweep import sweep_temporaries
from annotator.trainer.process import pool
from annotator.worker.lanes import Lane
from annotator.worker.periodic import Periodic

DATABASE_ENGINE = "django_tasks_db.DatabaseBackend"
LEAVE_SECONDS = 45.0


class Command(BaseCommand):
    """A worker: one thread per lane, one that sweeps and starts what is due, and a warm trainer."""

    help = "Do background jobs: training, scoring, imports, exports, closing. Any number may run, on any host."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which lanes, and whether to watch a parent."""
        parser.add_argument("--watch-parent", action="store_true", help="Leave when standard input closes.")
        parser.add_argument("--lanes", nargs="+", choices=LANES, default=list(LANES), help="Only these kinds of work.")
        parser.add_argument("--cold", action="store_true", help="Start the trainer with the first job, not before.")

    def handle(self, *args: Any, watch_parent: bool, lanes: list[str], cold: bool, **options: Any) -> None:
        """Start the threads, wait for a signal or the parent's end, then leave in order."""
        logging.getLogger("django_tasks_db").setLevel(logging.WARNING)
        engine = settings.TASKS["default"]["BACKEND"]
        leave = threading.Event()

        def asked(number: int, frame: FrameType | None) -> None:
            leave.set()

        signal.signal(signal.SIGTERM, asked)
        signal.signal(signal.SIGINT, asked)
        if watch_parent:
            threading.Thread(target=_wait_for_end, args=(leave,), daemon=True).start()
        sweep_temporaries()
        periodic = Periodic()
        periodic.start()
        # Other engines bring their own workers; this process then only sweeps and starts what is due.
        threads = [Lane(name) for name in lanes] if engine == DATABASE_ENGINE else []
        for lane in threads:
            lane.start()
        if threads and TRAINING in lanes and not cold:
            pool.warm()
        self.stdout.write(f"Working: {', '.join(lanes) if threads else 'sweeping only'}")
        while not leave.wait(1.0):
            if not all(thread.is_alive() for thread in [periodic, *threads]):
                raise CommandError("A thread of the worker ended unexpectedly; see the log. Start it again.")
        self.stop(periodic, threads)

    def stop(self, periodic: Periodic, threads: list[Lane]) -> None:
        """Give unfinished jobs back, let the trainers write a checkpoint and go."""
        periodic.stopped.set()
        runner.leave()
        for lane in threads:
            lane.stop()
        for lane in threads:
            lane.join(LEAVE_SECONDS)
        pool.dismiss()


def _wait_for_end(leave: threading.Event) -> None:
    """Standard input ends when the parent dies, whatever killed it."""
    # Not sys.stdin: a thread that waits inside its lock makes the interpreter abort at a normal end.
    while os.read(0, 1):
        pass
    leave.set()
