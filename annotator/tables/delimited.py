"""Text tables: CSV with any separator, `sep=` lines, comments, index columns. Streamed; a cell costs a byte or four."""

import csv
import re
from array import array
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

import numpy as np

from annotator.formats.cells import original
from annotator.tables.encoding import encoding_of
from annotator.tables.parts import BadTable, Column, Grid, Problem, Source
from annotator.words import counted

SEPARATORS = ",;\t|"
QUOTED = re.compile(r'"(?:[^"]|"")*("|$)')
PICTURE = re.compile(r"\.(jpe?g|jfif|png|webp|tiff?|bmp|gif|avif|hei[cf]|dcm)$", re.IGNORECASE)
# A line of Pascal VOC's list of one class; such a file has no header.
IMAGESET = re.compile(r"\s*\S+[ \t]+(-1|0|1)\s*")
ROWS_AT_ONCE = 4096
LINES_LOOKED_AT = 50


def read(path: Path) -> Source:
    """The table in a text file. Raises BadTable."""
    encoding = encoding_of(path)
    notes = [f"The text was read as {encoding.name}, which is a guess."] if encoding.guessed else []
    try:
        with path.open(encoding=encoding.name, newline="") as file:
            if is_imageset(file):
                return Source(path.name, "imageset", imageset_of(file, path), notes=notes)
            grid = grid_of(file, path.name, notes)
    except UnicodeDecodeError as error:
        raise BadTable(f"{path.name} cannot be read as {encoding.name}. Save it as 'CSV UTF-8'.") from error
    except csv.Error as error:
        raise BadTable(f"{path.name} is not a table that can be read: {error}.") from error
    return Source(path.name, "text", grid, notes=notes)


def is_imageset(file: TextIO) -> bool:
    """Whether the first lines are of a list of one class; the file is at its beginning again."""
    first = list(islice(file, LINES_LOOKED_AT))
    file.seek(0)
    return bool(first) and all(IMAGESET.fullmatch(line) for line in first)


def imageset_of(file: TextIO, path: Path) -> Grid:
    """Pictures and the states of the class that the file's name tells, as in `cat_train.txt`."""
    label = re.sub(r"_(train|val|trainval|test)$", "", path.stem)
    rows = ((line, text.split()) for line, text in enumerate(file, 1))
    return assemble(chain([(0, ["image", label])], rows), path.name)


def grid_of(file: TextIO, name: str, notes: list[str]) -> Grid:
    """The table; notes say what was passed over."""
    first = list(islice(file, LINES_LOOKED_AT))
    skipped, separator = preamble(first, notes)
    lines = chain(first[skipped:], file)
    if separator == " ":
        rows: Iterator[tuple[int, list[str]]] = ((at, line.split()) for at, line in enumerate(lines, skipped + 1))
        if is_counted(first[skipped - 1 :]):
            # Such a header names every column but that of the pictures.
            header = next(rows)
            rows = chain([(header[0], ["image_id", *header[1]])], rows)
        return assemble(rows, name)
    return assemble(numbered(lines, separator, skipped), name)


def numbered(lines: Iterator[str], separator: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """(line on which it begins, cells) of every row."""
    reader, begin = csv.reader(lines, delimiter=separator), skipped + 1
    for row in reader:
        yield begin, row
        begin = skipped + reader.line_num + 1


def preamble(first: list[str], notes: list[str]) -> tuple[int, str]:
    """How many lines stand before the header, and the separator."""
    at, told = 0, ""
    while at < len(first) and (not first[at].strip() or first[at].lower().startswith("sep=")):
        told = told or first[at].rstrip("\r\n")[4:5]
        at += 1
    comments = at
    while at < len(first) and first[at].lstrip().startswith("#"):
        at += 1
    rest = first[at:]
    if at > comments and rest:
        separator = told or separator_of(rest)
        if PICTURE.search(cells_of(rest[0], separator)[0].strip()) and separator in first[at - 1]:
            # Some tools write the header itself as a comment.
            first[at - 1] = first[at - 1].lstrip().removeprefix("#").lstrip()
            at, rest = at - 1, first[at - 1 :]
        if at > comments:
            notes.append(f"Comment lines before the table were passed over: {at - comments}.")
    if is_counted(rest):
        return at + 1, " "
    return at, told or separator_of(rest)


def is_counted(lines: list[str]) -> bool:
    """A first line that is only a number, then columns set apart by blanks: CelebA writes so."""
    return len(lines) > 2 and lines[0].strip().isdigit() and len(lines[2].split()) == len(lines[1].split()) + 1


def separator_of(lines: list[str]) -> str:
    """The separator that cuts the header and most lines into the same number of cells."""
    plain = [QUOTED.sub("", line) for line in lines if line.strip()]
    if not plain:
        return ","

    def fit(separator: str) -> tuple[float, int]:
        count = plain[0].count(separator)
        return (sum(line.count(separator) == count for line in plain) / len(plain) if count else 0.0, count)

    best = max(SEPARATORS, key=fit)
    if fit(best)[1]:
        return best
    blanks = len(plain[0].split())
    return " " if blanks > 1 and all(len(line.split()) == blanks for line in plain) else ","


def cells_of(line: str, separator: str) -> list[str]:
    """The cells of one line; at least one."""
    return next(csv.reader([line], delimiter=separator), [""]) or [""]


def assemble(rows: Iterator[tuple[int, list[str]]], name: str) -> Grid:
    """Columns of the rows. A line with too many cells is refused: they may have moved. Missing ones are blank."""
    header = next((row for _, row in rows if any(cell.strip() for cell in row)), None)
    if header is None:
        raise BadTable(f"{name} is empty. Its first line must name the columns.")
    if any(PICTURE.search(cell.strip()) for cell in header):
        raise BadTable(f"{name}: the first line names a picture, not the columns. Write one above it, as in image,cat.")
    while len(header) > 1 and not header[-1].strip():
        header.pop()
    width, lines = len(header), array("i")
    errors: list[Problem] = []
    coders = [Coder() for _ in header]
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        whole = []
        for line, row in chunk:
            fitted = fit_row(line, row, width, errors)
            if fitted is not None:
                lines.append(line)
                whole.append(fitted)
        for coder, cells in zip(coders, zip(*whole, strict=True), strict=False):
            coder.add(cells)
    columns = [
        coder.column(original(head.strip().lstrip("\ufeff"))) for head, coder in zip(header, coders, strict=True)
    ]
    return Grid(columns, np.array(lines, np.int32), errors)


class Coder:
    """A column in the making: a byte a cell while there are few distinct texts, as in every column of labels."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.codes = array("B")

    def add(self, cells: tuple[str, ...]) -> None:
        """Take the next cells."""
        for cell in dict.fromkeys(cells):
            self.known.setdefault(cell, len(self.known))
        if self.codes.typecode == "B" and len(self.known) > 256:
            self.codes = array("i", self.codes)
        self.codes.extend(map(self.known.__getitem__, cells))

    def column(self, name: str) -> Column:
        """The column."""
        # What was shielded from spreadsheets is read as it was.
        return Column(
            name, [original(text) for text in self.known], np.frombuffer(self.codes, np.dtype(self.codes.typecode))
        )


def fit_row(line: int, row: list[str], width: int, errors: list[Problem]) -> list[str] | None:
    """The row in the header's width; None for one that is blank, a comment, or too long."""
    if len(row) == width and any(row):
        return row
    if not any(cell.strip() for cell in row) or (len(row) == 1 < width and row[0].lstrip().startswith("#")):
        return None
    if any(cell.strip() for cell in row[width:]):
        errors.append(
            Problem(line, "", f"{counted(len(row), 'cell')} where the header has {width}. Quote texts with separators.")
        )
        return None
    if len(row) < width:
        errors.append(
            Problem(line, "", f"{counted(len(row), 'cell')} where the header has {width}; what is missing is unknown.")
        )
    return (row + [""] * width)[:width]
