"""Child processes of `start`: kept running, stopped in order, and never left behind.

Each child holds the reading end of a pipe as its standard input. Whatever ends us, a kill -9 included, closes the
pipe, and the child leaves.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from django.conf import settings

SECONDS_TO_LEAVE = 10.0
LONGEST_PAUSE = 30.0


@dataclass
class Child:
    """A management command to run. `keep`: start it again when it ends; `gentle`: it watches the pipe by itself."""

    arguments: list[str]
    keep: bool
    gentle: bool = False

    def start(self) -> subprocess.Popen[bytes]:
        """Start it, away from our terminal's Ctrl-C, which would reach it before we can stop it in order."""
        environment = {**os.environ, "TERN_HOME": str(settings.TERN_HOME)}
        if not self.gentle:
            environment["TERN_LEAVE_WITH_PARENT"] = "1"
        command = [sys.executable, str(settings.ROOT / "manage.py"), *self.arguments]
        return subprocess.Popen(command, stdin=subprocess.PIPE, env=environment, start_new_session=True)


class Supervisor:
    """Runs children while the block lasts; one thread a child waits for its end and starts it again."""

    def __init__(self, children: list[Child], complain: Callable[[str], object]) -> None:
        self.children, self.complain = children, complain
        self.stopping = threading.Event()
        self.running: dict[int, subprocess.Popen[bytes]] = {}
        self.lock = threading.Lock()
        self.threads = [
            threading.Thread(target=self._watch, args=(place,), daemon=True) for place in range(len(children))
        ]

    def __enter__(self) -> "Supervisor":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        with self.lock:
            running = list(self.running.values())
        for process in running:
            if process.stdin is not None:
                process.stdin.close()
        deadline = time.monotonic() + SECONDS_TO_LEAVE
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _watch(self, place: int) -> None:
        child, pause = self.children[place], 1.0
        while not self.stopping.is_set():
            started = time.monotonic()
            with self.lock:
                if self.stopping.is_set():
                    return
                process = self.running[place] = child.start()
            code = process.wait()
            if self.stopping.is_set() or (code == 0 and not child.keep):
                return
            name = child.arguments[0]
            if not child.keep:
                self.complain(f"'{name}' failed with code {code}; run 'manage.py {name}' to see why.")
                return
            pause = 1.0 if time.monotonic() - started > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            self.complain(f"'{name}' ended with code {code}; starting it again in {pause:.0f} s.")
            self.stopping.wait(pause)
