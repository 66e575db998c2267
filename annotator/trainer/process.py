"""The warm trainer: `python -m model serve`, kept running so that a quick refit does not pay for its imports.

The worker process owns it. It leaves by itself when its standard input closes or its parent
dies, so killing the worker leaves nothing behind.
"""

import contextlib
import json
import os
import queue
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent.parent
LEAVE_SECONDS = 5.0
LAST_WORDS = 4000
# As long as a quick refit may take.
PATIENCE_SECONDS = 3.0


class TrainerDied(Exception):
    """The process ended without an answer; the text is its exit status and last words."""


class Trainer:
    """One trainer process, started when first needed and again after a death. Used by one thread at a time."""

    def __init__(self, name: str) -> None:
        self.log = Path(settings.TERN_HOME) / "log" / f"trainer-{os.getpid()}-{name}.log"
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._mark = 0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Start the process unless it runs."""
        if self.pid is not None:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        threads = str(settings.TERN_TRAINER_THREADS)
        # NumPy's products are small here, and its threads wait for each other by spinning: beside other work on two
        # cores they made the same product six times slower than one thread.
        limits = {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": "1"}
        environment = os.environ | limits | {"PYTHONUNBUFFERED": "1"}
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [*settings.TERN_TRAINER_COMMAND, "serve"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=ROOT,
                env=environment,
                # Ctrl-C in a terminal goes to the worker, which asks the trainer for a checkpoint first.
                start_new_session=True,
            )
        self._answers = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(self._process, self._answers), daemon=True).start()

    def send(self, command: dict[str, Any]) -> None:
        """Hand over one command. Raises TrainerDied when nobody takes it."""
        self.start()
        assert self._process is not None
        assert self._process.stdin is not None
        self._mark = self.log.stat().st_size
        try:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
        except (BrokenPipeError, OSError) as error:
            raise TrainerDied(self.last_words()) from error

    def answer(self, seconds: float) -> dict[str, Any] | None:
        """The answer to the command, or None after `seconds` without one. Raises TrainerDied at its death."""
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            return None
        if line is None:
            raise TrainerDied(self.last_words())
        answer: dict[str, Any] = json.loads(line)
        return answer

    def last_words(self) -> str:
        """Exit status and the end of what the process wrote to its log since the last command."""
        status = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                status = self._process.wait(LEAVE_SECONDS)
        return f"exit status {status}\n{self.written()}".strip()

    def written(self) -> str:
        """What the process wrote to its log since the last command (its end, when that is long)."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(self._mark, size - LAST_WORDS))
            return file.read().decode(errors="replace")

    def kill(self) -> None:
        """End the process at once: its work is no longer ours, or it does not listen."""
        if self._process is not None:
            self._process.kill()
            self._close()

    def leave(self) -> None:
        """Close its input and wait for it to go; kill it when it does not."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(LEAVE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._close()

    def _close(self) -> None:
        assert self._process is not None
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._process = None


def _listen(process: subprocess.Popen[str], answers: "queue.SimpleQueue[str | None]") -> None:
    """Pass the process's lines on; None at its end."""
    assert process.stdout is not None
    with contextlib.suppress(ValueError):
        for line in process.stdout:
            if line.strip().startswith("{"):
                answers.put(line)
    answers.put(None)


class Pool:
    """The trainers of this process: one as a rule, a second only while the first is busy for long.

    A second one costs memory and seconds to start, so a job first waits for the time of a quick refit.
    """

    def __init__(self) -> None:
        self.trainers: list[Trainer] = []
        self._busy: set[Trainer] = set()
        self._freed = threading.Condition()

    def warm(self) -> None:
        """Start the first trainer, so that the first job finds it ready."""
        with self.take() as trainer:
            trainer.start()

    @contextlib.contextmanager
    def take(self) -> Iterator[Trainer]:
        """A trainer for this thread alone, until the block ends."""
        with self._freed:
            if self.trainers:
                self._freed.wait_for(self._idle, timeout=PATIENCE_SECONDS)
            idle = self._idle()
            trainer = idle[0] if idle else Trainer(str(len(self.trainers) + 1))
            if not idle:
                self.trainers.append(trainer)
            self._busy.add(trainer)
        try:
            yield trainer
        finally:
            with self._freed:
                self._busy.discard(trainer)
                self._let_go()
                self._freed.notify()

    def dismiss(self) -> None:
        """Let every trainer go."""
        with self._freed:
            for trainer in self.trainers:
                trainer.leave()
            self.trainers.clear()
            self._busy.clear()

    def _idle(self) -> list[Trainer]:
        return [trainer for trainer in self.trainers if trainer not in self._busy]

    def _let_go(self) -> None:
        """Once the first trainer is free, those beside it are needed no longer."""
        if self.trainers and self.trainers[0] not in self._busy:
            for extra in [trainer for trainer in self._idle() if trainer is not self.trainers[0]]:
                extra.leave()
                self.trainers.remove(extra)


pool = Pool()


def dismiss_all() -> None:
    """Let every trainer of this process go."""
    pool.dismiss()
