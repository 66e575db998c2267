"""Taking operations back: every cell returns to what it was, unless somebody changed it since."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from annotator.actions.board import Board
from annotator.actions.events import CELLS_WORTH_TELLING
from annotator.actions.receipts import Receipts
from annotator.models import MarkEvent, Operation
from annotator.queries.quick import in_pieces
from annotator.words import counted

Outcome = tuple[str, str, list[dict[str, Any]], int]


class Undoing:
    """What the undo operations of one batch need, read at once. An undo is an operation too and can be undone."""

    def __init__(self, project_id: int, user_id: int, ids: Iterable[UUID], stored: dict[UUID, Operation]) -> None:
        self.project_id, self.user_id = project_id, user_id
        wanted = set(ids)
        self.targets = {pk: stored[pk] for pk in wanted & set(stored)}
        missing = wanted - set(stored)
        if missing:
            self.targets |= {one.pk: one for one in Operation.objects.filter(pk__in=missing)}
        self.long: list[UUID] = []
        wanted -= {pk for pk, target in self.targets.items() if target.job_id is not None}
        self.events: dict[UUID, list[MarkEvent]] = {pk: [] for pk in wanted}
        if wanted:
            for event in MarkEvent.objects.filter(project_id=project_id, operation__in=wanted).order_by("pk"):
                if event.operation is not None:
                    self.events[event.operation].append(event)
        self.images = {event.image_id for events in self.events.values() for event in events}
        self.images |= {image for one in self.targets.values() for _, image, _, _, _ in one.receipts}
        self.labels = {event.label_id for events in self.events.values() for event in events}
        self.undone: list[Operation] = []

    def target(self, pk: UUID) -> Operation | None:
        """The stored operation with this id."""
        return self.targets.get(pk)

    def refusal(self, target: Operation | None) -> str:
        """Why this operation cannot be undone by this person; '' when it can."""
        if target is None or target.project_id != self.project_id:
            return "There is no such operation in this project."
        if target.annotator_id != self.user_id:
            return "Only the person who did this can undo it."
        if target.answer["status"] != "applied":
            return "This operation changed nothing, so there is nothing to undo."
        return ""

    def apply(self, target: Operation, board: Board, receipts: Receipts, operation: UUID) -> Outcome:
        """Take `target` back on the board: status, detail, cells and the number left alone.

        What a job wrote, a job takes back: `long` lists the operations for which the caller starts one.
        """
        if target.job_id is not None or target.pk in self.long:
            target.undone_by = operation
            self.undone.append(target)
            self.long.append(operation)
            return "applied", "This is taken back in the background; you can go on meanwhile.", [], 0
        events = self.events.get(target.pk) or [event for event in board.events if event.operation == target.pk]
        cells, skipped = [], 0
        before = previous_events(events, board)
        for event in events:
            cell = board.cell(event.image_id, event.label_id)
            if cell.version != event.version:
                skipped += 1
            else:
                key = (event.image_id, event.label_id)
                board.put_back(cell, before.get(key), event.old, self.user_id, operation)
            cells.append(cell.as_json())
        moved = receipts.take_back(target.receipts)
        if skipped and skipped == len(events) and not moved:
            return "conflict", "Everything this operation did was changed since.", cells, skipped
        target.undone_by = operation
        self.undone.append(target)
        # So many are told as one event, not one by one, and the answer need not repeat them either.
        shown = cells if len(cells) <= CELLS_WORTH_TELLING else []
        left = f"{counted(skipped, 'cell was', 'cells were')} changed since and left alone." if skipped else ""
        return "applied", left, shown, skipped

    def write(self) -> None:
        """Note on each operation which one undid it."""
        for target in self.undone:
            Operation.objects.filter(pk=target.pk).update(undone_by=target.undone_by)


def previous_events(events: list[MarkEvent], board: Board) -> dict[tuple[int, int], MarkEvent]:
    """For each event, the one of the same cell just before it: it says whose value is to come back."""
    wanted = {(event.image_id, event.label_id): event.version - 1 for event in events if event.old != 0}
    if not wanted:
        return {}
    images, labels = {image for image, _ in wanted}, {label for _, label in wanted}
    versions = set(wanted.values())
    stored = [
        event
        for some in in_pieces(images)
        for event in MarkEvent.objects.filter(image_id__in=some, label_id__in=labels, version__in=versions)
    ]
    return {
        (event.image_id, event.label_id): event
        for event in [*stored, *board.events]
        if wanted.get((event.image_id, event.label_id)) == event.version
    }
