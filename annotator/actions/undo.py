"""Taking operations back: every cell returns exactly to what it was, as long as what the operation made of it stands.

What somebody did later and took back stands no longer and is no obstacle; so a chain of one's own undos goes back
without limit, and so does the way forward again. Where a later change stands, the cell is left alone and the answer
says whose change that is. docs/decisions/0009-undo.md says why.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection

from annotator.actions.answers import Answers
from annotator.actions.board import Board
from annotator.actions.closing_cells import CLOSINGS
from annotator.actions.past import Past, changed_by, in_the_way, rows_at, standing_before
from annotator.actions.receipts import Receipts
from annotator.models import MarkEvent, Operation, Source, User
from annotator.news.publish import CELLS_WORTH_TELLING
from annotator.sql.quick import fetch
from annotator.words import counted

Outcome = tuple[str, str, list[dict[str, Any]], int]
CELLS = "SELECT DISTINCT image_id, label_id FROM annotator_markevent WHERE operation IN %s"
KEY = Operation._meta.pk
STATES = {1: "marked it present", -1: "marked it absent", 0: "set it back to unknown"}


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
        short = [pk for pk, target in self.targets.items() if target.job_id is None and target.project_id == project_id]
        self.keys = [KEY.get_db_prep_value(pk, connection) for pk in short]
        cells = fetch(CELLS, self.keys) if self.keys else []
        self.images = {image for image, _ in cells}
        self.images |= {image for one in self.targets.values() for _, image, _, _, _ in one.receipts}
        self.labels = {label for _, label in cells}
        self.questions = {question for one in self.targets.values() for question, _, _ in one.answers}
        self.undone: list[Operation] = []

    def begin(self, board: Board, receipts: Receipts, answers: Answers) -> None:
        """Go to work on these; they are loaded."""
        self.board, self.receipts, self.answers = board, receipts, answers
        self.past = Past(board)
        if self.keys:
            self.past.load_of(self.keys)

    def target(self, pk: UUID) -> Operation | None:
        """The stored operation with this id."""
        return self.targets.get(pk)

    def refusal(self, target: Operation | None) -> str:
        """Why this operation cannot be undone by this person; '' when it can."""
        if target is None or target.project_id != self.project_id:
            return "There is no such operation in this project."
        if target.annotator_id != self.user_id:
            return "Only the person who did this can undo it."
        if "import" in target.request:
            return "An import is taken back as a whole, in the list of imports."
        if target.answer["status"] != "applied":
            return "This operation changed nothing, so there is nothing to undo."
        return ""

    def closes_again(self, target: Operation) -> bool:
        """Whether to undo this operation, itself an undo, would do a closing again."""
        again = False
        while target.kind == "undo":
            before = self.targets.get(UUID(target.request["of"])) or Operation.objects.get(pk=target.request["of"])
            target, again = before, not again
        page = target.kind == "page" and target.request["source"] == Source.CLOSED
        return again and (page or target.kind in ("close", *CLOSINGS))

    def apply(self, target: Operation, operation: UUID) -> Outcome:
        """Take `target` back: status, detail, cells and the number left alone.

        What a job wrote, a job takes back: `long` lists the operations for which the caller starts one.
        """
        if target.job_id is not None or target.pk in self.long:
            target.undone_by = operation
            self.undone.append(target)
            self.long.append(operation)
            return "applied", "This is taken back in the background; you can go on meanwhile.", [], 0
        if target.answers and not self.answers.take_back(target.answers):
            return "conflict", "This question was answered anew since.", [], 0
        keys = self._cells(target)
        cells, blockers = [], []
        for image, label in keys:
            cell = self.board.cell(image, label)
            events = self.past.events(cell)
            event = changed_by(events, target.pk)
            assert event is not None
            blocker = in_the_way(events, event)
            if blocker is not None:
                blockers.append(blocker)
            else:
                before = standing_before(events, event)
                self.board.put_back(cell, rows_at(cell, events, before), before, self.user_id, operation)
            cells.append(cell.as_json())
        moved = self.receipts.take_back(target.receipts)
        if blockers and len(blockers) == len(keys) and not moved and not target.answers:
            return "conflict", self.why_not(blockers), cells, len(blockers)
        target.undone_by = operation
        self.undone.append(target)
        # So many are told as one event, not one by one, and the answer need not repeat them either.
        shown = cells if len(cells) <= CELLS_WORTH_TELLING else []
        return "applied", self.partly(blockers, len(keys)), shown, len(blockers)

    def _cells(self, target: Operation) -> list[tuple[int, int]]:
        """The cells that the operation changed, in the order in which it did."""
        if target.pk in self.targets:
            found = sorted(self.past.of[target.pk], key=lambda event: event.pk)
        else:
            found = [event for event in self.board.events if event.operation == target.pk]
        keys = [(event.image_id, event.label_id) for event in found]
        self.past.load_cells(keys)
        return keys

    def why_not(self, blockers: list[MarkEvent]) -> str:
        """Why nothing of an act could be taken back."""
        if len(blockers) > 1:
            return f"All {counted(len(blockers), 'cell')} stay as they are: {self.names(blockers)} changed them since."
        (event,) = blockers
        return f"The cell stays as it is: {self.names(blockers)} {STATES[event.new]} since."

    def partly(self, blockers: list[MarkEvent], of: int) -> str:
        """What an act that was taken back in part leaves behind; '' when nothing."""
        if not blockers:
            return ""
        count = len(blockers)
        stay, them = ("stays as it is", "it") if count == 1 else ("stay as they are", "them")
        return f"{count:,} of {counted(of, 'cell')} {stay}: {self.names(blockers)} changed {them} since."

    def names(self, events: list[MarkEvent]) -> str:
        """Who made these changes, in words; the person who asks is 'you'."""
        others = {event.annotator_id for event in events} - {self.user_id}
        people = User.objects.filter(pk__in=others).order_by("pk")
        names = [person.display_name or person.username for person in people]
        names += ["you"] if any(event.annotator_id == self.user_id for event in events) else []
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

    def write(self) -> None:
        """Note on each operation which one undid it."""
        for target in self.undone:
            Operation.objects.filter(pk=target.pk).update(undone_by=target.undone_by)
