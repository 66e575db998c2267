"""JSON lines with provenance: the vocabulary first, then one line per image with who said what, when and how."""

import json
from typing import Any, BinaryIO

from annotator.formats.sheet import Sheet

FILE_NAME = "labels.jsonl"
TITLE = "JSON Lines"
SAYS = "Labels and rules, then every mark with who, when and how; an unknown cell is not mentioned."
LOSES = frozenset[str]()
EXTRAS = frozenset({"split"})
VERSION = 1


def dumped(value: Any) -> str:
    """Compact JSON; the order of keys is the writer's."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write(sheet: Sheet, file: BinaryIO) -> None:
    """The vocabulary, then every image with its marks in column order; unknown cells are not mentioned."""
    file.write((dumped({"tern": VERSION, "labels": sheet.labels}) + "\n").encode())
    names = [dumped(name) for name in sheet.names]
    told: list[list[str]] = [[] for _ in sheet.images]
    # Marks repeat few people, sources and moments: each such tail is made into JSON once.
    tails: dict[tuple[str, str, str, int], str] = {}
    for mark in sheet.marks:
        key = (mark.by, mark.source, mark.at, mark.rule_version)
        tail = tails.get(key)
        if tail is None:
            said = {"by": mark.by, "source": mark.source, "at": mark.at, "rule_version": mark.rule_version}
            tail = tails[key] = dumped(said)[1:]
        told[mark.row].append(f'{names[mark.column]}:{{"value":{mark.value},{tail}')
    for image, marks in zip(sheet.images, told, strict=True):
        about = dumped({"image": image.name, "sha256": image.sha256, **image.about})
        file.write(f'{about[:-1]},"marks":{{{",".join(marks)}}}}}\n'.encode())
