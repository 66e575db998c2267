"""A project's label matrix in memory, kept current from the news: what queue, progress and image lists count with.

Loading it reads every mark once; after that a request only reads the events since the last one. Each process has its
own. What is written is never decided from it: actions read the database.
"""

import json
import threading
from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from annotator.models import CantTell, Checked, Image, Label, Mark, Project
from annotator.queries.matrix import integers
from annotator.sql.quick import fetch

T = TypeVar("T")
NEWS = "SELECT seq, kind, payload FROM annotator_event WHERE project_id = %s AND seq > %s ORDER BY seq"
PROJECTS_IN_MEMORY = 8
EVENTS_WORTH_REPLAYING = 2_000


class State:
    """Everything by image row N (= Image.row; gaps where an image is gone) and label column C (= Label.column).

    `values` int8 [N, C] in {1, -1, 0}; `ids` int64 [N], 0 in gaps; `usable` bool [N]: neither deleted nor flagged;
    `groups` int64 [N]; `label_ids` int64 [C]; `alive` bool [C]. `log` lists rows in the order in which they changed.
    """

    def __init__(self, project_id: int) -> None:
        self.project_id = project_id
        self.lock = threading.RLock()
        self.seq = -1
        self.generation = 0
        self._derived: dict[Hashable, tuple[Hashable, Any]] = {}

    def derived(self, name: Hashable, stamp: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes, remembered under `name` until it is asked for with another `stamp`: what it was made from.

        It goes with the project's matrix. Two threads that ask at once may both make it.
        """
        kept = self._derived.get(name)
        if kept is None or kept[0] != stamp:
            kept = self._derived[name] = stamp, make()
        made: T = kept[1]
        return made

    def refresh(self, seq: int) -> None:
        """Bring it up to event `seq` at least."""
        with self.lock:
            if self.seq >= seq:
                return
            if self.seq < 0 or seq - self.seq > EVENTS_WORTH_REPLAYING:
                return self._load(seq)
            for number, kind, text in fetch(NEWS, self.project_id, self.seq):
                payload = json.loads(text)
                if number != self.seq + 1 or kind in ("project", "labels", "images"):
                    return self._load(seq)
                if kind == "mark":
                    self._marked(payload["cells"])
                elif kind == "rows":
                    self._read_rows(payload["first"], payload["last"])
                elif kind == "receipt":
                    self._receipt(payload)
                self.seq = number

    def _load(self, seq: int) -> None:
        """Read everything. `seq` was read before: events after it may be applied twice, which changes nothing."""
        self._load_images()
        self._load_labels()
        self.values = np.zeros((len(self.ids), len(self.label_ids)), np.int8)
        marks = Mark.objects.filter(project_id=self.project_id, resolved=True).order_by()
        self._fill(integers(marks.values_list("image_id", "label_id", "value"), 3))
        self.unknown = (self.values[:, self.alive] == 0).sum(1)
        self._load_receipts()
        self.log: list[int] = []
        self.generation += 1
        self.seq = seq

    def _fill(self, triples: NDArray[np.int64]) -> None:
        """Put values [(image id, label id, value), ...] in their places."""
        rows = np.fromiter((self.row_of[pk] for pk in triples[:, 0].tolist()), np.int64, len(triples))
        columns = np.fromiter((self.column_of[pk] for pk in triples[:, 1].tolist()), np.int64, len(triples))
        self.values[rows, columns] = triples[:, 2]

    def _read_rows(self, first: int, last: int) -> None:
        """Read these rows again: too many of their cells changed to be told one by one."""
        rows = slice(first, last + 1)
        # The project is named by the image alone: PostgreSQL else walks through all its marks for each image.
        marks = Mark.objects.filter(resolved=True, image__project_id=self.project_id, image__row__range=(first, last))
        self.values[rows] = 0
        self._fill(integers(marks.order_by().values_list("image_id", "label_id", "value"), 3))
        self.unknown[rows] = (self.values[rows][:, self.alive] == 0).sum(1)
        self.log += range(first, last + 1)

    def _load_images(self) -> None:
        images = Image.objects.filter(project_id=self.project_id).order_by("row")
        found = list(images.values_list("pk", "row", "group_key", "deleted_at", "flagged"))
        size = found[-1][1] + 1 if found else 0
        self.ids = np.zeros(size, np.int64)
        self.usable = np.zeros(size, bool)
        self.groups = np.full(size, -1, np.int64)
        numbers: dict[str, int] = {}
        for pk, row, group, deleted, flagged in found:
            self.ids[row] = pk
            self.usable[row] = deleted is None and not flagged
            self.groups[row] = numbers.setdefault(group, len(numbers))
        self.row_of = {pk: row for pk, row, *_ in found}
        self.group_count = len(numbers)

    def _load_labels(self) -> None:
        of_project = Label.objects.filter(project_id=self.project_id).order_by("column")
        labels = list(of_project.values_list("pk", "column", "created_at", "deleted_at"))
        size = labels[-1][1] + 1 if labels else 0
        self.label_ids = np.zeros(size, np.int64)
        self.alive = np.zeros(size, bool)
        self.column_of = {pk: column for pk, column, *_ in labels}
        for pk, column, _, deleted in labels:
            self.label_ids[column] = pk
            self.alive[column] = deleted is None
        self.label_times = [(created, column + 1) for _, column, created, _ in labels]

    def _load_receipts(self) -> None:
        # {person: {row: columns there were when they looked it through}}: a label that came later is still to be asked.
        self.checked: defaultdict[int, dict[int, int]] = defaultdict(dict)
        self.checks = np.zeros(len(self.ids), np.int32)
        self.group_checks = np.zeros(self.group_count, np.int32)
        self.cant_tell: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
        whole = Checked.objects.filter(project_id=self.project_id, group="")
        for user, image, at in whole.values_list("annotator_id", "image_id", "at"):
            then = bisect_right(self.label_times, at, key=lambda label: label[0])
            self._check(user, self.row_of[image], self.label_times[then - 1][1] if then else 0)
        for user, image, label in CantTell.objects.filter(project_id=self.project_id).values_list(
            "annotator_id", "image_id", "label_id"
        ):
            self.cant_tell[user].add((self.row_of[image], self.column_of[label]))

    def _check(self, user: int, row: int, columns: int | None) -> None:
        """This person looked the row through while it had so many columns; None: they took that back."""
        mine = self.checked[user]
        change = int(columns is not None) - int(row in mine)
        if columns is None:
            mine.pop(row, None)
        else:
            mine[row] = columns
        self.checks[row] += change
        self.group_checks[self.groups[row]] += change

    def _marked(self, cells: Iterable[list[int]]) -> None:
        for image, label, value, _ in cells:
            row, column = self.row_of.get(image), self.column_of.get(label)
            if row is None or column is None:
                continue  # Removed for good after this event.
            before = self.values[row, column]
            self.values[row, column] = value
            if self.alive[column]:
                self.unknown[row] += int(value == 0) - int(before == 0)
            self.log.append(row)

    def _receipt(self, payload: dict[str, int | str | None]) -> None:
        user, row = int(payload["by"] or 0), self.row_of.get(int(payload["image"] or 0))
        column = self.column_of.get(int(payload["label"] or 0))
        if row is None:
            return
        if payload["kind"] == "cant_tell":
            if column is None:
                return
            cell = (row, column)
            (self.cant_tell[user].add if payload["on"] else self.cant_tell[user].discard)(cell)
        elif not payload.get("group"):
            self._check(user, row, len(self.label_ids) if payload["on"] else None)

    def has_checked(self, user_id: int, row: int) -> bool:
        """Whether this person looked the row through, all labels of today included."""
        columns = self.checked.get(user_id, {}).get(row)
        return columns is not None and not self.alive[columns:].any()

    def counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Known present and absent cells of each label among usable images, both [C]."""
        values = self.values[self.usable]
        return (values == 1).sum(0), (values == -1).sum(0)


_states: OrderedDict[int, State] = OrderedDict()
_states_lock = threading.Lock()


def state_of(project: Project) -> State:
    """The project's matrix as of `project.event_seq`, which the caller has just read, or later."""
    with _states_lock:
        state = _states.setdefault(project.pk, State(project.pk))
        _states.move_to_end(project.pk)
        while len(_states) > PROJECTS_IN_MEMORY:
            _states.popitem(last=False)
    state.refresh(project.event_seq)
    return state


def forget_states() -> None:
    """Drop everything, for tests whose databases come and go under the same numbers."""
    with _states_lock:
        _states.clear()
