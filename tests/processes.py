"""Processes that work on the data of a test, and how to wait for what they do."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psutil
from django.conf import settings
from django.db import connection

from tests.paths import ROOT

TRAINER = [sys.executable, str(ROOT / "tests" / "small_trainer.py")]
T = TypeVar("T")


def wait_for(condition: Callable[[], T | None], seconds: float = 30.0, what: str | Callable[[], str] = "") -> T:
    """Poll until `condition` is true and return it; after `seconds` fail and say what was waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what or condition}")


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


class Process(subprocess.Popen[bytes]):
    """A process whose output is written to `log`."""

    log: Path


@contextmanager
def process(*arguments: str, **extra: str) -> Iterator[Process]:
    """A `manage.py` process; told to leave at the end, killed if it does not."""
    with python("manage.py", *arguments, **extra) as running:
        yield running


@contextmanager
def python(*arguments: str | Path, **extra: str) -> Iterator[Process]:
    """A Python process in the repository that sees this test's data."""
    log = Path(settings.TERN_HOME) / f"process-{time.monotonic_ns()}.log"
    with log.open("wb") as file:
        running = Process(
            [sys.executable, *map(str, arguments)],
            cwd=ROOT,
            env=environment(PYTHONPATH=str(ROOT), **extra),
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    running.log = log
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
