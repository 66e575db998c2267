"""Closing all labels together: which cells would become absent, and what that is expected to miss."""

from dataclasses import dataclass

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from annotator.models import Event, Job, Project
from annotator.queries.labelpage import live_tail, probabilities_of
from annotator.queries.state import state_of
from annotator.queries.suggestions import live_scores
from annotator.words import counted
from model.active.closing import ACCEPTED_RISK_TOGETHER, all_left
from model.active.rare import LABEL_SPREAD, Tail, learn_tail
from model.metrics.interval import Estimate

CHANGES = Q(kind__in=("mark", "rows", "images", "labels", "project")) | Q(kind="receipt", payload__kind="cant_tell")
"""Events after which the cells of a statement may be others."""


@dataclass(frozen=True)
class Stamp:
    """What a statement was made from: the live version, its revision of scores, and the last event that changed cells.

    `version` is None and `revision` 0 before the first version.
    """

    version: int | None
    revision: int
    seq: int


@dataclass(frozen=True)
class Statement:
    """What one agrees to by closing all labels. `missed` is None where nobody can say, and `refusal` then says why.

    `labels`, `cells`: what becomes absent; `undecided`: cells that this person cannot tell, which stay unknown;
    `untouched`: labels of which nobody has said anything; `found`: present marks; `risk`: expected share of positives
    missed, `recall` the rest. `propose`: every label was looked at, and the risk is at most ACCEPTED_RISK_TOGETHER.
    """

    stamp: Stamp
    labels: int
    cells: int
    undecided: int
    untouched: int
    found: int
    missed: Estimate | None
    risk: float | None
    recall: float | None
    propose: bool
    text: str
    refusal: str


@dataclass(frozen=True)
class OpenCells:
    """The cells of a statement: `unknown` bool [images N, labels C] over `images` [N] and `labels` [C], both ids."""

    images: NDArray[np.int64]
    labels: NDArray[np.int64]
    unknown: NDArray[np.bool_]


def statement(project: Project, user_id: int) -> tuple[Statement, OpenCells]:
    """The joint statement of all labels as this person would close them, and the cells it speaks of."""
    state = state_of(project)
    with state.lock:
        seq, values = state.seq, state.values.copy()
        rows, columns = np.flatnonzero(state.usable), np.flatnonzero(state.alive)
        images, labels = state.ids[rows], state.label_ids[columns]
        cannot_tell = np.zeros(values.shape, bool)
        for cell in state.cant_tell.get(user_id, ()):
            cannot_tell[cell] = True
    marks, undecided = values[np.ix_(rows, columns)], cannot_tell[np.ix_(rows, columns)]
    unknown = (marks == 0) & ~undecided
    scores = live_scores(project)
    likely = [probabilities_of(scores, label, len(values))[rows] for label in labels.tolist()]
    unscored = sum(int(np.isnan(p[unknown[:, place]]).sum()) for place, p in enumerate(likely))
    count, found = int(unknown.sum()), int((marks == 1).sum())
    refusal = refused(project, count, unscored)
    missed = None
    if not refusal:
        open_ = {place: p[unknown[:, place]] for place, p in enumerate(likely) if unknown[:, place].any()}
        missed = all_left(open_, tail_of_labels(project, labels.tolist()))[1]
    risk = missed.value / (found + missed.value) if missed and found + missed.value > 0 else 0.0
    untouched = int((marks == 0).all(0).sum())
    told = Statement(
        stamp=Stamp(scores.version if scores else None, scores.revision if scores else 0, last_change(project.pk, seq)),
        labels=int(unknown.any(0).sum()),
        cells=count,
        undecided=int((undecided & (marks == 0)).sum()),
        untouched=untouched,
        found=found,
        missed=missed,
        risk=risk if missed else None,
        recall=1 - risk if missed else None,
        propose=missed is not None and untouched == 0 and risk <= ACCEPTED_RISK_TOGETHER,
        text=sentence(count, found, missed) if missed else "",
        refusal=refusal,
    )
    return told, OpenCells(images, labels, unknown)


def refused(project: Project, cells: int, unscored: int) -> str:
    """Why all labels cannot be closed now; '' when they can."""
    if not project.allow_closing:
        return "This project does not let anybody mark the rest as absent; ask a lead to allow it."
    if Job.objects.filter(project=project, kind=Job.Kind.CLOSE, state__in=Job.ACTIVE).exists():
        return "All labels are being closed just now, or that is being taken back. Wait for its end."
    if cells == 0:
        return "Nothing is unknown any more, apart from what you said you cannot tell."
    if unscored:
        without = counted(unscored, "cell has", "cells have")
        return f"{without} no suggestion yet, so nobody can say what closing would miss. Wait for it."
    return ""


def sentence(cells: int, found: int, missed: Estimate) -> str:
    """What is agreed to, in words."""
    return (
        f"{counted(cells, 'cell becomes', 'cells become')} absent; about {about(missed.value)} present marks are "
        f"expected to be missed "
        f"(between {about(missed.low)} and {about(missed.high)}), of about {about(found + missed.value)}"
    )


def about(value: float) -> str:
    """A number that nobody has counted: small ones with one decimal."""
    return f"{value:.1f}".removesuffix(".0") if value < 9.95 else f"{value:,.0f}"


def tail_of_labels(project: Project, labels: list[int]) -> Tail:
    """The live version's tail with its labels in the order of `labels`; those it has no evidence of have no shift."""
    known = live_tail(project)
    tail, trained = known or (learn_tail([], [], [], [0.0]), [])
    place = {label: row for row, label in enumerate(trained)}
    shift = np.array([tail.shift[place[label]] if label in place else 0.0 for label in labels])
    spread = np.array([tail.spread[place[label]] if label in place else LABEL_SPREAD for label in labels])
    return Tail(tail.mean, tail.covariance, shift, spread)


def last_change(project_id: int, until: int) -> int:
    """The last event up to `until` after which cells may be others; 0 when there was none."""
    events = Event.objects.filter(CHANGES, project_id=project_id, seq__lte=until)
    return events.order_by("-seq").values_list("seq", flat=True).first() or 0
