"""The parts that all readers and profiles share: columns of text, what is claimed of pictures, questions, errors."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Whole numbers of any width: a column of few distinct texts needs a byte a cell.
Codes = NDArray[Any]


class BadTable(ValueError):
    """A file that cannot be read at all; the message says why and how to mend it."""


@dataclass(frozen=True)
class Problem:
    """A line or cell that was refused. `column` is "" when it is the whole line."""

    line: int
    column: str
    text: str


@dataclass(frozen=True)
class Question:
    """Something that only a person knows. Its `default` is never taken: it is only what is offered first."""

    id: str
    text: str
    choices: tuple[str, ...]


@dataclass
class Column:
    """Text of many rows, each distinct text kept once: row r says `texts[codes[r]]`."""

    name: str
    texts: list[str]
    codes: Codes

    def counts(self) -> list[int]:
        """How many rows say each text."""
        return np.bincount(self.codes, minlength=len(self.texts)).tolist() if self.texts else []

    def used(self) -> dict[str, int]:
        """Texts that rows say, with how many; surrounding blanks removed."""
        found: dict[str, int] = {}
        for text, count in zip(self.texts, self.counts(), strict=True):
            if count:
                found[text.strip()] = found.get(text.strip(), 0) + count
        return found

    def text(self, row: int) -> str:
        """What the row says."""
        return self.texts[self.codes[row]].strip()

    def take(self, rows: NDArray[np.int64]) -> "Column":
        """The column of some rows."""
        return Column(self.name, self.texts, self.codes[rows])


def column_of(name: str, cells: Sequence[str]) -> Column:
    """A column of these cells."""
    known: dict[str, int] = {}
    codes = np.fromiter((known.setdefault(cell, len(known)) for cell in cells), np.int32, len(cells))
    return Column(name, list(known), codes)


@dataclass
class Grid:
    """A table: columns of equal length, and the line of the file on which each row begins."""

    columns: list[Column]
    lines: NDArray[np.int32]
    errors: list[Problem] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The header."""
        return [column.name for column in self.columns]

    def column(self, name: str) -> Column | None:
        """The first column whose header is this but for case and surrounding blanks."""
        wanted = name.strip().lower()
        return next((column for column in self.columns if column.name.strip().lower() == wanted), None)


@dataclass
class Source:
    """A file as it was read: a `grid`, or `data` (parsed JSON or XML) of another shape."""

    name: str
    format: str
    grid: Grid | None = None
    data: Any = None
    # What was guessed on the way and may be wrong, in words: the encoding, comment lines passed over.
    notes: list[str] = field(default_factory=list)
    # A boolean array does not tell whether its False was ever looked at; a person who writes FALSE says so.
    typed: bool = False


@dataclass
class Block:
    """What a source says of one label: picture `pictures[i]` has the text `texts[codes[i]]`, on line `lines[i]`."""

    label: str
    pictures: Codes
    texts: list[str]
    codes: Codes
    lines: NDArray[np.int32]


class Detail(NamedTuple):
    """What a column says of pictures besides labels: row `rows[i]` of `column` tells of picture `pictures[i]`."""

    role: str
    column: Column
    rows: Codes
    pictures: Codes


@dataclass
class Claims:
    """What a profile makes of a source, before any text has a meaning."""

    profile: str
    picture_column: str
    columns: dict[str, str]
    pictures: list[str]
    blocks: list[Block] = field(default_factory=list)
    legend: dict[str, str] = field(default_factory=dict)
    errors: list[Problem] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # Pictures whose named labels are only some of theirs, unless the person says otherwise: [(picture, line)].
    listed: list[tuple[int, int]] = field(default_factory=list)
    # Of these, those for which nothing is named at all.
    empty: list[tuple[int, int]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    # Content hash of each picture, "" where it is not told; empty when it is told of none.
    hashes: list[str] = field(default_factory=list)
    details: list[Detail] = field(default_factory=list)
    # More of a label than its name: synonyms, group, rule.
    vocabulary: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Written by Tern itself: names of labels are those of a project, none of which is another one misspelt.
    exact: bool = False
    # The table that was read, for examples of its columns.
    grid: Grid | None = None
