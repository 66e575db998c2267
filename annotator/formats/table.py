"""CSV. Written wide: one row per image, one column per label: 1, -1, or nothing where it is unknown.

Read wide or long, told by the header.

Wide: a column that names the pictures (and perhaps `sha256`), then one column per label; blank means unknown. A column
that never holds a tri-state value is metadata of the picture. Long: exactly the columns image, label, value.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from annotator.formats.cells import TEXT_OF_STATE, original, quoted, state
from annotator.formats.sheet import BadFile, LabelRow, LabelTable, RowError, Sheet
from annotator.words import counted

FILE_NAME = "labels.csv"
IMAGE_COLUMNS = ("image", "file", "filename", "file_name", "path", "image_path")
LONG = {"image", "label", "value"}
HASH = "sha256"
QUOTED = re.compile(r'"[^"]*("|$)')

Line = tuple[int, list[str]]


def write(sheet: Sheet, file: BinaryIO) -> None:
    """One line per image: name, hash, values; an unknown cell is empty."""
    lines = [",".join(["image", HASH, *(quoted(name) for name in sheet.names)])]
    for image, values in zip(sheet.images, sheet.matrix.tolist(), strict=True):
        lines.append(",".join([quoted(image.name), image.sha256, *map(TEXT_OF_STATE.__getitem__, values)]))
    file.write(("\n".join(lines) + "\n").encode())


def read(path: Path) -> LabelTable:
    """Read a wide or a long table."""
    lines = list(lines_of(path))
    if not lines:
        raise BadFile(f"{path.name} is empty. Its first line must name the columns.")
    header = [original(cell) for cell in lines[0][1]]
    if {cell.strip().lower() for cell in header} == LONG and len(header) == len(LONG):
        return read_long(header, lines[1:])
    return read_wide(path.name, header, lines[1:])


def lines_of(path: Path) -> Iterator[Line]:
    """(line number, cells) of every line that is not blank; comma, semicolon or tab, whichever the header uses."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            separator = max(",;\t", key=QUOTED.sub("", first).count)
            reader = csv.reader(file, delimiter=separator, strict=True)
            begin = 1
            for cells in reader:
                if any(cells):
                    yield begin, cells
                begin = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise BadFile(f"{path.name} is not UTF-8 text. Save it as 'CSV UTF-8'.") from error
    except csv.Error as error:
        raise BadFile(f"{path.name} is not a table that can be read: {error}.") from error


def read_long(header: list[str], lines: list[Line]) -> LabelTable:
    """One row per (image, label, value); labels in the order in which they first appear."""
    place = {cell.strip().lower(): column for column, cell in enumerate(header)}
    table = LabelTable(labels=[])
    columns: dict[str, int] = {}
    said: list[tuple[int, str, int, int]] = []
    for line, cells in lines:
        if len(cells) != len(header):
            table.errors.append(RowError(line, f"{counted(len(cells), 'cell')} where the header has {len(header)}."))
            continue
        image, label, text = (cells[place[name]] for name in ("image", "label", "value"))
        value = state(text)
        name = original(label)
        if not image.strip() or not name.strip():
            table.errors.append(RowError(line, "The picture or the label is not named."))
        elif value is None:
            table.errors.append(RowError(line, wrong_value(name, text)))
        else:
            said.append((line, original(image), columns.setdefault(name, len(columns)), value))
    table.labels = list(columns)
    table.rows = [LabelRow(line, image, "", [(column, value)] if value else []) for line, image, column, value in said]
    return table


def read_wide(file_name: str, header: list[str], lines: list[Line]) -> LabelTable:
    """One row per image; columns after those that name it are labels or metadata."""
    plain = [cell.strip().lower() for cell in header]
    image = next((column for column, cell in enumerate(plain) if cell in IMAGE_COLUMNS), None)
    if image is None:
        raise BadFile(
            f"{file_name}: no column names the pictures. Call it 'image'; the header has: {', '.join(header[:8])}."
        )
    sha = next((column for column, cell in enumerate(plain) if cell == HASH), None)
    others = [column for column in range(len(header)) if column not in (image, sha)]
    whole = [(line, cells) for line, cells in lines if len(cells) == len(header)]
    about = [column for column in others if is_metadata([cells[column] for _, cells in whole])]
    labels = [column for column in others if column not in about and named_or_used(header, column, whole)]
    names = [header[column] for column in labels]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadFile(f"{file_name}: label {twice[0]!r} has more than one column. Keep one.")
    if "" in (name.strip() for name in names):
        raise BadFile(f"{file_name}: a column of labels has no name in the header. Name it.")
    table = LabelTable(names, metadata_columns=[header[column] for column in about])
    for line, cells in lines:
        values = [state(cells[column]) for column in labels] if len(cells) == len(header) else []
        if len(cells) != len(header):
            table.errors.append(RowError(line, f"{counted(len(cells), 'cell')} where the header has {len(header)}."))
        elif not cells[image].strip():
            table.errors.append(RowError(line, "The picture is not named."))
        elif None in values:
            wrong = values.index(None)
            table.errors.append(RowError(line, wrong_value(names[wrong], cells[labels[wrong]])))
        else:
            metadata = {header[column]: original(cells[column]) for column in about if cells[column]}
            digest = cells[sha].strip().lower() if sha is not None else ""
            said = [(place, value) for place, value in enumerate(values) if value]
            table.rows.append(LabelRow(line, original(cells[image]), digest, said, metadata))
    return table


def is_metadata(cells: list[str]) -> bool:
    """Whether a column says something, but never a tri-state value."""
    said = [cell for cell in cells if cell.strip()]
    return bool(said) and all(state(cell) is None for cell in said)


def named_or_used(header: list[str], column: int, lines: list[Line]) -> bool:
    """A column without a name and without any cell is only a trailing comma."""
    return bool(header[column].strip()) or any(cells[column].strip() for _, cells in lines)


def wrong_value(label: str, text: str) -> str:
    """The message for a cell that is no state."""
    return f"{label!r} has the value {text!r}. Write 1 (present), -1 (absent), 0 or nothing (unknown)."
