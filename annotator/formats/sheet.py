"""What formats write."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


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
