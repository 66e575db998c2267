"""A real Tern for browser tests: the start command with its worker, killed and started again as a test pleases."""

import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue

from filelock import FileLock

from annotator.jobs.registry import MARKS, TRANSFER
from tests.paths import ROOT

START_SECONDS = STOP_SECONDS = 180
DATABASE = "tern.sqlite3"
MIGRATIONS = ROOT / "annotator" / "migrations"


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def empty_database() -> Path:
    """A database with all its tables and nothing in them, made once for all processes of a test run.

    Making one takes longer than all else that a start does; `tests/app/test_start.py` starts without it.
    """
    tables = hashlib.sha256(" ".join(sorted(path.name for path in MIGRATIONS.glob("*.py"))).encode()).hexdigest()
    shared = Path(os.environ.get("TERN_HOME") or tempfile.gettempdir()) / f"tern-empty-{os.getppid()}-{tables[:8]}"
    with FileLock(f"{shared}.lock"):
        if not (shared / DATABASE).exists():
            env = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
            command = [sys.executable, "manage.py", "migrate", "-v0"]
            subprocess.run(command, cwd=ROOT, env={**env, "TERN_HOME": str(shared)}, check=True)
    return shared / DATABASE


class Tern:
    """One data folder and, between `start` and `kill`, the processes that serve it on a port that stays the same."""

    def __init__(self, home: Path, *options: str, database: str = "", trains: bool = True) -> None:
        """Without a trainer the quick kinds of work alone are done, by a worker of their own as on another machine."""
        self.home, self.port, self.options, self.trains = home, free_port(), options, trains
        self.address = f"http://localhost:{self.port}"
        self.env = {
            **os.environ,
            "TERN_HOME": str(home),
            "TERN_IMPORT_ROOTS": str(home.parent),
            "PYTHONUNBUFFERED": "1",
        }
        self.env.pop("DATABASE_URL", None)
        if database:
            self.env["DATABASE_URL"] = database
        self.process: subprocess.Popen[str] | None = None
        self.worker: subprocess.Popen[bytes] | None = None
        self.said: list[str] = []

    def start(self) -> str:
        """Start it and wait until it answers; the one-time sign-in link that it prints."""
        if "DATABASE_URL" not in self.env and not self.home.exists():
            self.home.mkdir(parents=True)
            shutil.copy(empty_database(), self.home / DATABASE)
        command = [sys.executable, "manage.py", "start", "--no-demo", "--no-browser", "--port", str(self.port)]
        command += [*self.options, *([] if self.trains else ["--no-worker"])]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        lines: Queue[str] = Queue()
        threading.Thread(target=self._listen, args=(self.process, lines), daemon=True).start()
        while True:
            try:
                line = lines.get(timeout=START_SECONDS)
            except Empty:
                raise AssertionError(f"Tern did not start:\n{''.join(self.said)}") from None
            if found := re.search(r"http://\S+/enter/\S+", line):
                assert f":{self.port}/" in found[0], "the port was taken between two starts"
                self._work()
                return found[0]

    def _work(self) -> None:
        """Start the worker without a trainer, where that is wanted and none runs."""
        if not self.trains and self.worker is None:
            command = [sys.executable, "manage.py", "work", "--watch-parent", "--lanes", TRANSFER, MARKS]
            self.worker = subprocess.Popen(command, cwd=ROOT, env=self.env, stdin=subprocess.PIPE)

    def _listen(self, process: "subprocess.Popen[str]", lines: "Queue[str]") -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.said.append(line)
            lines.put(line)

    def kill(self) -> None:
        """kill -9 of the server; what it started leaves by itself."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> None:
        """Stop it as Ctrl-C does, and its worker."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(STOP_SECONDS)
        if self.worker is not None:
            self.worker.terminate()
            self.worker.wait(STOP_SECONDS)

    def manage(self, *arguments: str, **env: str) -> str:
        """What a management command says that is run on the same data."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env={**self.env, **env}, check=True, capture_output=True, text=True)
        return done.stdout


@contextmanager
def running(home: Path, *, database: str = "", trains: bool = True) -> Iterator[tuple[Tern, str]]:
    """A started Tern and its sign-in link; on SQLite, or on the empty database of this address."""
    tern = Tern(home, database=database, trains=trains)
    try:
        yield tern, tern.start()
    finally:
        tern.stop()
        # pytest shows this beside a failure.
        print("".join(tern.said))
