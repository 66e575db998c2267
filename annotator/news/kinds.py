"""The kinds of news, one class each; its docstring is its documentation, its fields are what the event carries.

`docs/events.md` lists them, the OpenAPI schema describes them, and the page's types are made from that schema. Events
are kept: a field may be added, but what is written already must still be read.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class News:
    """One event of a project before it has a number; `event` is the kind's name in the table and on the socket."""

    event: ClassVar[str]

    def payload(self) -> dict[str, Any]:
        """What the event carries, as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class MarkNews(News):
    """Somebody's act changed cells, at most 500 of them: [image, label, value, version] each."""

    event = "mark"
    by: int
    cells: list[list[int]]

    def payload(self) -> dict[str, Any]:
        """Without the deep copy of `asdict`: this is written with every saved mark."""
        return {"by": self.by, "cells": self.cells}


@dataclass(frozen=True)
class RowsNews(News):
    """A part of a closing changed cells of the images in rows `first` to `last`; the page reads anew at its end."""

    event = "rows"
    by: int
    first: int
    last: int


@dataclass(frozen=True)
class ReceiptNews(News):
    """Somebody said, or took back (`on` false), *can't tell* of a cell or *checked* of an image or a label group."""

    event = "receipt"
    by: int
    kind: str
    image: int
    label: int | None
    group: str
    on: bool


@dataclass(frozen=True)
class JobNews(News):
    """A background job began, went on or ended; `progress` has stage, percent, seconds_left and message."""

    event = "job"
    job: int
    kind: str
    state: str
    progress: dict[str, Any]


@dataclass(frozen=True)
class VersionNews(News):
    """A model version was made, promoted or rolled back to; mAP as shares, null where nobody could measure it."""

    event = "version"
    version: int
    live: bool
    map: float | None
    previous_map: float | None
    marks: int
    message: str


@dataclass(frozen=True)
class ScoresNews(News):
    """The live version's suggestions are others now: revision `revision`, of `images` images."""

    event = "scores"
    version: int
    revision: int
    images: int


@dataclass(frozen=True)
class ImagesNews(News):
    """Images came, went or were flagged: how many there are, how many are new, and which others changed."""

    event = "images"
    count: int
    added: int
    changed: list[int]


@dataclass(frozen=True)
class LabelsNews(News):
    """A label was added, changed, deleted or brought back."""

    event = "labels"


@dataclass(frozen=True)
class ProjectNews(News):
    """The project itself changed, or so many cells that everything is better read anew; `snapshot` names a new one."""

    event = "project"
    snapshot: int | None = None


@dataclass(frozen=True)
class MemberNews(News):
    """Somebody joined, left, or has another role or name."""

    event = "member"


@dataclass(frozen=True)
class TogetherNews(News):
    """Somebody came to (`here`) or left an image that another person has open."""

    event = "together"
    image: int
    by: int
    name: str
    here: bool


KINDS: tuple[type[News], ...] = (
    MarkNews, RowsNews, ReceiptNews, JobNews, VersionNews, ScoresNews, ImagesNews, LabelsNews, ProjectNews, MemberNews,
    TogetherNews,
)  # fmt: skip
