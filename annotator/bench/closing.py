"""Closing all labels of a large project, and taking it back, while somebody else goes on saving marks.

A server and a worker of its own, as `start` runs them; one annotator saves a mark about 25 times a second meanwhile.
"""

import statistics
import subprocess
import sys
import threading
import time
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from annotator.bench.api import client_of, seed_person, seed_project, server
from annotator.bench.clients import Annotator
from annotator.models import Job, MarkEvent, Operation, Project, User

LOOK_SECONDS = 0.05
SLOWEST_SECONDS = 1_800
BETWEEN_SAVES = 0.04


def add_arguments(parser: ArgumentParser) -> None:
    """How large a project."""
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--labels", type=int, default=80)


def run(options: dict[str, Any]) -> dict[str, float]:
    """Seconds of the statement, of agreeing, and of each act; milliseconds of the saves meanwhile."""
    lead = User.objects.create(username="lead", is_superuser=True)
    project = seed_project(lead, options["images"], options["labels"])
    person = seed_person(project, 0)
    arguments = ["start", "--no-worker", "--no-build", "--no-demo", "--no-browser", "--port", "8440"]
    with server(arguments) as port, worker():
        closer, saver = client_of(lead, project, port, 0), client_of(person, project, port, 0)
        figures = {
            "save_alone_p50_ms": round(statistics.median(saver.mark(*next(saver.cells)) for _ in range(50)) * 1000, 1)
        }
        stated, told = closer.ask("GET", "labelview/close/")
        operation = str(uuid.uuid4())
        begun = time.perf_counter()
        agreed, _ = closer.ask("POST", "labelview/close/", {"operation": operation, "stamp": told["stamp"]})
        figures |= {"cells": told["cells"], "statement_s": round(stated, 2), "agree_s": round(agreed, 2)}
        figures |= watched("close", project, operation, saver, begun)
        closer.connection.close()  # The server may have closed an idle one meanwhile.
        begun = time.perf_counter()
        undo = str(uuid.uuid4())
        asked, _ = closer.ask("POST", "sync/", {"operations": [{"id": undo, "kind": "undo", "of": operation}]})
        figures |= {"ask_undo_s": round(asked, 2)} | watched("undo", project, undo, saver, begun)
        closer.connection.close()
        took, _ = closer.ask("GET", "labelview/close/")
    return figures | {"statement_after_s": round(took, 2)}


def watched(name: str, project: Project, operation: str, saver: Annotator, begun: float) -> dict[str, float]:
    """Save until the operation's job has ended; how long it took, what it changed, and how long saves took."""
    job = Operation.objects.get(pk=operation).job
    took: list[float] = []
    over = threading.Event()

    def save() -> None:
        while not over.is_set():
            took.append(saver.mark(*next(saver.cells)))
            time.sleep(BETWEEN_SAVES)

    thread = threading.Thread(target=save)
    thread.start()
    try:
        while job is not None and job.state in Job.ACTIVE and time.perf_counter() - begun < SLOWEST_SECONDS:
            time.sleep(LOOK_SECONDS)
            job.refresh_from_db()
    finally:
        over.set()
        thread.join()
    seconds = time.perf_counter() - begun
    if job is None or job.state != Job.State.DONE:
        raise RuntimeError(f"The job of '{name}' is {job and job.state}: {job and job.error}")
    cuts = statistics.quantiles(took, n=20)
    return {
        f"{name}_s": round(seconds, 1),
        f"{name}_cells": MarkEvent.objects.filter(project=project, operation=operation).count(),
        f"saves_during_{name}": len(took),
        f"save_during_{name}_p50_ms": round(cuts[9] * 1000, 1),
        f"save_during_{name}_p95_ms": round(cuts[18] * 1000, 1),
        f"save_during_{name}_max_ms": round(max(took) * 1000, 1),
    }


@contextmanager
def worker() -> Iterator[None]:
    """A running worker of the lane that closes."""
    process = subprocess.Popen(
        [sys.executable, str(settings.ROOT / "manage.py"), "work", "--lanes", "marks", "--cold", "--watch-parent"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(60)
