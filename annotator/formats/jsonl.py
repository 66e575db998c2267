"""JSON lines with provenance: the vocabulary first, then one line per image with who said what, when and how."""

import json
from pathlib import Path
from typing import Any, BinaryIO

from annotator.formats.sheet import BadFile, LabelRow, LabelTable, RowError, Sheet

FILE_NAME = "labels.jsonl"
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


def read(path: Path) -> LabelTable:
    """Read lines of {"image", "sha256"?, "marks": {label: 1 | -1 | 0 | {"value": …}}}; other keys are passed over."""
    table = LabelTable(labels=[])
    columns: dict[str, int] = {}
    said: list[tuple[int, str, str, dict[str, int]]] = []
    try:
        with path.open(encoding="utf-8-sig") as file:
            for line, text in enumerate(file, 1):
                if text.strip():
                    read_line(line, text, table, columns, said)
    except UnicodeDecodeError as error:
        raise BadFile(f"{path.name} is not UTF-8 text.") from error
    table.labels = list(columns)
    for line, image, sha256, marks in said:
        cells = [(columns[label], value) for label, value in marks.items() if value]
        table.rows.append(LabelRow(line, image, sha256, cells))
    return table


def read_line(
    line: int, text: str, table: LabelTable, columns: dict[str, int], said: list[tuple[int, str, str, dict[str, int]]]
) -> None:
    """Take one line into `said`, or name what is wrong with it in the table's errors."""
    try:
        entry = json.loads(text)
        if "labels" in entry and "image" not in entry:
            for label in entry["labels"]:
                columns.setdefault(label["name"], len(columns))
                table.vocabulary[label["name"]] = label
            return
        image, sha256 = entry.get("image", ""), entry.get("sha256", "")
        marks = {name: value_of(told) for name, told in entry.get("marks", {}).items()}
        if not isinstance(image, str) or not isinstance(sha256, str) or not (image or sha256):
            raise ValueError("the picture is not named by 'image' or 'sha256'")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        table.errors.append(RowError(line, f"Not a line of labels: {error}."))
        return
    for name in marks:
        columns.setdefault(name, len(columns))
    said.append((line, image, sha256, marks))


def value_of(told: Any) -> int:
    """The value of a mark. Raises ValueError when it is none of 1, -1, 0."""
    value = told["value"] if isinstance(told, dict) else told
    if isinstance(value, bool) or value not in (1, -1, 0):
        raise ValueError(f"{value!r} is none of 1, -1, 0")
    return int(value)
