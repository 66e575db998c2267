"""What cells were, from their histories: enough to bring any earlier state back exactly.

A change puts the cell into a state that is named by its version. A change that took something back put the cell into
the state of an earlier version, `MarkEvent.restores`; so two versions of a cell stand for one state exactly when their
`standing` is the same number.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from annotator.actions.board import Board, Cell, Key, Row
from annotator.models import MarkEvent
from annotator.sql.quick import in_pieces
from annotator.sql.rows import rows_of

NEVER_MARKED = 0
CELLS_OF = """
WHERE (image_id, label_id) IN (SELECT image_id, label_id FROM annotator_markevent WHERE operation IN %s)
"""
CELLS_NAMED = "WHERE image_id IN %s AND label_id IN %s"


class Past:
    """Histories of the cells that somebody wants back, each read once."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.stored: dict[Key, list[MarkEvent]] = {}
        self.of: defaultdict[UUID, list[MarkEvent]] = defaultdict(list)

    def load_of(self, operations: Iterable[str]) -> None:
        """Read the histories of all cells that these operations changed."""
        self._take(rows_of(MarkEvent, CELLS_OF, list(operations)))

    def events(self, cell: Cell) -> list[MarkEvent]:
        """All changes of the cell, oldest first, those of this batch included."""
        key = (cell.image, cell.label)
        return [*self.stored.get(key, []), *self.board.fresh[key]]

    def load_cells(self, keys: Iterable[Key]) -> None:
        """Read the histories of these cells, as far as they are not known."""
        missing = set(keys) - self.stored.keys()
        labels = {label for _, label in missing}
        for images in in_pieces({image for image, _ in missing}):
            self._take(rows_of(MarkEvent, CELLS_NAMED, images, labels))
        for key in missing:
            self.stored.setdefault(key, [])

    def _take(self, found: Iterable[MarkEvent]) -> None:
        taken: defaultdict[Key, list[MarkEvent]] = defaultdict(list)
        for event in found:
            taken[event.image_id, event.label_id].append(event)
        for key in taken.keys() - self.stored.keys():
            self.stored[key] = sorted(taken[key], key=lambda event: event.version)
            for event in taken[key]:
                if event.operation is not None:
                    self.of[event.operation].append(event)


def in_the_way(events: list[MarkEvent], target: MarkEvent) -> MarkEvent | None:
    """The change that stands on top of what `target` made of the cell; None when that is what the cell still is."""
    standing = events[-1].standing
    if standing == target.standing:
        return None
    return next((event for event in events if event.version == standing), events[-1])


def standing_before(events: list[MarkEvent], target: MarkEvent) -> int:
    """The version whose state the cell was in before `target`."""
    before = [event for event in events if event.version < target.version]
    return before[-1].standing if before else NEVER_MARKED


def rows_at(cell: Cell, events: list[MarkEvent], version: int) -> dict[int, Row]:
    """Everybody's marks of the cell as they stood at this version, by person."""
    told = {event.annotator_id for event in events}
    # What no history tells of was there before it.
    states: dict[int, dict[int, Row]] = {
        NEVER_MARKED: {by: replace(row, resolved=False) for by, row in cell.stored.items() if by not in told}
    }
    rows = states[NEVER_MARKED]
    for event in events:
        if event.version > version:
            break
        if event.restores is not None:
            rows = states.get(event.restores, rows)
        else:
            rows = {by: replace(row, resolved=False) for by, row in rows.items() if by != event.annotator_id}
            if event.new != 0:
                rows[event.annotator_id] = Row(
                    event.new, True, event.version, event.rule_version, event.source, event.at
                )
        states[event.version] = rows
    return states.get(version, {})


def changed_by(events: Iterable[MarkEvent], operation: UUID) -> MarkEvent | None:
    """What this operation did to the cell; None when it did nothing."""
    return next((event for event in events if event.operation == operation), None)
