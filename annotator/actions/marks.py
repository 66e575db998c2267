"""The one way in for marks: batches of operations, each applied once, whatever the network does.

`sync` takes the project's lock, reads what the batch needs, applies every operation in memory, and writes marks,
history, receipts, stored answers and news in one transaction. A replayed operation gets the answer it was given.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from annotator.actions.answers import Answers
from annotator.actions.board import Board, Cell
from annotator.actions.operations import Ask, Asked
from annotator.actions.receipts import Receipts
from annotator.actions.undo import Undoing
from annotator.errors import NotFound
from annotator.jobs.queue import enqueue
from annotator.limits import DAYS_TO_TAKE_BACK
from annotator.models import Job, Label, MarkEvent, Operation, Project, Source, User
from annotator.news.publish import lock_project, mark_news, write_news
from annotator.queries.closing import FORBIDDEN
from annotator.sql.inserts import insert_all
from annotator.sql.quick import fetch
from annotator.sql.rows import rows_of
from annotator.sql.turns import write_turn
from annotator.words import counted

LABELS = "SELECT id, deleted_at, rule_version FROM annotator_label WHERE project_id = %s ORDER BY id"
IMAGES = "SELECT id, deleted_at FROM annotator_image WHERE project_id = %s AND id IN %s"
MADE = ("id", "image", "label", "version", "operation")
OPERATION_KEY = Operation._meta.pk
RESULT_KEYS = ("id", "status", "detail", "cells", "skipped")
CELL_KEYS = ("image", "label", "value", "version", "by", "at", "source")


def answer(
    asked: Asked, status: str, detail: str = "", cells: Iterable[dict[str, Any]] = (), skipped: int = 0
) -> dict[str, Any]:
    """The result of one operation, as it is stored and sent."""
    return {"id": asked.id, "status": status, "detail": detail, "cells": list(cells), "skipped": skipped}


def left_alone(count: int) -> str:
    """What to say of cells of an act that stay as they are; '' when there are none."""
    return f"{counted(count, 'cell was', 'cells were')} left alone: marked meanwhile, or deleted." if count else ""


def in_order(stored: dict[str, Any]) -> dict[str, Any]:
    """A stored answer with its keys in their first order, which PostgreSQL's jsonb does not keep."""
    result = {key: stored[key] for key in RESULT_KEYS}
    result["cells"] = [{key: cell[key] for key in CELL_KEYS} for cell in result["cells"]]
    return result


class Batch:
    """One batch of one person's operations, under the project's lock."""

    def __init__(self, project: Project, user_id: int, asked: list[Asked], now: datetime) -> None:
        self.project, self.user_id, self.now = project, user_id, now
        ids = {one.uuid for one in asked if one.uuid is not None and not one.refusal}
        keys = [OPERATION_KEY.get_db_prep_value(pk, connection) for pk in ids]
        self.stored = {one.pk: one for one in rows_of(Operation, "WHERE id IN %s", keys)}
        self.fresh: dict[UUID, Operation] = {}
        asked = [one for one in asked if not one.refusal and one.uuid not in self.stored]
        labels = fetch(LABELS, project.pk)
        self.labels = {pk: deleted is None for pk, deleted, _ in labels}
        self.board = Board(project.pk, {pk: rule for pk, _, rule in labels}, now)
        self.undoing = Undoing(project.pk, user_id, [one.of for one in asked if one.of], self.stored)
        self.answers = Answers(project.pk, user_id, now)
        self.answers.load({one.question for one in asked if one.question} | self.undoing.questions)
        places = [self._place(one) for one in asked] + [(cell.image, cell.label) for one in asked for cell in one.cells]
        images = fetch(IMAGES, project.pk, {image for image, _ in places if image})
        self.images = {pk: deleted is None for pk, deleted in images}
        self.receipts = Receipts(project.pk, user_id, now)
        self._load(asked, {label for _, label in places})
        self.made_by = self._made_by(asked)
        self.undoing.begin(self.board, self.receipts, self.answers)

    def _place(self, asked: Asked) -> tuple[int, int]:
        """The image and label that an operation of one cell is of; 0 for none."""
        question = self.answers.question(asked.question) if asked.question else None
        return (question.image_id, question.label_id) if question else (asked.image, asked.label)

    def _load(self, asked: list[Asked], wanted: set[int]) -> None:
        images = set(self.images) | self.undoing.images
        wanted = wanted | self.undoing.labels
        if any(one.kind == "close" for one in asked):
            wanted |= set(self.labels)
        self.board.load(images, wanted & set(self.labels))
        self.receipts.load(images, checked=any(one.kind not in ("mark", "page", "blind") for one in asked))

    def _made_by(self, asked: list[Asked]) -> dict[tuple[int, int, int], UUID | None]:
        """Which operation made (image, label, version), of stored operations that this batch was made on top of."""
        after = {pk for one in asked for pk in one.after} - {one.uuid for one in asked}
        if not after:
            return {}
        keys = [OPERATION_KEY.get_db_prep_value(pk, connection) for pk in after]
        found = rows_of(MarkEvent, "WHERE operation IN %s", keys, only=MADE)
        return {(one.image_id, one.label_id, one.version): one.operation for one in found}

    def _seen(self, asked: Asked, ask: Ask, cell: Cell) -> bool:
        """Whether the person saw the cell as it is: in this version, or as one of their own operations left it."""
        if ask.base is None or ask.base == cell.version:
            return True
        fresh = self.board.fresh.get((cell.image, cell.label))
        last = fresh[-1].operation if fresh else self.made_by.get((cell.image, cell.label, cell.version))
        return last is not None and last in asked.after

    def run(self, asked: Asked) -> dict[str, Any]:
        """Apply one operation, or answer as before when it was applied already."""
        if asked.refusal or asked.uuid is None:
            return answer(asked, "rejected", asked.refusal)
        before = self.stored.get(asked.uuid) or self.fresh.get(asked.uuid)
        if before is not None:
            return self._again(asked, before)
        operation = Operation(
            pk=asked.uuid, project_id=self.project.pk, annotator_id=self.user_id, kind=asked.kind,
            request=asked.as_request(), at=self.now,
        )  # fmt: skip
        self.receipts.begin()
        self.answers.begin()
        operation.answer = self._refuse(asked) or getattr(self, f"_{asked.kind}")(asked)
        operation.receipts = self.receipts.changed
        operation.answers = self.answers.changed
        self.fresh[asked.uuid] = operation
        return operation.answer

    def _again(self, asked: Asked, before: Operation) -> dict[str, Any]:
        mine = before.project_id == self.project.pk and before.annotator_id == self.user_id
        if not mine or before.kind != asked.kind or before.request != asked.as_request():
            return answer(asked, "rejected", "This operation id was already used for something else; make a new one.")
        return in_order(before.answer)

    def _refuse(self, asked: Asked) -> dict[str, Any] | None:
        """The answer for an operation whose image or label is not there (any more)."""
        if asked.kind in ("page", "undo"):
            return None
        if asked.question and self.answers.question(asked.question) is None:
            return answer(asked, "rejected", f"Nobody asked you question {asked.question}.")
        image, label = self._place(asked)
        if image not in self.images:
            return answer(asked, "rejected", f"This project has no image {image}.")
        if label and label not in self.labels:
            return answer(asked, "rejected", f"This project has no label {label}.")
        if not self.images[image]:
            return answer(asked, "parked", "The image was deleted meanwhile. Your work is kept with this operation.")
        if label and not self.labels[label]:
            return answer(asked, "parked", "The label was deleted meanwhile. Your work is kept with this operation.")
        return None

    def _mark(self, asked: Asked) -> dict[str, Any]:
        ask = asked.cells[0]
        cell = self.board.cell(ask.image, ask.label)
        if ask.value != cell.value and not self._seen(asked, ask, cell):
            return answer(asked, "conflict", "Somebody changed this cell after you saw it.", [cell.as_json()])
        self.board.put(cell, ask.value, self.user_id, asked.source, asked.uuid)
        if ask.value != 0:
            self.receipts.set_cant_tell(ask.image, ask.label, False)
        return answer(asked, "applied", cells=[cell.as_json()])

    def _page(self, asked: Asked) -> dict[str, Any]:
        if asked.source == Source.CLOSED and not self.project.allow_closing:
            return answer(asked, "rejected", FORBIDDEN)
        cells, skipped, gone, unknown = [], 0, 0, 0
        for ask in asked.cells:
            if ask.image not in self.images or ask.label not in self.labels:
                unknown += 1
                continue
            if not (self.images[ask.image] and self.labels[ask.label]):
                gone += 1
                continue
            cell = self.board.cell(ask.image, ask.label)
            if cell.value != 0 or not self._seen(asked, ask, cell):
                skipped += 1
            else:
                self.board.put(cell, ask.value, self.user_id, asked.source, asked.uuid)
            cells.append(cell.as_json())
        if unknown == len(asked.cells):
            return answer(asked, "rejected", "This project has none of these images or labels.", skipped=unknown)
        if gone and not cells:
            return answer(
                asked, "parked", "What this page marks was deleted meanwhile. Your work is kept.", skipped=gone
            )
        if cells and skipped == len(cells):
            detail = "All of these cells were marked meanwhile; a page only touches unknown cells."
            return answer(asked, "conflict", detail, cells, skipped + gone + unknown)
        left = skipped + gone + unknown
        return answer(asked, "applied", left_alone(left), cells, left)

    def _close(self, asked: Asked) -> dict[str, Any]:
        if not self.project.allow_closing:
            detail = (
                "This project does not let anybody close an image; say 'checked' instead, or ask a lead to allow it."
            )
            return answer(asked, "rejected", detail)
        said = {ask.label: ask for ask in asked.cells}
        cells, skipped, taken = [], 0, 0
        for label, alive in self.labels.items():
            cell, ask = self.board.cell(asked.image, label), said.get(label)
            if ask is not None and (not alive or cell.value != 0 or not self._seen(asked, ask, cell)):
                # Said to be present by somebody who did not see it as it is: neither that nor absent is written.
                taken += 1
                cells += [cell.as_json()] if alive else []
                continue
            if not alive or cell.value != 0:
                continue
            if ask is None and self.receipts.cant_tell(asked.image, label):
                skipped += 1
                continue
            if ask is None:
                self.board.put(cell, -1, self.user_id, Source.CLOSED, asked.uuid)
            else:
                self.board.put(cell, 1, self.user_id, Source.ACCEPTED, asked.uuid)
                self.receipts.set_cant_tell(asked.image, label, False)
            cells.append(cell.as_json())
        self.receipts.set_checked(asked.image, "", True)
        return answer(asked, "applied", left_alone(taken), cells, skipped + taken)

    def _cant_tell(self, asked: Asked) -> dict[str, Any]:
        cell = self.board.cell(asked.image, asked.label)
        for ask in asked.cells:
            if cell.value != 0 and not self._seen(asked, ask, cell):
                return answer(asked, "conflict", "Somebody changed this cell after you saw it.", [cell.as_json()])
            self.board.put(cell, 0, self.user_id, Source.HUMAN, asked.uuid)
        self.receipts.set_cant_tell(asked.image, asked.label, asked.on)
        return answer(asked, "applied", cells=[cell.as_json()])

    def _blind(self, asked: Asked) -> dict[str, Any]:
        question = self.answers.question(asked.question)
        assert question is not None
        cell = self.board.cell(question.image_id, question.label_id)
        if question.answer is not None and question.answer != asked.value:
            detail = "This question was answered already. To change a mark, open its image."
            return answer(asked, "conflict", detail, [cell.as_json()])
        if question.answer is None:
            self.answers.give(question, asked.value)
            if asked.value and cell.value == 0:
                self.board.put(cell, asked.value, self.user_id, Source.AUDIT, asked.uuid)
        return answer(asked, "applied", cells=[cell.as_json()])

    def _checked(self, asked: Asked) -> dict[str, Any]:
        self.receipts.set_checked(asked.image, asked.group, asked.on)
        return answer(asked, "applied")

    def _undo(self, asked: Asked) -> dict[str, Any]:
        assert asked.of is not None
        assert asked.uuid is not None
        target = self.fresh.get(asked.of) or self.undoing.target(asked.of)
        refusal = self.undoing.refusal(target)
        if target is None or refusal:
            return answer(asked, "rejected", refusal)
        if target.undone_by is not None:
            return answer(asked, "conflict", "This was undone already.")
        if not self.project.allow_closing and self.undoing.closes_again(target):
            return answer(asked, "rejected", FORBIDDEN)
        return answer(asked, *self.undoing.apply(target, asked.uuid))

    def write(self) -> int:
        """Write everything and publish it; the number of the last event."""
        self.board.write()
        self.receipts.write()
        self.answers.write()
        insert_all(list(self.fresh.values()))
        self.undoing.write()
        changes = self.board.changes()
        return write_news(self.project, mark_news(self.user_id, changes) + self.receipts.news())


def sync(project_id: int, user_id: int, operations: list[Asked]) -> dict[str, Any]:
    """Apply a batch: {"results": [one a operation, in order], "event_seq"}. NotFound when the project was deleted."""
    with write_turn(), transaction.atomic():
        project = lock_project(project_id)
        if project.deleted_at is not None:
            back = f"A lead can bring it back for {DAYS_TO_TAKE_BACK} days"
            raise NotFound(f"This project was deleted. {back}; your work stays with you.")
        batch = Batch(project, user_id, operations, timezone.now())
        results = [batch.run(asked) for asked in operations]
        seq = batch.write()
        for operation in batch.undoing.long:
            job = enqueue(project_id, Job.Kind.CLOSE, {"operation": str(operation)}, User.objects.get(pk=user_id))
            Operation.objects.filter(pk=operation).update(job=job)
        return {"results": results, "event_seq": seq}


@transaction.atomic
def record(
    project_id: int,
    user_id: int,
    cells: list[tuple[int, int, int]],
    source: str,
    *,
    operation: UUID | None = None,
    only_unknown: bool = False,
) -> list[list[int]]:
    """Write marks [(image, label, value), ...] that come from no client: imports, audit answers, policies.

    Returns the cells that changed, [[image, label, value, version], ...]; those that already said so, or with
    `only_unknown` those that had a value, did not. Image and label ids must belong to the project.
    """
    project = lock_project(project_id)
    labels = dict(Label.objects.filter(project_id=project_id).values_list("pk", "rule_version"))
    board = Board(project_id, labels, timezone.now())
    board.load({image for image, _, _ in cells}, {label for _, label, _ in cells})
    for image, label, value in cells:
        cell = board.cell(image, label)
        if not (only_unknown and cell.value != 0):
            board.put(cell, value, user_id, source, operation)
    board.write()
    changes = board.changes()
    write_news(project, mark_news(user_id, changes))
    return changes
