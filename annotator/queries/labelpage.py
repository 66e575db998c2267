"""The label view: a page of tiles of one label, where to cut it, how the label stands, and which label comes next."""

from collections import defaultdict
from typing import Any

import numpy as np
from django.db.models import Max
from numpy.typing import NDArray

from annotator.errors import NotFound
from annotator.models import Image, MarkEvent, Project, Source
from annotator.queries.images import address
from annotator.queries.quality import held_out
from annotator.queries.state import state_of
from annotator.queries.suggestions import Scores, live_scores
from model.choose import PageOrder, next_page, page, page_size
from model.closing import Tail, cut_index, learn_tail, positives_left, propose


def label_page(
    project: Project, user_id: int, label_id: int, order: PageOrder, limit: int, exclude_marked: bool
) -> dict[str, Any]:
    """The next `limit` tiles of a label, sorted by score, with the cut line and the label's standing.

    `suggested` is the page size with the most expected positives for each action (`model.choose.page_size`).
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
    probabilities = probabilities_of(scores, label_id, len(ids))
    shown = usable.copy()
    shown[undecided] = False
    rows = page(probabilities, np.where(shown, values if exclude_marked else 0, 1), limit, order)
    unknown = usable & (values == 0)
    found = int((values[usable] == 1).sum())
    left = positives_left(probabilities[unknown], *evidence(project, label_id))
    proposal = propose(found, left, int(unknown.sum())) if scores is not None else None
    return {
        "label": label_id,
        "version": scores.version if scores else None,
        "revision": scores.revision if scores else 0,
        "tiles": tiles(project, label_id, ids[rows], probabilities[rows], values[rows]),
        "suggested": page_size(probabilities[shown & (values == 0)])[0],
        "cut": cut_index(probabilities[rows]) if len(rows) else 0,
        "found": found,
        "expected_left": {"value": left.value, "low": left.low, "high": left.high},
        "proposal": {"close": proposal.close, "risk": proposal.risk, "text": proposal.text} if proposal else None,
        "remaining_unknown": int(unknown.sum()),
    }


def label_to_open(project: Project, user_id: int, other_than: int | None = None) -> dict[str, Any]:
    """The page worth opening next (`model.choose.next_page`) among all labels but one: {label, size}, or None and 0.

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
    likely = [probabilities_of(scores, label, len(usable))[usable] for label in labels]
    plan = next_page(np.stack(likely, axis=1), marks)
    return {"label": labels[plan.label], "size": plan.size} if plan else {"label": None, "size": 0}


def probabilities_of(scores: Scores | None, label_id: int, count: int) -> NDArray[np.float32]:
    """The label's scores of the first `count` image rows, NaN where there are none."""
    padded = np.full(count, np.nan, np.float32)
    if scores is not None:
        known = scores.of_label(label_id)[:count]
        padded[: len(known)] = known
    return padded


def evidence(project: Project, label_id: int) -> tuple[Tail | None, int]:
    """How far the live version's small probabilities can be believed, and the label's place in that, or None and 0."""
    known = live_tail(project)
    if known is None or label_id not in known[1]:
        return None, 0
    return known[0], known[1].index(label_id)


def live_tail(project: Project) -> tuple[Tail, list[int]] | None:
    """How far the live version's small probabilities can be believed, and the labels in its order; None without one.

    Learned once a version from all labels' marks that it scored without having seen them.
    """
    version = project.live_version
    blind = held_out(version) if version is not None else None
    if version is None or blind is None:
        return None
    labels, stamp = version.score_labels[: len(blind)], (version.pk, version.scores_revision)
    known = _tails.get(project.pk)
    if known is None or known[0] != stamp:
        known = _tails[project.pk] = stamp, tail_of(project, labels, blind)
    return known[1], labels


_tails: dict[int, tuple[tuple[int, int], Tail]] = {}


def tail_of(project: Project, labels: list[int], blind: NDArray[np.float16]) -> Tail:
    """`closing.learn_tail` on `blind` [labels, image rows], probabilities of marks that were not seen (NaN: none).

    What became absent by closing was never looked at and is no evidence.
    """
    state, scores = state_of(project), live_scores(project)
    closed = closed_cells(project)
    said, answers, place, tops = [np.zeros(0)], [np.zeros(0, np.int8)], [np.zeros(0, np.int64)], np.zeros(len(labels))
    for row, label in enumerate(labels):
        with state.lock:
            column = state.column_of.get(label)
            values = state.values[: blind.shape[1], column].copy() if column is not None else np.zeros(0, np.int8)
        told = blind[row, : len(values)].astype(np.float64)
        marked = (values != 0) & np.isfinite(told)
        with state.lock:
            assumed = [state.row_of[image] for image in closed.get(label, ()) if image in state.row_of]
        marked[[place for place in assumed if place < len(marked)]] = False
        said.append(told[marked])
        answers.append(values[marked])
        place.append(np.full(int(marked.sum()), row))
        unknown = probabilities_of(scores, label, len(values))[values == 0]
        tops[row] = np.nanmax(unknown) if np.isfinite(unknown).any() else 0.0
    return learn_tail(np.concatenate(said), np.concatenate(answers), np.concatenate(place), tops)


def closed_cells(project: Project) -> dict[int, list[int]]:
    """Images whose cell was ever made absent by closing, by label."""
    events = MarkEvent.objects.filter(project=project, source=Source.CLOSED).order_by()
    found: defaultdict[int, list[int]] = defaultdict(list)
    for image, label in events.values_list("image_id", "label_id"):
        found[label].append(image)
    return found


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
