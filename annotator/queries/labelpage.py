"""The label view: a page of tiles of one label, where to cut it, how the label stands, and which label comes next."""

from typing import Any

import numpy as np
from django.db.models import Max
from numpy.typing import NDArray

from annotator.errors import NotFound
from annotator.models import Image, MarkEvent, Project
from annotator.queries.beforehand import answers, learned
from annotator.queries.images import address
from annotator.queries.quality import held_out
from annotator.queries.state import state_of
from annotator.queries.suggestions import Scores, live_scores
from model.active.closing import cut_index, positives_left, propose
from model.active.queue import PageOrder, next_page, page, page_size
from model.active.rare import Tail, learn_tail


def label_page(
    project: Project, user_id: int, label_id: int, order: PageOrder, limit: int, exclude_marked: bool
) -> dict[str, Any]:
    """The next `limit` tiles of a label, sorted by score, with the cut line and the label's standing.

    `suggested` is the page size with the most expected positives for each action (`model.active.queue.page_size`).
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
    unknown = usable & (values == 0)
    # Reading a page again draws the same tiles; the next page draws others.
    drawn = int(unknown.sum())
    rows = page(probabilities, np.where(shown, values if exclude_marked else 0, 1), limit, order, seed=drawn)
    found = int((values[usable] == 1).sum())
    left = positives_left(probabilities[unknown], *evidence(project, label_id))
    # Nobody can say what closing misses among pictures that have no suggestion yet.
    told = scores is not None and not np.isnan(probabilities[unknown]).any()
    proposal = propose(found, left, int(unknown.sum())) if told else None
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

    Learned once a version from all labels' answers, with what was said of their cells before they were given.
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


def forget_tails() -> None:
    """Drop what was learned, for tests whose databases come and go under the same numbers."""
    _tails.clear()
    learned.cache_clear()


def tail_of(project: Project, labels: list[int], blind: NDArray[np.float16]) -> Tail:
    """`tail.learn_tail` on all answers; `blind` as in `beforehand.answers`."""
    scores = live_scores(project)
    said, values = answers(project, labels, blind)
    tops = np.zeros(len(labels))
    for place, label in enumerate(labels):
        unknown = probabilities_of(scores, label, values.shape[1])[values[place] == 0]
        tops[place] = np.nanmax(unknown) if np.isfinite(unknown).any() else 0.0
    at, rows = np.nonzero(np.isfinite(said) & (values != 0))
    return learn_tail(said[at, rows], values[at, rows], at, tops)


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
