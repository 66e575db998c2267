"""Decode pictures in processes of their own: one that dies takes only its own picture with it. No Django here."""

import multiprocessing
import os
import threading
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import wait
from pathlib import Path

from annotator.imports.sources import Entry, Source
from annotator.pictures.media import ORIGINALS, THUMBNAILS, Shelf, original_name, small_name
from annotator.pictures.thumbnails import THUMBNAIL_SIDE, small_copy
from annotator.pictures.uploads import Facts, Limits, Refused, open_image

CHUNK = 40
# Enough to keep every process busy while the database is written, few enough to stop soon.
CHUNKS_AHEAD = 3


@dataclass(frozen=True)
class Taken:
    """A picture that is stored: its facts and the storage names of original and thumbnail."""

    entry: Entry
    facts: Facts
    original: str
    thumbnail: str


@dataclass(frozen=True)
class Rejected:
    """A picture that did not come in, and why."""

    entry: Entry
    reason: str


Outcome = Taken | Rejected


@dataclass(frozen=True)
class Decoder:
    """Everything a decoder process needs. Without `store` it looks, and writes nothing (dry run)."""

    source: Source
    shelf: Shelf
    limits: Limits
    store: bool = True

    def take(self, entry: Entry) -> Outcome:
        """Check one picture and store it under its hash."""
        try:
            data = self.source.read(entry.key, self.limits)
            image, facts = open_image(data, self.limits)
            original = original_name(facts.sha256, facts.suffix)
            thumbnail = small_name(THUMBNAILS, facts.sha256)
            if not (self.shelf.has(original, facts.size_bytes) and self.shelf.has(thumbnail)):
                small = small_copy(image, THUMBNAIL_SIDE)
                if self.store:
                    self.shelf.put(thumbnail, small)
                    self.shelf.put(original, data)
        except Refused as refusal:
            return Rejected(entry, str(refusal))
        return Taken(entry, facts, original, thumbnail)

    def take_all(self, entries: list[Entry]) -> list[Outcome]:
        """Check and store several pictures."""
        return [self.take(entry) for entry in entries]


def leave_with_parent() -> None:
    """In a decoder process: end as soon as the process that started it is gone, however it went."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def new_pool(processes: int) -> ProcessPoolExecutor:
    """Decoder processes, started afresh: a forked one would share the database connection of its parent."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=leave_with_parent)


def decode(decoder: Decoder, entries: Iterable[Entry], processes: int) -> Generator[list[Outcome], None, None]:
    """Outcomes in the order of entries, a chunk at a time; stops its processes when closed."""
    remaining = iter(entries)
    waiting: list[tuple[list[Entry], Future[list[Outcome]]]] = []
    pool = new_pool(processes)
    try:
        while True:
            while len(waiting) < CHUNKS_AHEAD * processes and (chunk := list(islice(remaining, CHUNK))):
                waiting.append((chunk, pool.submit(decoder.take_all, chunk)))
            if not waiting:
                return
            chunk, future = waiting.pop(0)
            try:
                yield future.result()
            except BrokenProcessPool:
                pool.shutdown(wait=False, cancel_futures=True)
                yield one_by_one(decoder, chunk)
                pool = new_pool(processes)
                waiting = [(late, pool.submit(decoder.take_all, late)) for late, _ in waiting]
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def one_by_one(decoder: Decoder, entries: list[Entry]) -> list[Outcome]:
    """Each picture in a process of its own, after one of them killed its decoder: the culprit is refused by name."""
    outcomes: list[Outcome] = []
    pool = new_pool(1)
    for entry in entries:
        try:
            outcomes.extend(pool.submit(decoder.take_all, [entry]).result())
        except BrokenProcessPool:
            outcomes.append(Rejected(entry, "The picture kills its decoder. Open it and save it again."))
            pool.shutdown(wait=False)
            pool = new_pool(1)
    pool.shutdown()
    return outcomes


def processes_for(pictures: int) -> int:
    """How many decoder processes are worth starting for so many pictures."""
    return max(1, min(4, os.cpu_count() or 1, -(-pictures // CHUNK)))


def shelf_of(media_root: str | Path) -> Shelf:
    """The shelf below a folder, its top folders made."""
    for kind in (ORIGINALS, THUMBNAILS):
        (Path(media_root) / kind).mkdir(parents=True, exist_ok=True)
    return Shelf(Path(media_root))
