"""Closing all labels in one act: the cells of a statement become absent, and one undo takes all of it back.

Few cells are written with the agreement itself. Many are written by a job, a part in each transaction, so that others
save meanwhile; a job that dies goes on where it stopped.
"""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from annotator.actions import bulk
from annotator.actions.events import lock_project, publish_marks
from annotator.errors import Conflict, Invalid, NotFound
from annotator.jobs.queue import enqueue
from annotator.models import Image, Job, MarkEvent, Operation, Project, User
from annotator.queries.closeall import Stamp, Statement, last_change, statement
from annotator.turns import write_turn

KIND = "close_all"
# One transaction writes so many in about 0.4 s, which another person's save can wait.
CELLS_AT_ONCE = 20_000
# To find the few unknown ones among so many cells takes as long again.
SEEN_AT_ONCE = 200_000
STALE = "Marks or suggestions have changed since you read this number. Read the new one, then decide."


def close_all(project: Project, user: User, operation: UUID, seen: Stamp) -> dict[str, Any]:
    """Mark absent every cell of the statement that `seen` stamps: {"operation", "cells", "text", "job"}.

    `job` is None when all of it is written already. `undo` of the operation takes all of it back. Sent again, it
    answers the same and changes nothing. Conflict when marks, labels, pictures or suggestions are not those of the
    statement any more, and then nothing is written.
    """
    request = asdict(seen)
    before = Operation.objects.filter(pk=operation).first()
    if before is not None:
        return _again(before, project.pk, user.pk, request)
    # Counting takes a second at a million cells: done before the lock, which then only sees whether it still holds.
    told, cells = statement(project, user.pk)
    with write_turn(), transaction.atomic():
        locked = lock_project(project.pk)
        before = Operation.objects.filter(pk=operation).first()
        if before is not None:
            return _again(before, project.pk, user.pk, request)
        _refuse(locked, told, seen)
        plan = plan_of(project.pk, locked.next_row, cells.labels.tolist())
        made = Operation(
            pk=operation, project_id=project.pk, annotator_id=user.pk, kind=KIND,
            request=request | {"cells": told.cells, "plan": asdict(plan)},
            # The cells are those of the history that name this operation; the answer does not repeat them.
            answer={"id": str(operation), "status": "applied", "detail": told.text, "cells": [], "skipped": 0},
            at=timezone.now(),
        )  # fmt: skip
        if told.cells > CELLS_AT_ONCE or plan.rows * len(plan.labels) > SEEN_AT_ONCE:
            made.job = enqueue(project.pk, Job.Kind.CLOSE, {"operation": str(operation)}, user)
        else:
            changed = bulk.close(plan, 0, plan.rows - 1, bulk.Author(project.pk, user.pk, operation, made.at))
            if changed.cells != told.cells:
                raise Conflict(STALE)
            cells_changed = MarkEvent.objects.filter(operation=operation).order_by("pk")
            publish_marks(project.pk, user.pk, list(cells_changed.values_list("image", "label", "new", "version")))
        made.save(force_insert=True)
        return _answer(made)


def _refuse(project: Project, told: Statement, seen: Stamp) -> None:
    """Conflict or NotFound when the statement is not what was agreed to, or is not true any more."""
    if project.deleted_at is not None:
        raise NotFound("This project was deleted. A lead can bring it back for 30 days.")
    if told.refusal:
        raise Conflict(told.refusal)
    live = project.live_version
    version, revision = (live.number, live.scores_revision) if live is not None else (None, 0)
    if not told.stamp == seen == Stamp(version, revision, last_change(project.pk, project.event_seq)):
        raise Conflict(STALE)


def _again(before: Operation, project_id: int, user_id: int, request: dict[str, Any]) -> dict[str, Any]:
    mine = (before.project_id, before.annotator_id, before.kind) == (project_id, user_id, KIND)
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


def plan_of(project_id: int, rows: int, labels: list[int]) -> bulk.Plan:
    """The cells that are unknown now, of these labels and all usable pictures. The caller holds the project's lock."""
    usable = Image.objects.filter(project_id=project_id, deleted_at=None, flagged="").values_list("row", flat=True)
    return bulk.Plan(labels, rows, sorted(set(range(rows)) - set(usable)), bulk.last_event())
