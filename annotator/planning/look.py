"""A look at what was given: each picture opened once, tables found. Kept, so that an answer costs no new look."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from annotator.imports.decoding import Decoder, Taken, decode, processes_for, shelf_of
from annotator.imports.limits import limits
from annotator.imports.sources import Entry, FolderSource, Source, UploadSource, ZipSource
from model.storage.durable import write_json

KEPT = "look.json"
Tell = Callable[[int, int], None]


class Seen(NamedTuple):
    """A picture that can come in."""

    name: str
    key: str
    sha256: str


@dataclass
class Look:
    """What a source holds. `stamp` is that of the source at that time."""

    stamp: str = ""
    pictures: list[Seen] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    tables: list[Entry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def source_of(files: dict[str, Any]) -> Source | None:
    """Where the pictures of an import come from; None when it has none."""
    kind, path = files["kind"], files["path"]
    if kind == "none":
        return None
    if kind == "zip":
        return ZipSource(path, limits())
    return FolderSource(path) if kind == "folder" else UploadSource(path)


def look_at(source: Source | None, folder: Path, media: str, tell: Tell) -> Look:
    """Look at the source, or remember the last look when nothing changed since. Raises Refused for the whole source."""
    if source is None:
        return Look()
    stamp = source.stamp()
    if (kept := remembered(folder)) is not None and kept.stamp == stamp:
        return kept
    found = Look(stamp)
    entries: list[Entry] = []
    for one in source.entries():
        if isinstance(one, Entry):
            entries.append(one)
        else:
            found.refused.append(one)
    found.tables = source.tables()
    if isinstance(source, ZipSource) and (codec := source.guessed()):
        found.notes.append(f"Names in the archive were read as {codec}, which is a guess.")
    open_all(source, entries, media, found, tell)
    keep(found, folder)
    return found


def open_all(source: Source, entries: list[Entry], media: str, found: Look, tell: Tell) -> None:
    """Open every picture, in processes of their own."""
    decoder = Decoder(source, shelf_of(media), limits(), store=False)
    chunks = decode(decoder, entries, processes_for(len(entries)))
    done = 0
    try:
        for outcomes in chunks:
            done += len(outcomes)
            for one in outcomes:
                if isinstance(one, Taken):
                    found.pictures.append(Seen(one.entry.name, one.entry.key, one.facts.sha256))
                else:
                    found.refused.append((one.entry.name, one.reason))
            tell(done, len(entries))
    finally:
        chunks.close()


def keep(look: Look, folder: Path) -> None:
    """Write the look down."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = [[one.name, one.key] for one in look.tables]
    told = {"stamp": look.stamp, "pictures": look.pictures, "refused": look.refused, "tables": tables}
    write_json(folder / KEPT, told | {"notes": look.notes})


def remembered(folder: Path) -> Look | None:
    """The last look; None when there was none."""
    try:
        told = json.loads((folder / KEPT).read_text())
    except (OSError, ValueError):
        return None
    pictures = [Seen(*one) for one in told["pictures"]]
    refused = [(name, reason) for name, reason in told["refused"]]
    return Look(told["stamp"], pictures, refused, [Entry(*one) for one in told["tables"]], told["notes"])
