"""Closing one label, or all labels: the cells of a statement become absent as one act, and one undo takes it back.

Few cells are written with the agreement itself. Many are written by a job, a part in each transaction, so that others
save meanwhile; a job that dies goes on where it stopped.
"""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from annotator.actions import closing_cells
from annotator.actions.closing_cells import CLOSINGS, Author, Plan
from annotator.errors import Conflict, Invalid, NotFound
from annotator.jobs.queue import enqueue
from annotator.limits import DAYS_TO_TAKE_BACK
from annotator.models import Image, Job, MarkEvent, Operation, Project, User
from annotator.news.publish import lock_project, publish_marks
from annotator.queries.closing import FORBIDDEN, Stamp, Statement, statement, touched_since
from annotator.sql.turns import write_turn

# One transaction writes so many in about 0.4 s, which another person's save can wait.
CELLS_AT_ONCE = 20_000
# To find the few unknown ones among so many cells takes as long again.
SEEN_AT_ONCE = 200_000
STALE = "Marks or suggestions have changed since you read this number. Read the new one, then decide."


def close(project: Project, user: User, operation: UUID, seen: Stamp, label_id: int | None = None) -> dict[str, Any]:
    """Mark absent every cell of the statement that `seen` stamps: {"operation", "cells", "text", "job"}.

    One label, or all of them when `label_id` is None. `job` is None when all of it is written already. `undo` of the
    operation takes all of it back. Sent again, it answers the same and changes nothing. Conflict when the cells, or the
    suggestions, are not those of the statement any more, and then nothing is written. Pictures that others have open,
    now or when the statement was read, are left alone.
    """
    kind = CLOSINGS[label_id is None]
    request: dict[str, Any] = {"label": label_id, **asdict(seen), "held": list(seen.held)}
    before = Operation.objects.filter(pk=operation).first()
    if before is not None:
        return _again(before, project.pk, user.pk, kind, request)
    # Counting takes a second at a million cells: done before the lock, which then only sees whether it still holds.
    told, cells = statement(project, user.pk, label_id)
    with write_turn(), transaction.atomic():
        locked = lock_project(project.pk)
        before = Operation.objects.filter(pk=operation).first()
        if before is not None:
            return _again(before, project.pk, user.pk, kind, request)
        labels = cells.labels.tolist()
        _refuse(locked, user.pk, told, seen, labels)
        plan = plan_of(project.pk, locked.next_row, labels, {*seen.held, *told.stamp.held})
        made = Operation(
            pk=operation, project_id=project.pk, annotator_id=user.pk, kind=kind,
            request=request | {"cells": told.cells, "plan": asdict(plan)},
            # The cells are those of the history that name this operation; the answer does not repeat them.
            answer={"id": str(operation), "status": "applied", "detail": told.text, "cells": [], "skipped": 0},
            at=timezone.now(),
        )  # fmt: skip
        if told.cells > CELLS_AT_ONCE or plan.rows * len(plan.labels) > SEEN_AT_ONCE:
            made.job = enqueue(project.pk, Job.Kind.CLOSE, {"operation": str(operation)}, user)
        else:
            made.request["cells"] = _write(plan, Author(project.pk, user.pk, operation, made.at), told)
        made.save(force_insert=True)
        return _answer(made)


def _write(plan: Plan, by: Author, told: Statement) -> int:
    """Write all of the plan now and tell of it; how many cells that were."""
    changed = closing_cells.close(plan, 0, plan.rows - 1, by)
    if changed.cells > told.cells:
        raise Conflict(STALE)
    cells = MarkEvent.objects.filter(operation=by.operation).order_by("pk")
    publish_marks(by.project, by.user, [list(cell) for cell in cells.values_list("image", "label", "new", "version")])
    return changed.cells


def _refuse(project: Project, user_id: int, told: Statement, seen: Stamp, labels: list[int]) -> None:
    """Conflict or NotFound when the statement is not what was agreed to, or is not true any more."""
    if project.deleted_at is not None:
        raise NotFound(f"This project was deleted. A lead can bring it back for {DAYS_TO_TAKE_BACK} days.")
    if not project.allow_closing:
        raise Conflict(FORBIDDEN)
    if told.refusal:
        raise Conflict(told.refusal)
    live = project.live_version
    scores = (live.number, live.scores_revision) if live is not None else (None, 0)
    same = scores == (seen.version, seen.revision) == (told.stamp.version, told.stamp.revision)
    if not same or touched_since(project.pk, min(seen.seq, told.stamp.seq), user_id, set(labels)):
        raise Conflict(STALE)


def _again(before: Operation, project_id: int, user_id: int, kind: str, request: dict[str, Any]) -> dict[str, Any]:
    mine = (before.project_id, before.annotator_id, before.kind) == (project_id, user_id, kind)
    if not mine or before.request | request != before.request:
        raise Invalid("This operation id was already used for something else; make a new one.")
    return _answer(before)


def _answer(made: Operation) -> dict[str, Any]:
    return {
        "operation": made.pk,
        "cells": made.request["cells"],
        "text": made.answer["detail"],
        "job": made.job_id,
    }


def plan_of(project_id: int, rows: int, labels: list[int], held: set[int]) -> Plan:
    """The cells that are unknown now, of these labels and all usable pictures but those held by others.

    The caller holds the project's lock.
    """
    usable = Image.objects.filter(project_id=project_id, deleted_at=None, flagged="").exclude(pk__in=held)
    left_out = set(range(rows)) - set(usable.values_list("row", flat=True))
    return Plan(labels, rows, sorted(left_out), closing_cells.last_event())
