"""Hand a run to the trainer and follow it to its end: progress, partial scores, stop, death and resumption."""

import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from annotator.jobs import leases
from annotator.jobs.context import JobContext, JobFailed, LeaseLost
from annotator.models import Job
from annotator.trainer.process import Trainer, TrainerDied, pool
from model.storage.card import FILE, Card, open_card
from model.storage.durable import checksum

TAIL_SECONDS = 0.1
# A step of a deep run can take this long; afterwards the trainer counts as deaf.
STOP_SECONDS = 30.0

Published = Callable[[], None]


class Tail:
    """Reads the complete new lines of a growing file of JSON lines."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = path.stat().st_size if path.exists() else 0

    def lines(self) -> list[dict[str, Any]]:
        """What was appended since the last call; an unfinished last line is left for the next."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(self.offset)
            complete, newline, _ = file.read().rpartition(b"\n")
        self.offset += len(complete) + len(newline)
        return [json.loads(line) for line in complete.splitlines() if line.strip()]


def perform(context: JobContext, command: str, folder: Path, published: Published | None = None) -> Card:
    """Run `command` ("train" or "score") on the run directory; the card that it ends with.

    `published` is called whenever the trainer has put out partial scores. A trainer that dies is started again and
    resumes, as long as the job has attempts left. Raises JobFailed with the trainer's own words, or whatever
    `context.check` raises after the trainer has stopped.
    """
    with pool.take() as trainer:
        return _to_its_end(context, trainer, command, folder, published)


def _to_its_end(context: JobContext, trainer: Trainer, command: str, folder: Path, published: Published | None) -> Card:
    while True:
        (folder / "stop").unlink(missing_ok=True)
        finished = finished_card(folder)
        if finished is not None:
            return finished
        try:
            answer = _follow(context, trainer, command, folder, published)
        except TrainerDied as death:
            context.log(f"The trainer died: {death}")
            context.check()
            if not leases.another_attempt(context.job.pk, context.token):
                raise JobFailed(f"The trainer died {Job.MAX_ATTEMPTS} times. Its last words:\n{death}") from death
            continue
        if words := trainer.written():
            context.log(words.rstrip())
        context.check()
        if not answer.get("ok"):
            raise JobFailed(str(answer.get("error") or "The trainer gave up without a reason; see the log."))
        finished = finished_card(folder)
        if finished is None:
            raise JobFailed("The trainer ended without a complete result; see the log, then start the run again.")
        return finished


def read_names(context: JobContext, names: list[list[str]]) -> list[list[list[Any]]]:
    """What each [name, *synonyms] is read as: [[concept, weight], ...] per name."""
    with pool.take() as trainer:
        return _read(context, trainer, names)


def _read(context: JobContext, trainer: Trainer, names: list[list[str]]) -> list[list[list[Any]]]:
    try:
        trainer.send({"command": "read", "names": names})
        while True:
            answer = trainer.answer(TAIL_SECONDS)
            if answer is not None and "concepts" in answer:
                concepts: list[list[list[Any]]] = answer["concepts"]
                return concepts
            if answer is not None:
                raise JobFailed(str(answer.get("error") or "The trainer could not read the name."))
            context.check()
    except TrainerDied as death:
        raise JobFailed(f"The trainer died while reading names. Its last words:\n{death}") from death
    except BaseException:
        trainer.kill()
        raise


def finished_card(folder: Path) -> Card | None:
    """The card of a run that is done and whose files are whole; None otherwise."""
    if not (folder / FILE).exists():
        return None
    card = open_card(folder)
    if card["state"] != "done":
        return None
    for name, digest in card["checksums"].items():
        file = folder / name
        if not file.exists() or checksum(file) != digest:
            (folder / FILE).unlink()
            return None
    return card


def _follow(
    context: JobContext, trainer: Trainer, command: str, folder: Path, published: Published | None
) -> dict[str, Any]:
    """The trainer's answer. Whatever else ends this, the trainer is not left working on a run nobody follows."""
    try:
        trainer.send({"command": command, "run": str(folder)})
        return _wait(context, trainer, folder, published)
    except BaseException:
        trainer.kill()
        raise


def _wait(context: JobContext, trainer: Trainer, folder: Path, published: Published | None) -> dict[str, Any]:
    tail = Tail(folder / "progress.jsonl")
    stop_at: float | None = None
    while True:
        answer = trainer.answer(TAIL_SECONDS)
        with contextlib.suppress(LeaseLost):
            _tell(context, tail, published)
        if answer is not None and answer.get("run") == str(folder):
            return answer
        if context.lost:
            # Another worker's trainer writes into the same directory by now.
            raise TrainerDied("stopped: the job was taken over")
        if stop_at is None and (context.cancelled() or context.leaving):
            (folder / "stop").touch()
            stop_at = time.monotonic() + STOP_SECONDS
        if stop_at is not None and time.monotonic() > stop_at:
            raise TrainerDied(f"it did not stop within {STOP_SECONDS:.0f} s")


def _tell(context: JobContext, tail: Tail, published: Published | None) -> None:
    lines = tail.lines()
    if not lines or context.lost:
        return
    if published is not None and any(line.get("published") for line in lines):
        published()
    last = lines[-1]
    left = last.get("seconds_left")
    context.progress(str(last.get("stage", "")), float(last.get("percent") or 0), str(last.get("message", "")), left)
