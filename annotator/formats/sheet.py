"""What formats write (`Sheet`) and what they read (`LabelTable`)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class BadFile(ValueError):
    """A file of labels that cannot be read at all; the message says why and how to fix it."""


@dataclass(frozen=True)
class SheetImage:
    """A row of the matrix. `about` is what only formats with provenance write."""

    name: str
    sha256: str
    about: dict[str, Any] = field(default_factory=dict)


class SheetMark(NamedTuple):
    """Where one value of the matrix came from; sorts by row, then column."""

    row: int
    column: int
    value: int
    by: str
    source: str
    at: str
    rule_version: int


@dataclass(frozen=True)
class Sheet:
    """A tri-state matrix int8 [images, labels] with its names. `labels` holds a vocabulary entry ("name", …) each.

    `marks` (row by row) is only filled for formats that write provenance.
    """

    labels: list[dict[str, Any]]
    images: list[SheetImage]
    matrix: NDArray[np.int8]
    marks: Sequence[SheetMark] = ()

    @property
    def names(self) -> list[str]:
        """Label names in column order."""
        return [str(label["name"]) for label in self.labels]


@dataclass(frozen=True)
class RowError:
    """A line that was refused, and why."""

    line: int
    message: str


@dataclass
class LabelRow:
    """What one line says of one image: `cells` are (place in the table's labels, 1 or -1); unknown is not said."""

    line: int
    image: str
    sha256: str
    cells: list[tuple[int, int]]
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass
class LabelTable:
    """Labels as a file tells them. `vocabulary` may say more of a label than its name."""

    labels: list[str]
    rows: list[LabelRow] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    metadata_columns: list[str] = field(default_factory=list)
    vocabulary: dict[str, dict[str, Any]] = field(default_factory=dict)
