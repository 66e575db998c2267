"""What blind answers say of the live model: the only source of quality figures with honest intervals."""

from typing import Any

import numpy as np

from annotator.models import AuditQuestion, Project
from annotator.queries.quality import audit_answers
from annotator.queries.state import state_of
from model.audit import BINS, Answers, calibration_error, estimate, mean_average_precision
from model.closing import Estimate


def open_questions(project: Project, user_id: int) -> Any:
    """Questions asked of this person and not answered, oldest first."""
    return (
        AuditQuestion.objects.filter(project=project, asked_of_id=user_id, answered_at=None, image__deleted_at=None)
        .filter(label__deleted_at=None)
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
    """Figures of the live version from audit answers, with 90 % intervals, and its reliability curve."""
    answers = audit_answers(project, project.live_version)
    judged = answers.take(np.flatnonzero(np.isfinite(answers.probabilities)))
    version = project.live_version
    return {
        "version": version.number if version else None,
        "asked": AuditQuestion.objects.filter(project=project).count(),
        "answered": len(answers.values),
        "due": questions_due(project),
        "map": figure(estimate(mean_average_precision, judged)),
        "ece": figure(estimate(calibration_error, judged, reflect=True)),
        "curve": reliability(judged),
    }


def figure(value: Estimate) -> dict[str, float] | None:
    """An estimate as JSON; null when there is nothing to estimate it from."""
    if np.isnan([value.value, value.low, value.high]).any():
        return None
    return {"value": value.value, "low": value.low, "high": value.high}


def reliability(answers: Answers) -> list[dict[str, float]]:
    """Bins of equal width that hold answers: mean probability, weighted share present, number of answers."""
    place = np.minimum((answers.probabilities * BINS).astype(np.int64), BINS - 1)
    bins = []
    for number in np.unique(place):
        inside = place == number
        weight = answers.weight[inside]
        bins.append(
            {
                "probability": float(np.average(answers.probabilities[inside], weights=weight)),
                "present": float(np.average(answers.values[inside] == 1, weights=weight)),
                "answers": int(inside.sum()),
            }
        )
    return bins
