"""Cells of one project in memory: read at once, changed one by one, written at once.

A cell's value is that of its one *resolved* mark, the latest human one; marks of others stay behind it unresolved.
Setting a cell to unknown takes away the person's own mark and leaves the cell without a resolved one.
The caller holds the project's lock from before `load` until after `write`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from annotator.models import Mark, MarkEvent, Source
from annotator.queries.out_of_sample import LOOKED_AT, probabilities_before
from annotator.sql.inserts import insert_all
from annotator.sql.quick import fetch, in_pieces, moment

Key = tuple[int, int]
MARKS = """
SELECT image_id, label_id, annotator_id, value, resolved, version, rule_version, source, updated_at
FROM annotator_mark WHERE image_id IN %s AND label_id IN %s
"""
VERSIONS = """
SELECT image_id, label_id, MAX(version) FROM annotator_markevent
WHERE image_id IN %s AND label_id IN %s GROUP BY image_id, label_id
"""
SAY_ANEW = """
ON CONFLICT (image_id, label_id, annotator_id) DO UPDATE SET value = excluded.value, resolved = excluded.resolved,
  version = excluded.version, rule_version = excluded.rule_version, source = excluded.source,
  updated_at = excluded.updated_at
"""


@dataclass(slots=True)
class Row:
    """One person's mark of a cell."""

    value: int
    resolved: bool
    version: int
    rule_version: int
    source: str
    at: datetime


@dataclass(slots=True)
class Cell:
    """The state of one cell; `version` counts its changes, 0 = never marked."""

    image: int
    label: int
    version: int = 0
    rows: dict[int, Row] = field(default_factory=dict)
    stored: dict[int, Row] = field(default_factory=dict)

    @property
    def resolved(self) -> tuple[int, Row] | None:
        """The annotator and mark that speak for the project; None when the cell is unknown."""
        return next(((by, row) for by, row in self.rows.items() if row.resolved), None)

    @property
    def value(self) -> int:
        """1 present, -1 absent, 0 unknown."""
        found = self.resolved
        return found[1].value if found else 0

    def as_json(self) -> dict[str, Any]:
        """The cell as the API shows it."""
        by, row = self.resolved or (None, None)
        return {
            "image": self.image,
            "label": self.label,
            "value": row.value if row else 0,
            "version": self.version,
            "by": by,
            "at": row.at.isoformat() if row else None,
            "source": row.source if row else None,
        }


class Board:
    """The cells that one batch of changes needs."""

    def __init__(self, project_id: int, rule_versions: dict[int, int], now: datetime) -> None:
        self.project_id = project_id
        self.rule_versions = rule_versions
        self.now = now
        self.cells: dict[Key, Cell] = {}
        self.events: list[MarkEvent] = []
        self.fresh: defaultdict[Key, list[MarkEvent]] = defaultdict(list)

    def load(self, images: Iterable[int], labels: Iterable[int]) -> None:
        """Read the marks and versions of all cells of these images and labels."""
        labels = list(labels)
        if labels:
            for some in in_pieces(images):
                self._load(some, labels)

    def _load(self, images: list[int], labels: list[int]) -> None:
        for image, label, by, value, resolved, version, rule, source, at in fetch(MARKS, images, labels):
            cell = self.cell(image, label)
            row = Row(value, bool(resolved), version, rule, source, moment(at))
            cell.rows[by] = row
            cell.stored[by] = replace(row)
        # A cell set back to unknown has no resolved mark, but its history still counts.
        for image, label, version in fetch(VERSIONS, images, labels):
            self.cell(image, label).version = version

    def cell(self, image: int, label: int) -> Cell:
        """The cell, in its present state."""
        return self.cells.setdefault((image, label), Cell(image, label))

    def put(self, cell: Cell, value: int, by: int, source: str, operation: UUID | None) -> bool:
        """Set the cell in this person's name; False when that person already says so."""
        found = cell.resolved
        if (found is None and value == 0) or (found and found[0] == by and found[1].value == value):
            return False
        rule = self.rule_versions.get(cell.label, 1)
        self._change(cell, value, by, source, rule, operation)
        return True

    def put_back(self, cell: Cell, rows: dict[int, Row], version: int, by: int, operation: UUID) -> None:
        """Give the cell all marks as they were at an earlier `version`; `rows` says what they were."""
        old = cell.value
        cell.version += 1
        speaks = next((row for row in rows.values() if row.resolved), None)
        cell.rows = {
            who: replace(row, version=cell.version, at=self.now) if row.resolved else row for who, row in rows.items()
        }
        source = speaks.source if speaks else Source.HUMAN
        rule = speaks.rule_version if speaks else self.rule_versions.get(cell.label, 1)
        self._note(cell, old, by, source, rule, operation, version)

    def _change(self, cell: Cell, value: int, by: int, source: str, rule: int, operation: UUID | None) -> None:
        old = cell.value
        cell.version += 1
        cell.rows = {who: replace(row, resolved=False) for who, row in cell.rows.items()}
        if value == 0:
            cell.rows.pop(by, None)
        else:
            cell.rows[by] = Row(value, True, cell.version, rule, source, self.now)
        self._note(cell, old, by, source, rule, operation, None)

    def _note(
        self, cell: Cell, old: int, by: int, source: str, rule: int, operation: UUID | None, restores: int | None
    ) -> None:
        event = MarkEvent(
            project_id=self.project_id, image_id=cell.image, label_id=cell.label, annotator_id=by,
            version=cell.version, old=old, new=cell.value, source=source, rule_version=rule,
            operation=operation, restores=restores, at=self.now,
        )  # fmt: skip
        self.events.append(event)
        self.fresh[cell.image, cell.label].append(event)

    def changes(self) -> list[list[int]]:
        """Every changed cell once, [image, label, value, version], in the order of the changes."""
        keys = dict.fromkeys((event.image_id, event.label_id) for event in self.events)
        return [
            [image, label, self.cells[image, label].value, self.cells[image, label].version] for image, label in keys
        ]

    def write(self) -> None:
        """Write marks and history. Resolved marks that step back do so first: a cell never has two."""
        gone: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
        silenced, changed = [], []
        for image, label in {(event.image_id, event.label_id) for event in self.events}:
            cell = self.cells[image, label]
            for by in cell.stored.keys() - cell.rows.keys():
                gone[label, by].append(image)
            for by, row in cell.rows.items():
                before = cell.stored.get(by)
                if before is not None and before.resolved and not row.resolved:
                    silenced.append((image, label, by))
                    before = replace(before, resolved=False)
                if row != before:
                    changed.append(self.mark(cell, by, row))
        for (label, by), images in gone.items():
            for some in in_pieces(images):
                Mark.objects.filter(image_id__in=some, label_id=label, annotator_id=by).delete()
        for image, label, by in silenced:
            Mark.objects.filter(image_id=image, label_id=label, annotator_id=by).update(resolved=False)
        insert_all(changed, SAY_ANEW)
        self._note_probabilities()
        insert_all(self.events)

    def _note_probabilities(self) -> None:
        """Keep what was said of cells that somebody looked at and marked for the first time."""
        first = [event for event in self.events if event.version == 1 and event.source in LOOKED_AT]
        before = probabilities_before(self.project_id, [(event.image_id, event.label_id) for event in first])
        for event, probability in zip(first, before, strict=True):
            event.probability = probability

    def mark(self, cell: Cell, by: int, row: Row) -> Mark:
        """One person's mark of the cell as a row of the table, not stored yet."""
        return Mark(
            project_id=self.project_id, image_id=cell.image, label_id=cell.label, annotator_id=by,
            value=row.value, resolved=row.resolved, version=row.version, rule_version=row.rule_version,
            source=row.source, updated_at=row.at,
        )  # fmt: skip
