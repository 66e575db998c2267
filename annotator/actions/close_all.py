"""Closing all labels in one act: every cell of a statement becomes absent, or nothing does."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from annotator.actions.events import lock_project
from annotator.actions.marks import record
from annotator.errors import Conflict, Invalid, NotFound
from annotator.models import Operation, Source
from annotator.queries.closeall import OpenCells, Stamp, statement
from annotator.turns import write_turn

KIND = "close_all"
# So many cells are in memory at a time; a project may have a million.
CELLS_AT_ONCE = 20_000
STALE = "Marks or suggestions have changed since you read this number. Read the new one, then decide."


def close_all(project_id: int, user_id: int, operation: UUID, seen: Stamp) -> dict[str, Any]:
    """Mark absent every cell of the statement that `seen` stamps: {"operation", "cells", "text"}.

    `undo` of the operation takes all of it back. Sent again, it answers the same and changes nothing. Conflict when
    marks, labels, pictures or suggestions are not those of the statement any more, and then nothing is written.
    """
    with write_turn(), transaction.atomic():
        project = lock_project(project_id)
        if project.deleted_at is not None:
            raise NotFound("This project was deleted. A lead can bring it back for 30 days.")
        request = {"version": seen.version, "revision": seen.revision, "seq": seen.seq}
        before = Operation.objects.filter(pk=operation).first()
        if before is not None:
            return _again(before, project_id, user_id, request)
        told, cells = statement(project, user_id)
        if told.refusal:
            raise Conflict(told.refusal)
        if told.stamp != seen:
            raise Conflict(STALE)
        changed = [
            len(record(project_id, user_id, part, Source.CLOSED, operation=operation, only_unknown=True))
            for part in parts(cells)
        ]
        if sum(changed) != told.cells:
            raise Conflict(STALE)
        # The cells are those of the history that name this operation; the answer does not repeat them.
        answer = {"id": str(operation), "status": "applied", "detail": told.text, "cells": [], "skipped": 0}
        Operation.objects.create(
            pk=operation, project_id=project_id, annotator_id=user_id, kind=KIND,
            request=request | {"cells": told.cells}, answer=answer, at=timezone.now(),
        )  # fmt: skip
        return {"operation": operation, "cells": told.cells, "text": told.text}


def _again(before: Operation, project_id: int, user_id: int, request: dict[str, Any]) -> dict[str, Any]:
    mine = (before.project_id, before.annotator_id, before.kind) == (project_id, user_id, KIND)
    if not mine or before.request | request != before.request:
        raise Invalid("This operation id was already used for something else; make a new one.")
    return {"operation": before.pk, "cells": before.request["cells"], "text": before.answer["detail"]}


def parts(cells: OpenCells) -> Iterator[list[tuple[int, int, int]]]:
    """The cells as marks (image, label, -1), whole images together, about CELLS_AT_ONCE at a time."""
    step = max(1, CELLS_AT_ONCE // max(1, len(cells.labels)))
    for start in range(0, len(cells.images), step):
        rows, columns = cells.unknown[start : start + step].nonzero()
        images, labels = cells.images[start + rows].tolist(), cells.labels[columns].tolist()
        if images:
            yield [(image, label, -1) for image, label in zip(images, labels, strict=True)]
