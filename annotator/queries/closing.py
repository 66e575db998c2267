"""Closing one label, or all labels together: which cells would become absent, and what that is expected to miss."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from annotator.errors import NotFound
from annotator.models import Event, Job, Project
from annotator.queries.expected import known_columns, left_together
from annotator.queries.leases import open_elsewhere
from annotator.queries.state import State, state_of
from annotator.queries.suggestions import column_of, live_scores
from annotator.words import counted
from model.active.closing import ACCEPTED_RISK, ACCEPTED_RISK_TOGETHER
from model.metrics.interval import Estimate

CHANGES = Q(kind__in=("mark", "rows", "images", "labels", "project")) | Q(kind="receipt", payload__kind="cant_tell")
"""Events after which the cells of a statement may be others."""
FORBIDDEN = "This project does not let anybody mark the rest as absent; ask a lead to allow it."


@dataclass(frozen=True)
class Stamp:
    """What a statement was made from: the live version, its revision of scores, and the last event that changed cells.

    `version` is None and `revision` 0 before the first version. `held`: pictures that others had open, by id; nothing
    was stated of them.
    """

    version: int | None
    revision: int
    seq: int
    held: tuple[int, ...] = ()


@dataclass(frozen=True)
class Statement:
    """What one agrees to by closing. `missed` is None where nobody can say, and `refusal` then says why.

    `label`: the one that is closed, None for all; `labels`, `cells`: what becomes absent; `undecided`: cells that this
    person cannot tell, `held`: cells of pictures that others have open, both stay unknown; `untouched`: labels of which
    nobody has said anything; `unproven`: those among which only a name says what is left; `found`: present marks;
    `risk`: expected share of positives missed, `recall` the rest. `propose`: every label was looked at, none is
    unproven, and the risk is accepted.
    """

    stamp: Stamp
    label: int | None
    labels: int
    cells: int
    undecided: int
    held: int
    untouched: int
    unproven: int
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


def statement(project: Project, user_id: int, label_id: int | None = None) -> tuple[Statement, OpenCells]:
    """What closing this label, or all labels, would do in this person's name, and the cells that it speaks of."""
    state = state_of(project)
    held = open_elsewhere(project.pk, user_id)
    with state.lock:
        columns = columns_of(state, label_id)
        seq, count, rows = state.seq, len(state.values), np.flatnonzero(state.usable)
        images, labels = state.ids[rows], state.label_ids[columns]
        marks = state.values[np.ix_(rows, columns)]
        said = undecided_cells(state, user_id)[np.ix_(rows, columns)] & (marks == 0)
    kept_out = np.isin(images, held)[:, None] & (marks == 0) & ~said
    unknown = (marks == 0) & ~said & ~kept_out
    scores = live_scores(project)
    likely = [column_of(scores, label, count)[rows] for label in labels.tolist()]
    unscored = sum(int(np.isnan(p[unknown[:, place]]).sum()) for place, p in enumerate(likely))
    cells, found = int(unknown.sum()), int((marks == 1).sum())
    open_places = np.flatnonzero(unknown.any(0))
    refusal = refused(project, cells, unscored)
    missed = None
    if not refusal:
        asked = {int(columns[place]): likely[place][unknown[:, place]] for place in open_places}
        missed = left_together(project, asked)
    known = known_columns(project, state)
    untouched = int((marks == 0).all(0).sum())
    unproven = sum(int(columns[place]) not in known for place in open_places)
    risk = missed.value / (found + missed.value) if missed and found + missed.value > 0 else 0.0
    accepted = ACCEPTED_RISK_TOGETHER if label_id is None else ACCEPTED_RISK
    told = Statement(
        stamp=Stamp(
            scores.version if scores else None, scores.revision if scores else 0, last_change(project.pk, seq),
            tuple(held),
        ),
        label=label_id,
        labels=len(open_places),
        cells=cells,
        undecided=int(said.sum()),
        held=int(kept_out.sum()),
        untouched=untouched,
        unproven=unproven,
        found=found,
        missed=missed,
        risk=risk if missed else None,
        recall=1 - risk if missed else None,
        propose=missed is not None and not untouched and not unproven and risk <= accepted,
        text=sentence(cells, found, missed) if missed else "",
        refusal=refusal,
    )  # fmt: skip
    return told, OpenCells(images, labels, unknown)


def columns_of(state: State, label_id: int | None) -> NDArray[np.int64]:
    """The column of a living label, or those of all; NotFound when there is no such label."""
    if label_id is None:
        return np.flatnonzero(state.alive)
    column = state.column_of.get(label_id)
    if column is None or not state.alive[column]:
        raise NotFound(f"There is no label {label_id} in this project.")
    return np.array([column], np.int64)


def undecided_cells(state: State, user_id: int) -> NDArray[np.bool_]:
    """Cells that this person cannot tell, bool [rows, columns]."""
    cells = np.zeros(state.values.shape, bool)
    for cell in state.cant_tell.get(user_id, ()):
        cells[cell] = True
    return cells


def refused(project: Project, cells: int, unscored: int) -> str:
    """Why this cannot be closed now; '' when it can."""
    if not project.allow_closing:
        return FORBIDDEN
    if Job.objects.filter(project=project, kind=Job.Kind.CLOSE, state__in=Job.ACTIVE).exists():
        return "Something is being closed just now, or that is being taken back. Wait for its end."
    if cells == 0:
        return "Nothing is unknown any more, apart from what you said you cannot tell and what others have open."
    if unscored:
        without = counted(unscored, "cell has", "cells have")
        return f"{without} no suggestion yet, so nobody can say what closing would miss. Wait for it."
    return ""


def sentence(cells: int, found: int, missed: Estimate) -> str:
    """What is agreed to, in words."""
    value, low, high, of_all = (about(n) for n in (missed.value, missed.low, missed.high, found + missed.value))
    become = counted(cells, "cell becomes", "cells become")
    return (
        f"{become} absent; about {value} present marks are expected to be missed "
        f"(between {low} and {high}), of about {of_all}"
    )


def about(value: float) -> str:
    """A number that nobody has counted: small ones with one decimal."""
    return f"{value:.1f}".removesuffix(".0") if value < 9.95 else f"{value:,.0f}"


def last_change(project_id: int, until: int) -> int:
    """The last event up to `until` after which cells may be others; 0 when there was none."""
    events = Event.objects.filter(CHANGES, project_id=project_id, seq__lte=until)
    return events.order_by("-seq").values_list("seq", flat=True).first() or 0


def touched_since(project_id: int, after: int, user_id: int, label_ids: set[int]) -> bool:
    """Whether events after `after` may have changed what this person closes of these labels."""
    events = Event.objects.filter(CHANGES, project_id=project_id, seq__gt=after).values_list("kind", "payload")
    return any(touches(kind, payload, user_id, label_ids) for kind, payload in events.iterator())


def touches(kind: str, payload: dict[str, Any], user_id: int, label_ids: set[int]) -> bool:
    """Whether what this event tells of may be such a cell: marks of other labels and doubts of others are not."""
    if kind == "mark":
        return any(label in label_ids for _, label, *_ in payload["cells"])
    if kind == "receipt":
        return payload["by"] == user_id and payload["label"] in label_ids
    return True
