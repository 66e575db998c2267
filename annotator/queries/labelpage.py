"""The label view: a page of tiles of one label, where to cut it, how the label stands, and which label comes next."""

from dataclasses import asdict
from typing import Any

import numpy as np
from django.db.models import Max
from numpy.typing import NDArray

from annotator.errors import NotFound
from annotator.models import Image, MarkEvent, Project
from annotator.queries.closing import statement
from annotator.queries.expected import known_columns, left_by_column
from annotator.queries.images import address
from annotator.queries.state import state_of
from annotator.queries.suggestions import column_of, live_scores
from model.active.closing import cut_index
from model.active.queue import PageOrder, next_page, page, page_size


def label_page(
    project: Project, user_id: int, label_id: int, order: PageOrder, limit: int, exclude_marked: bool
) -> dict[str, Any]:
    """The next `limit` tiles of a label, sorted by score, with the cut line and the label's standing.

    `suggested` is the page size with the most expected positives for each action (`model.active.queue.page_size`).
    `absent_suggested`: whether the tiles from the cut on are suggested absent; while only the label's name is known,
    a low probability says too little for that, and `expected_left` is None.
    """
    state = state_of(project)
    scores = live_scores(project)
    with state.lock:
        column = state.column_of.get(label_id)
        if column is None or not state.alive[column]:
            raise NotFound(f"There is no label {label_id} in this project.")
        usable = state.usable.copy()
        values = state.values[:, column].copy()
        ids = state.ids.copy()
        undecided = [row for row, other in state.cant_tell.get(user_id, ()) if other == column]
    probabilities = column_of(scores, label_id, len(ids))
    shown = usable.copy()
    shown[undecided] = False
    unknown = usable & (values == 0)
    # Reading a page again draws the same tiles; the next page draws others.
    drawn = int(unknown.sum())
    rows = page(probabilities, np.where(shown, values if exclude_marked else 0, 1), limit, order, seed=drawn)
    left = left_by_column(project, [column])[column]
    told = statement(project, user_id, label_id)[0]
    proposal = {"close": told.propose, "risk": told.risk, "text": told.text, "cells": told.cells}
    return {
        "label": label_id,
        "version": scores.version if scores else None,
        "revision": scores.revision if scores else 0,
        "tiles": tiles(project, label_id, ids[rows], probabilities[rows], values[rows]),
        "suggested": page_size(probabilities[shown & (values == 0)])[0],
        "cut": cut_index(probabilities[rows]) if len(rows) else 0,
        "absent_suggested": column in known_columns(project, state),
        "found": int((values[usable] == 1).sum()),
        "expected_left": asdict(left) if left else None,
        # Nobody can say what closing misses among pictures that have no suggestion yet.
        "proposal": None if told.refusal else proposal,
        "remaining_unknown": int(unknown.sum()),
    }


def label_to_open(project: Project, user_id: int, other_than: int | None = None) -> dict[str, Any]:
    """The page worth opening next (`next_page`) among all labels but one: {label, size}, or None and 0.

    What this person cannot tell does not count as open. Labels of which nobody has said anything come first.
    """
    state = state_of(project)
    with state.lock:
        columns = np.flatnonzero(state.alive & (state.label_ids != (other_than or 0)))
        values = state.values.copy()
        for row, column in state.cant_tell.get(user_id, ()):
            values[row, column] = -1
        marks = values[np.ix_(state.usable, columns)]
        usable, labels = state.usable.copy(), state.label_ids[columns].tolist()
    if not labels or not usable.any():
        return {"label": None, "size": 0}
    scores = live_scores(project)
    likely = [column_of(scores, label, len(usable))[usable] for label in labels]
    plan = next_page(np.stack(likely, axis=1), marks)
    return {"label": labels[plan.label], "size": plan.size} if plan else {"label": None, "size": 0}


def tiles(
    project: Project,
    label_id: int,
    image_ids: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    values: NDArray[np.int8],
) -> list[dict[str, Any]]:
    """What a tile needs, in the given order; `version` is the cell's, for the page's operation."""
    wanted = image_ids.tolist()
    sizes = {
        pk: (width, height)
        for pk, width, height in Image.objects.filter(project=project, pk__in=wanted).values_list(
            "pk", "width", "height"
        )
    }
    changes = MarkEvent.objects.filter(image_id__in=wanted, label_id=label_id).order_by().values_list("image_id")
    versions = dict(changes.annotate(Max("version")))
    return [
        {
            "image": pk,
            "thumbnail": address(project.pk, pk, "thumbnail"),
            "width": sizes[pk][0],
            "height": sizes[pk][1],
            "score": None if np.isnan(score) else round(float(score), 4),
            "value": int(value),
            "version": versions.get(pk, 0),
        }
        for pk, score, value in zip(wanted, probabilities, values, strict=True)
        if pk in sizes
    ]
