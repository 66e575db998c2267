"""What a run tells while it works, and how it is told to stop."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from model.storage.durable import append_line


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.begun = self.last = time.monotonic()
        self.stages: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """Count the time since the last lap for `stage`."""
        now = time.monotonic()
        self.stages[stage] = round(self.stages.get(stage, 0) + now - self.last, 3)
        self.last = now

    def total(self) -> float:
        """Seconds since the start."""
        return round(time.monotonic() - self.begun, 3)


class Stopped(Exception):
    """Somebody asked for a stop, or the parent is gone; what is done so far can be resumed."""


class Watch:
    """Asks, at every step, whether to go on. Raises Stopped for a `stop` file, SIGTERM or a vanished parent."""

    def __init__(self, folder: Path, parent: int | None = None) -> None:
        self.stop_file = folder / "stop"
        self.parent = os.getppid() if parent is None else parent
        self.terminated = False

    def listen(self) -> None:
        """Take SIGTERM as a request to stop (main thread only)."""
        signal.signal(signal.SIGTERM, self._terminate)

    def _terminate(self, *_: Any) -> None:
        self.terminated = True

    def check(self) -> None:
        """Go on, or raise Stopped."""
        if self.terminated or self.stop_file.exists() or os.getppid() != self.parent:
            raise Stopped


class Progress:
    """Lines of progress.jsonl, with percent over the whole run and an estimate of the time left."""

    def __init__(self, folder: Path, shares: dict[str, float]) -> None:
        self.path = folder / "progress.jsonl"
        total = sum(shares.values()) or 1.0
        self.before, self.share, passed = {}, {}, 0.0
        for stage, share in shares.items():
            self.before[stage], self.share[stage] = passed / total, share / total
            passed += share
        self.begun = time.monotonic()

    def line(self, stage: str, done: int, total: int, message: str, **more: Any) -> None:
        """Append one line. `stage` is a key of the shares, or "done"."""
        part = done / total if total else 1.0
        percent = 1.0 if stage == "done" else self.before[stage] + part * self.share[stage]
        elapsed = time.monotonic() - self.begun
        left = None if percent < 0.02 else round(elapsed * (1 - percent) / percent, 1)
        append_line(
            self.path,
            {
                "stage": stage,
                "done": done,
                "total": total,
                "percent": round(100 * percent, 1),
                "seconds_left": left,
                "message": message,
                **more,
            },
        )
