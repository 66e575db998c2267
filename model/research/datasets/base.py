"""What a data set is: names, files, labels in three states, and a note on how doubtful labels were read."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from model.arrays import I8


def drop_labels(labels: ArrayLike, proportion: float, seed: int = 0) -> I8:
    """Keep each entry of labels [N, C] with the given probability, the rest becomes 0 (unknown).

    One uniform number per entry in row-major order from NumPy's legacy stream, as the authors draw it; seed 0 gives
    their published masks bit for bit, and the known sets of growing proportions are nested.
    """
    y = np.asarray(labels)
    if not 0 <= proportion <= 1:
        raise ValueError(f"the proportion of known labels is a fraction in [0, 1], not {proportion}")
    keep = np.random.RandomState(seed).random_sample(y.shape) < proportion
    return np.where(keep, y, 0).astype(np.int8)


class DataError(ValueError):
    """A file is missing or damaged; the message names it and what was expected."""


@dataclass(frozen=True)
class Labelled:
    """Images `paths` [N] with labels int8 [N, C] (1 present, -1 absent, 0 unknown) of the categories `names` [C].

    `note` says what a figure must mention, such as how VOC's difficult objects were read.
    """

    names: list[str]
    paths: list[Path]
    labels: I8
    note: str = ""

    def take(self, rows: ArrayLike) -> "Labelled":
        """Some of the images, by index or mask."""
        chosen = np.arange(len(self.paths))[np.asarray(rows)]
        return replace(self, paths=[self.paths[i] for i in chosen], labels=self.labels[chosen])

    def missing(self) -> list[Path]:
        """Image files that are not there."""
        return [path for path in self.paths if not path.is_file()]

    def checked(self) -> "Labelled":
        """Itself, or an error naming the first image file that is not there."""
        if gone := self.missing():
            raise DataError(f"{len(gone)} of {len(self.paths)} images are missing, first {gone[0]}; add them")
        return self


def text(path: Path, expected: str) -> str:
    """Content of a text file, gzip or not."""
    if not path.is_file():
        raise DataError(f"{path} is missing; expected {expected}")
    try:
        raw = path.read_bytes()
        return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is damaged ({error}); expected {expected}") from error


def lines(path: Path, expected: str) -> list[str]:
    """Non-empty lines, with or without a newline at the end of the file."""
    found = [line.strip() for line in text(path, expected).splitlines() if line.strip()]
    if not found:
        raise DataError(f"{path} is empty; expected {expected}")
    return found


def json_file(path: Path, expected: str) -> Any:
    """A JSON file."""
    try:
        return json.loads(text(path, expected))
    except json.JSONDecodeError as error:
        raise DataError(f"{path} is damaged ({error}); expected {expected}") from error


def rows(path: Path, expected: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(line number, row) of a CSV file with a header."""
    reader = csv.DictReader(io.StringIO(text(path, expected)))
    if not reader.fieldnames:
        raise DataError(f"{path} has no header line; expected {expected}")
    for row in reader:
        if None in row or None in row.values():
            raise DataError(f"{path}:{reader.line_num} has another number of cells than the header")
        yield reader.line_num, row


def state(value: str, where: str) -> int:
    """One cell: 1, -1, 0, or blank for unknown."""
    states = {"1": 1, "-1": -1, "0": 0, "": 0}
    if value.strip() not in states:
        raise DataError(f"{where} holds {value!r}; expected 1 (present), -1 (absent), 0 or blank (unknown)")
    return states[value.strip()]
