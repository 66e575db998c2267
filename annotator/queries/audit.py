"""What blind answers say of the live model: the only source of quality figures with honest intervals."""

from typing import Any

import numpy as np
from django.db.models import Max

from annotator.models import AuditQuestion, Project
from annotator.queries.blind import blind_cells
from annotator.queries.closing import last_change
from annotator.queries.state import state_of
from annotator.queries.suggestions import Scores, live_scores
from model.metrics.imputation import enough
from model.metrics.interval import Estimate
from model.metrics.quality import estimate_quality

NO_FIGURES: dict[str, Any] = {"map": None, "ece": None, "curve": []}


def open_questions(project: Project, user_id: int) -> Any:
    """Questions asked of this person and not answered, oldest first."""
    return (
        AuditQuestion.objects.filter(project=project, asked_of_id=user_id, answered_at=None, label__deleted_at=None)
        .filter(image__deleted_at=None, image__flagged="")
        .select_related("image")
        .order_by("pk")
    )


def questions_due(project: Project) -> int:
    """How many questions the project's audit share calls for beyond those already asked."""
    state = state_of(project)
    with state.lock:
        known = int((state.values[state.usable][:, state.alive] != 0).sum())
    asked = AuditQuestion.objects.filter(project=project).count()
    return max(0, int(np.ceil(project.audit_share * known)) - asked)


def quality(project: Project) -> dict[str, Any]:
    """Figures of the live version over all cells, with 90 % intervals, and its reliability curve, from blind answers.

    None of it before there are enough answers. The figures are computed once for as long as scores, cells and answers
    stay as they are.
    """
    version, scores = project.live_version, live_scores(project)
    questions = AuditQuestion.objects.filter(project=project)
    known: dict[str, Any] = {
        "version": version.number if version else None,
        "asked": questions.count(),
        "answered": questions.filter(answer__in=[-1, 1]).count(),
        "due": questions_due(project),
    }
    if scores is None or not known["answered"]:
        return known | NO_FIGURES
    # An answer that was taken back and given anew counts once, as before.
    latest = questions.aggregate(latest=Max("answered_at"))["latest"]
    stamp = (scores.version, scores.revision, last_change(project.pk, project.event_seq), known["answered"], latest)
    return known | state_of(project).derived("figures", stamp, lambda: figures(project, scores))


def figures(project: Project, scores: Scores) -> dict[str, Any]:
    """What blind answers say of these scores."""
    cells, _ = blind_cells(project, scores)
    if not enough(cells):
        return NO_FIGURES
    found = estimate_quality(cells)
    return {
        "map": figure(found.mean_average_precision),
        "ece": figure(found.calibration_error),
        "curve": [
            {
                "probability": one.probability,
                "present": one.present.value,
                "low": one.present.low,
                "high": one.present.high,
                "answers": one.answers,
            }
            for one in found.curve
            if one.answers
        ],
    }


def figure(value: Estimate) -> dict[str, float] | None:
    """An estimate as JSON; null when there is nothing to estimate it from."""
    if np.isnan([value.value, value.low, value.high]).any():
        return None
    return {"value": value.value, "low": value.low, "high": value.high}
