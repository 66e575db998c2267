"""Audit questions: cells drawn at random, asked without suggestion, heat map or other people's marks."""

import secrets
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from annotator.actions.marks import sync
from annotator.actions.operations import Asked
from annotator.errors import Conflict, NotFound
from annotator.models import AuditQuestion, Project
from annotator.queries.audit import open_questions, questions_due
from annotator.queries.state import State, state_of
from annotator.queries.suggestions import live_scores
from model.active.blind import draw

BATCH = 20
"""Questions that a draw is planned for at least: enough for some in every stratum of probabilities."""


def next_questions(project: Project, user_id: int, count: int, only_due: bool = False) -> list[AuditQuestion]:
    """Up to `count` questions for this person: open ones first, then fresh ones.

    With `only_due`, fresh ones are drawn only as far as the project's audit share calls for them, and a project
    whose share is nothing asks nothing, also of what was drawn before.
    """
    if only_due and not project.audit_share:
        return []
    missing = count - open_questions(project, user_id)[:count].count()
    if only_due:
        missing = min(missing, questions_due(project))
    if missing > 0:
        ask(project, user_id, missing)
    return list(open_questions(project, user_id)[:count])


def ask(project: Project, user_id: int, count: int) -> None:
    """Draw questions among unknown cells, more where the model is unsure; each keeps the chance it had."""
    state = state_of(project)
    scores = live_scores(project)
    with state.lock:
        columns = np.flatnonzero(state.alive)
        label_ids, ids = state.label_ids[columns], state.ids.copy()
        eligible = askable(project, state, columns, user_id)
    probabilities = np.full(eligible.shape, np.nan, np.float32)
    if scores is not None:
        probabilities = scores.table(label_ids, np.arange(len(ids)))
    seed = secrets.randbits(32)
    drawn = draw(probabilities, eligible, max(count, BATCH), seed=seed)
    # Few questions cannot be spread over all strata, so they are taken by lot from as many as can.
    share = min(1.0, count / max(len(drawn.rows), 1))
    AuditQuestion.objects.bulk_create(
        (
            AuditQuestion(
                project=project,
                image_id=int(ids[row]),
                label_id=int(label_ids[column]),
                probability=float(chance) * share,
                stratum=int(stratum),
                draw=seed,
                score=None if np.isnan(probabilities[row, column]) else float(probabilities[row, column]),
                version=project.live_version,
                asked_of_id=user_id,
            )
            for row, column, stratum, chance in zip(
                drawn.rows[:count], drawn.columns[:count], drawn.strata[:count], drawn.inclusion[:count], strict=True
            )
        ),
        # Somebody else drew the same cell at the same moment: it is his.
        ignore_conflicts=True,
    )


def askable(project: Project, state: State, columns: NDArray[np.int64], user_id: int) -> NDArray[np.bool_]:
    """Unknown cells of usable images that were never asked and that this person did not give up on, bool [N, C]."""
    eligible = (state.values[:, columns] == 0) & state.usable[:, None]
    place = {column: at for at, column in enumerate(columns.tolist())}
    for row, column in state.cant_tell.get(user_id, ()):
        if column in place:
            eligible[row, place[column]] = False
    for image, label in AuditQuestion.objects.filter(project=project).values_list("image_id", "label_id"):
        asked_row, asked_column = state.row_of.get(image), state.column_of.get(label)
        if asked_row is not None and asked_column in place:
            eligible[asked_row, place[asked_column]] = False
    return eligible


def answer(project: Project, user_id: int, question_id: int, value: int) -> AuditQuestion:
    """Answer a question once: 1 present, -1 absent, 0 could not say. A cell still unknown takes the answer as mark.

    The same answer sent again changes nothing; another one is a Conflict.
    """
    asked = Asked(id=str(uuid4()), kind="blind", question=question_id, value=value)
    (result,) = sync(project.pk, user_id, [asked])["results"]
    if result["status"] == "conflict":
        raise Conflict(result["detail"])
    if result["status"] != "applied":
        raise NotFound(result["detail"])
    return AuditQuestion.objects.get(pk=question_id)
