"""What formats write."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

PICTURE_EXTRAS = ("split", "group", "checked", "cant_tell")
CELL_EXTRAS = ("source", "by", "at", "probability")
EXTRAS = (*PICTURE_EXTRAS, *CELL_EXTRAS)
"""What a person may ask for besides the states, of pictures and of cells."""

PREFIX = "tern:"
"""Before the name of such a column in a wide table, where each other column is a label."""
BETWEEN = "|"
"""Between several names in one cell."""


@dataclass(frozen=True)
class SheetImage:
    """A row of the matrix. `about` is what only formats with provenance write; `extra` what was asked for besides."""

    name: str
    sha256: str
    about: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)


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

    `marks` (row by row) is only filled for formats that write provenance. `unsure` bool [images, labels]: unknown cells
    of which somebody could not tell. `extras`: what was asked for besides, some of EXTRAS; `probability` [images,
    labels] with NaN where there is none, filled when it is among them.
    """

    labels: list[dict[str, Any]]
    images: list[SheetImage]
    matrix: NDArray[np.int8]
    marks: Sequence[SheetMark] = ()
    unsure: NDArray[np.bool_] | None = None
    extras: tuple[str, ...] = ()
    probability: NDArray[np.floating[Any]] | None = None

    @cached_property
    def names(self) -> list[str]:
        """Label names in column order."""
        return [str(label["name"]) for label in self.labels]

    @property
    def picture_extras(self) -> list[str]:
        """What was asked for of pictures."""
        return [name for name in PICTURE_EXTRAS if name in self.extras]

    def present(self, row: int) -> list[str]:
        """Names of the labels that are present in the picture of this row."""
        return [self.names[column] for column in self.of_state(row, 1)]

    def of_state(self, row: int, state: int) -> Iterator[int]:
        """Columns in which the picture of this row is present (1) or absent (-1), in order."""
        yield from np.flatnonzero(self.matrix[row] == state).tolist()

    def cant_tell(self, row: int) -> Iterator[int]:
        """Columns of the row that are unknown because somebody could not tell."""
        if self.unsure is not None:
            yield from np.flatnonzero(self.unsure[row]).tolist()
