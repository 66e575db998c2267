"""What profiles share."""

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotator.tables.labels import tidy
from annotator.tables.parts import BadTable, Block, Claims, Grid, Source

Answers = Mapping[str, str]
NAMED = "named"
LISTS = (
    "A list names what is there. It says nothing is absent or unknown but by what a person says of its completeness."
)


class Profile(NamedTuple):
    """A format: its name, how well a source fits it, how it is read, and what it cannot say."""

    name: str
    recognise: Callable[[Source], float]
    read: Callable[[Source, Answers], Claims]
    losses: str = ""


@dataclass
class _Told:
    pictures: array
    codes: array
    lines: array


def array_of(told: array) -> NDArray[np.int32]:
    """The numbers, without a copy."""
    return np.frombuffer(told, np.int32) if len(told) else np.zeros(0, np.int32)


class Telling:
    """Gathers what is said of labels, one claim at a time; names are made tidy unless `clean` says otherwise."""

    def __init__(self, clean: Callable[[str], str] = tidy) -> None:
        self.clean = clean
        self.pictures: dict[tuple[str, str], int] = {}
        self.texts: dict[str, int] = {}
        self.labels: dict[str, _Told] = {}

    def picture(self, name: str, sha256: str = "") -> int:
        """The picture's place; two of one name are told apart by their content hash."""
        return self.pictures.setdefault((name, sha256), len(self.pictures))

    def know(self, claims: Claims) -> None:
        """Make the pictures of the claims known, in their order."""
        for name, sha256 in zip(claims.pictures, claims.hashes or [""] * len(claims.pictures), strict=True):
            self.picture(name, sha256)

    def label(self, name: str) -> str:
        """Make the label known, also when nothing is said of it; its tidy name."""
        clean = self.clean(name)
        self.labels.setdefault(clean, _Told(array("i"), array("i"), array("i")))
        return clean

    def say(self, picture: int, label: str, text: str, line: int) -> None:
        """One claim."""
        told = self.labels[self.label(label)]
        told.pictures.append(picture)
        told.codes.append(self.texts.setdefault(text, len(self.texts)))
        told.lines.append(line)

    def blocks(self) -> list[Block]:
        """What was said, label by label."""
        return [
            Block(name, array_of(told.pictures), list(self.texts), array_of(told.codes), array_of(told.lines))
            for name, told in self.labels.items()
        ]

    def into(self, claims: Claims) -> Claims:
        """The claims with everything that was told."""
        claims.pictures, claims.blocks, claims.labels = (
            [name for name, _ in self.pictures],
            self.blocks(),
            list(self.labels),
        )
        hashes = [sha256 for _, sha256 in self.pictures]
        claims.hashes = hashes if any(hashes) else []
        return claims


def grid_of(source: Source) -> Grid:
    """The table of a source that has one."""
    if source.grid is None or not source.grid.columns:
        raise BadTable(f"{source.name} holds no table.")
    return source.grid


def has_columns(source: Source, *names: str) -> bool:
    """Whether the source is a table with all these headers."""
    return source.grid is not None and all(source.grid.column(name) is not None for name in names)
