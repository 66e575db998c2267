"""What is different between two snapshots: which cells, from what to what, and who said so."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from annotator.errors import Conflict
from annotator.formats import held
from annotator.formats.cells import TEXT_OF_STATE, quoted
from annotator.models import Image, Label, MarkEvent, Project, Snapshot, User

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
    images = {
        sha256: (pk, name)
        for pk, sha256, name in Image.objects.filter(project=project).values_list("pk", "content_hash", "file_name")
    }
    labels: dict[Any, int] = {}
    for pk, column, name in Label.objects.filter(project=project).values_list("pk", "column", "name"):
        labels |= {column: pk, name: pk}
    keys = [found.labels[column] for column in some[:, 1]]
    ids = np.array(
        [(images.get(sha, (0, ""))[0], labels.get(key, 0)) for sha, key in zip(hashes, keys, strict=True)], np.int64
    ).reshape(-1, 2)
    told = last_changes(project, ids, first, second)
    return [
        Change(
            int(image) or None, images.get(sha256, (0, ""))[1], sha256, found.names[key], int(before), int(after),
            *told.get((int(image), int(label)), ("", "")),
        )
        for (image, label), sha256, key, before, after in zip(
            ids, hashes, keys, found.before[cells], found.after[cells], strict=True
        )
    ]  # fmt: skip


def last_changes(
    project: Project, cells: NDArray[np.int64], first: Snapshot, second: Snapshot
) -> dict[tuple[int, int], tuple[str, str]]:
    """Cell -> (who, when) of its last change between the two snapshots."""
    people = dict(User.objects.values_list("pk", "username"))
    # From the moment the first was asked for: a change while it was read may be in it or not.
    events = MarkEvent.objects.filter(project=project, at__lte=second.finished_at, at__gte=first.created_at)
    if second.created_at < first.created_at:
        events = MarkEvent.objects.filter(project=project, at__lte=first.finished_at, at__gte=second.created_at)
    rows = list(events.order_by("pk").values_list("image_id", "label_id", "annotator_id", "at"))
    wanted = set(map(tuple, cells.tolist()))
    return {(image, label): (people[by], at.isoformat()) for image, label, by, at in rows if (image, label) in wanted}


def as_csv(found: list[Change]) -> Iterator[bytes]:
    """The changes as a table: states as in every CSV of Tern, an empty cell for unknown."""
    yield (HEADER + "\n").encode()
    for one in found:
        cells = [
            quoted(one.file_name), one.sha256, quoted(one.label), TEXT_OF_STATE[one.before], TEXT_OF_STATE[one.after],
            quoted(one.by), one.at,
        ]  # fmt: skip
        yield (",".join(cells) + "\n").encode()
