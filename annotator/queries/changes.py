"""What is different between two snapshots: which cells, from what to what, and who said so."""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from annotator.errors import Conflict
from annotator.formats import held
from annotator.formats.cells import TEXT_OF_STATE, quoted
from annotator.models import Image, Label, MarkEvent, Project, Snapshot
from annotator.queries.sheets import people

HEADER = "image,sha256,label,from,to,by,at"


class Change(NamedTuple):
    """One cell that differs; `by` and `at` are of the last change before the later snapshot, "" when none is known."""

    image: int | None
    file_name: str
    sha256: str
    label: str
    before: int
    after: int
    by: str
    at: str


@dataclass(frozen=True)
class Held:
    """A snapshot's matrix int8 [images, labels] with hashes and, by label, its column in the project and its name."""

    matrix: NDArray[np.int8]
    hashes: list[str]
    columns: dict[Any, int]
    names: dict[Any, str]


@dataclass(frozen=True)
class Difference:
    """Cells int64 [changes, (row, column)] in tables of all pictures and labels of both, with values before and after.

    A picture or label that one of the two does not have is unknown there.
    """

    hashes: list[str]
    labels: list[Any]
    names: dict[Any, str]
    cells: NDArray[np.int64]
    before: NDArray[np.int8]
    after: NDArray[np.int8]
    pictures_added: int
    pictures_removed: int
    labels_added: list[str]
    labels_removed: list[str]

    def counts(self) -> list[dict[str, int]]:
        """How many cells changed from what to what, the most frequent first."""
        pairs, counts = np.unique(np.stack([self.before, self.after], 1), axis=0, return_counts=True)
        rows = [
            {"before": int(before), "after": int(after), "count": int(count)}
            for (before, after), count in zip(pairs, counts, strict=True)
        ]
        return sorted(rows, key=lambda row: -row["count"])


def held_by(snapshot: Snapshot) -> Held:
    """Its matrix. Raises Conflict for one that is not finished, or too old to be compared."""
    if snapshot.finished_at is None:
        raise Conflict(f"Snapshot {snapshot.number} is still being written. Compare it when it is done.")
    try:
        matrix, hashes = held.read(Path(settings.TERN_HOME) / snapshot.directory)
    except FileNotFoundError as error:
        raise Conflict(
            f"Snapshot {snapshot.number} was made before snapshots could be compared. Make a new one."
        ) from error
    labels = snapshot.manifest["labels"]
    # Labels are known by their column; older manifests have their names alone.
    known = [label.get("column", label["name"]) for label in labels]
    names = {key: label["name"] for key, label in zip(known, labels, strict=True)}
    return Held(matrix, hashes, {key: place for place, key in enumerate(known)}, names)


def difference(first: Snapshot, second: Snapshot) -> Difference:
    """What changed from the first to the second. Raises Conflict."""
    old, new = held_by(first), held_by(second)
    if not all(isinstance(key, int) for key in (*old.columns, *new.columns)):
        old, new = by_name(old), by_name(new)
    hashes = list(dict.fromkeys([*new.hashes, *old.hashes]))
    labels = list(dict.fromkeys([*new.columns, *old.columns]))
    before, after = spread(old, hashes, labels), spread(new, hashes, labels)
    cells = np.argwhere(before != after)
    rows, columns = cells[:, 0], cells[:, 1]
    return Difference(
        hashes,
        labels,
        old.names | new.names,
        cells,
        before[rows, columns],
        after[rows, columns],
        len(set(new.hashes) - set(old.hashes)),
        len(set(old.hashes) - set(new.hashes)),
        [new.names[key] for key in new.columns if key not in old.columns],
        [old.names[key] for key in old.columns if key not in new.columns],
    )


def by_name(one: Held) -> Held:
    """The same, its labels known by their names."""
    return Held(
        one.matrix,
        one.hashes,
        {one.names[key]: place for key, place in one.columns.items()},
        {name: name for name in one.names.values()},
    )


def spread(one: Held, hashes: list[str], labels: list[Any]) -> NDArray[np.int8]:
    """Its matrix over these pictures and labels, 0 where it has none of them."""
    row_of = {sha256: row for row, sha256 in enumerate(hashes)}
    place_of = {key: place for place, key in enumerate(labels)}
    wide = np.zeros((len(hashes), len(labels)), np.int8)
    rows = np.array([row_of[sha256] for sha256 in one.hashes], np.int64)
    columns = np.array([place_of[key] for key in one.columns], np.int64)
    if len(rows) and len(columns):
        wide[np.ix_(rows, columns)] = one.matrix
    return wide


def changes(project: Project, found: Difference, first: Snapshot, second: Snapshot, cells: slice) -> list[Change]:
    """Some of the changed cells, with whoever changed them last before the second snapshot was finished."""
    some = found.cells[cells]
    hashes = [found.hashes[row] for row in some[:, 0]]
    rows = Image.objects.filter(project=project).values_list("content_hash", "pk", "file_name")
    images = {sha256: (pk, name) for sha256, pk, name in rows}
    labels: dict[Any, int] = {}
    for pk, column, name in Label.objects.filter(project=project).values_list("pk", "column", "name"):
        labels |= {column: pk, name: pk}
    keys = [found.labels[column] for column in some[:, 1]]
    # A picture that was removed for good has no id any more, and nothing tells who changed it.
    shown = [images.get(sha256, (None, "")) for sha256 in hashes]
    ids = [(image, labels.get(key)) for (image, _), key in zip(shown, keys, strict=True)]
    told = last_changes(project, set(ids), first, second)
    return [
        Change(image, name, sha256, found.names[key], int(before), int(after), *told.get(cell, ("", "")))
        for (image, name), cell, sha256, key, before, after in zip(
            shown, ids, hashes, keys, found.before[cells], found.after[cells], strict=True
        )
    ]


def last_changes(
    project: Project, cells: Set[tuple[int | None, int | None]], first: Snapshot, second: Snapshot
) -> dict[tuple[int | None, int | None], tuple[str, str]]:
    """Cell (image id, label id) -> (who, when) of its last change between the two snapshots, whichever came first."""
    names = people()
    earlier, later = sorted((first, second), key=lambda one: one.created_at)
    # From the moment the earlier was asked for: a change while it was read may be in it or not.
    events = MarkEvent.objects.filter(project=project, at__gte=earlier.created_at, at__lte=later.finished_at)
    rows = events.order_by("pk").values_list("image_id", "label_id", "annotator_id", "at")
    return {
        (image, label): (names[by], at.isoformat())
        for image, label, by, at in rows.iterator()
        if (image, label) in cells
    }


def as_csv(found: list[Change]) -> Iterator[bytes]:
    """The changes as a table: states as in every CSV of Tern, an empty cell for unknown."""
    yield (HEADER + "\n").encode()
    for one in found:
        cells = [
            quoted(one.file_name), one.sha256, quoted(one.label), TEXT_OF_STATE[one.before], TEXT_OF_STATE[one.after],
            quoted(one.by), one.at,
        ]  # fmt: skip
        yield (",".join(cells) + "\n").encode()
