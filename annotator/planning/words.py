"""What the table says of each label, by picture of the project, and what that would do there."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from annotator.planning.standing import EARLIER, FREE, PEOPLE, SAME, UNSURE, WITHDRAWN, Ids, Marked, Standing, judge
from annotator.planning.whose import Whose
from annotator.tables.plan import Part, Plan

SURE_ONLY = 2
# What `withdraw` may name: marks of earlier imports, or of anybody.
IMPORTED, ALL = "imported", "all"


@dataclass
class Said:
    """What the table says of one label, cell by cell in order of pictures; `kinds` is what each word meets.

    `blank`: pictures of which it says unknown although they are marked; `blank_by` whose marks, `blank_kinds` EARLIER
    or PEOPLE.
    """

    place: int
    name: str
    label: int
    pictures: NDArray[np.int32]
    values: NDArray[np.int8]
    lines: NDArray[np.int32]
    kinds: NDArray[np.int8]
    by: Ids
    unknown: int
    blank: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    blank_by: Ids = field(default_factory=lambda: np.zeros(0, np.int64))
    blank_kinds: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))

    def count(self, kind: int, value: int | None = None) -> int:
        """How many words of this value meet this."""
        met = self.kinds == kind
        return int((met if value is None else met & (self.values == value)).sum())


@dataclass
class Words:
    """All labels, with what contradicts itself: (line, text)."""

    labels: list[Said] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)

    def people(self, kind: int) -> Counter[int]:
        """How many cells of this kind are whose."""
        found: Counter[int] = Counter()
        for said in self.labels:
            who, counts = np.unique(said.by[said.kinds == kind], return_counts=True)
            found.update(dict(zip(who.tolist(), counts.tolist(), strict=True)))
        return found

    def blanks(self, kind: int) -> Counter[int]:
        """How many marked cells that the table leaves blank are whose; of people or of earlier imports."""
        found: Counter[int] = Counter()
        for said in self.labels:
            found.update(said.blank_by[said.blank_kinds == kind].tolist())
        return found

    def count(self, kind: int, value: int | None = None) -> int:
        """How many words of this value meet this, in all labels."""
        return sum(said.count(kind, value) for said in self.labels)


def words_of(
    table: Plan, matched: Whose, targets: list[int | None], images: Ids, names: list[str], standing: Standing
) -> Words:
    """What the table says, label by label. `images`: id of each matched picture, 0 for new ones, -1 for left out."""
    found = Words()
    for place, (part, target) in enumerate(zip(table.cells.parts, targets, strict=True)):
        if target is not None:
            found.labels.append(said_of(table, matched, place, part, target, images, names, standing, found.errors))
    return found


def said_of(
    table: Plan, matched: Whose, place: int, part: Part, target: int, images: Ids, names: list[str],
    standing: Standing, errors: list[tuple[int, str]],
) -> Said:  # fmt: skip
    """What the table says of one label."""
    name = table.cells.labels[place]
    pictures, values, lines = of_pictures(name, part, matched, images, names, errors)
    marked = standing.marked(target)
    kinds, by = judge(target, images[pictures], values.astype(np.int64), marked, standing)
    # Somebody's mark stands against it: it is neither overwritten nor forgotten.
    unsure = (values == SURE_ONLY) & np.isin(kinds, (EARLIER, PEOPLE))
    kinds[unsure] = SAME
    here = images >= 0
    is_marked = np.isin(images, marked.images) & here
    spoken = np.zeros(len(images), bool)
    spoken[pictures[np.isin(kinds, (FREE, EARLIER, PEOPLE)) & (values != SURE_ONLY)]] = True
    said = Said(place, name, target, pictures, values, lines, kinds, by, int((here & ~is_marked & ~spoken).sum()))
    return with_blanks(said, table, matched, images, marked)


def of_pictures(
    name: str, part: Part, matched: Whose, images: Ids, names: list[str], errors: list[tuple[int, str]]
) -> tuple[NDArray[np.int32], NDArray[np.int8], NDArray[np.int32]]:
    """(pictures, values, lines) in order of pictures; of two words on one picture the first stays."""
    pictures = matched.of[part.pictures] if len(part.pictures) else np.zeros(0, np.int32)
    at = np.flatnonzero(pictures >= 0)
    at = at[images[pictures[at]] >= 0] if len(at) else at
    pictures, values, lines = pictures[at], part.values[at], part.lines[at]
    order = np.lexsort((lines, pictures))
    pictures, values, lines = pictures[order], values[order], lines[order]
    first = np.ones(len(pictures), bool)
    first[1:] = pictures[1:] != pictures[:-1]
    starts = np.flatnonzero(first)
    for one in np.flatnonzero(~first).tolist():
        start = starts[np.searchsorted(starts, one, side="right") - 1]
        if values[one] != values[start]:
            text = f"{name!r} on {names[pictures[one]]!r} contradicts line {lines[start]}, which stays."
            errors.append((int(lines[one]), text))
    return pictures[first], values[first], lines[first]


def with_blanks(said: Said, table: Plan, matched: Whose, images: Ids, marked: Marked) -> Said:
    """The same, with the marked cells that the table leaves blank."""
    if not len(marked.images):
        return said
    named = matched.of[table.unknown_of(said.place)]
    places = np.setdiff1d(named[named >= 0], said.pictures)
    whose = marked.whose(images[places])
    said.blank, said.blank_by = places[whose != 0].astype(np.int32), whose[whose != 0]
    imported = np.isin(images[said.blank], marked.images[marked.imported > 0])
    said.blank_kinds = np.where(imported, EARLIER, PEOPLE).astype(np.int8)
    return said


@dataclass(frozen=True)
class Policy:
    """What was agreed for cells of which somebody said something: each word as the answers name it."""

    earlier: str = "correct"
    people: str = "keep"
    withdrawn: str = "leave"
    unsure: str = "leave"
    withdraw: str = "leave"

    def writes(self, kind: int) -> bool:
        """Whether a word of the table that meets this is written."""
        return {
            FREE: True,
            SAME: False,
            EARLIER: self.earlier == "correct",
            PEOPLE: self.people == "override",
            WITHDRAWN: self.withdrawn == "mark",
            UNSURE: self.unsure == "mark",
        }[kind]

    def clears(self, kind: int) -> bool:
        """Whether a mark that the table leaves blank goes."""
        return self.withdraw == ALL or (self.withdraw == IMPORTED and kind == EARLIER)


def overwritten(words: Words, policy: Policy, images: Ids) -> Iterator[bytes]:
    """The cells of others that would change, as bytes: what must still be so when the plan is run."""
    for said in words.labels:
        kinds = [kind for kind in (EARLIER, PEOPLE, WITHDRAWN, UNSURE) if policy.writes(kind)]
        yield np.sort(images[said.pictures[np.isin(said.kinds, kinds)]]).tobytes()
        clears = [kind for kind in (EARLIER, PEOPLE) if policy.clears(kind)]
        yield np.sort(images[said.blank[np.isin(said.blank_kinds, clears)]]).tobytes()
