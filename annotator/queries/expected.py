"""How many present marks are still to be found: the one estimate that every screen, statement and answer shows.

It is the corrected sum of suggestions over unknown cells (`model.active.closing.all_left`), worked out again whenever
cells or scores change. Where nobody can know more than what a label's name promises, the interval is as wide as that;
such a number is no ground for closing anything, and no screen shows it by itself.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from annotator.models import Project
from annotator.queries.out_of_sample import answers, learned
from annotator.queries.quality import held_out
from annotator.queries.state import State, state_of
from annotator.queries.suggestions import Scores, column_of, live_scores
from model.active.closing import all_left
from model.active.rare import LABEL_SPREAD, Recalibration, learn_recalibration
from model.metrics.interval import Estimate

Columns = Mapping[int, NDArray[np.float32]]
"""Probabilities of unknown cells by column of the label matrix."""
NAME_SPREAD = 2.0
"""Standard deviation, in logits, of what a name alone promises: present marks may be seven times as many, or as few."""
ENOUGH_ABSENT = 30
"""So many pictures looked at, all without the label, say that most of the others are without it too."""


def left_together(project: Project, unknown: Columns) -> Estimate:
    """Present marks expected among all of these unknown cells. Those without a suggestion count for nothing."""
    state = state_of(project)
    return all_left(unknown, tail_by_column(project, state, known_columns(project, state)))[1]


def left_by_column(project: Project, columns: list[int] | None = None) -> dict[int, Estimate | None]:
    """What is expected among all unknown cells of each living label, or of some columns; None where nobody knows.

    Nobody knows before the first suggestions, and where there is only a label's name to go by.
    """
    state = state_of(project)
    scores = live_scores(project)
    with state.lock:
        wanted = np.flatnonzero(state.alive).tolist() if columns is None else columns
        unknown = state.usable[:, None] & (state.values[:, wanted] == 0)
        labels = state.label_ids[wanted].tolist()
    if scores is None:
        return dict.fromkeys(wanted)
    known = known_columns(project, state)
    tail = tail_by_column(project, state, known)
    return {
        column: remembered(state, scores, column, open_, label, tail) if column in known or not open_.any() else None
        for column, label, open_ in zip(wanted, labels, unknown.T, strict=True)
    }


def remembered(
    state: State, scores: Scores, column: int, unknown: NDArray[np.bool_], label: int, tail: Recalibration
) -> Estimate:
    """The estimate of one column, worked out again only when its cells, the scores or the correction are others."""
    stamp = (
        scores.version, scores.revision, np.packbits(unknown).tobytes(), len(unknown), float(tail.shift[column]),
        float(tail.spread[column]),
    )  # fmt: skip

    def estimate() -> Estimate:
        return all_left({column: column_of(scores, label, len(unknown))[unknown]}, tail)[0][column]

    return state.derived(("left", column), stamp, estimate)


def known_columns(project: Project, state: State) -> set[int]:
    """Columns of which more is known than a name: the live version learned a present mark, or many were looked at."""
    version = project.live_version
    taught = learned(version.pk) if version is not None else frozenset()
    with state.lock:
        present, absent = state.counts()
        ids = state.label_ids.tolist()
    barren = (present == 0) & (absent >= ENOUGH_ABSENT)
    return {column for column, label in enumerate(ids) if label in taught or barren[column]}


def tail_by_column(project: Project, state: State, known: set[int]) -> Recalibration:
    """The live version's correction with its labels by column; what is not known has a shift as wide as names allow."""
    tail, trained = live_tail(project) or (learn_recalibration([], [], [], [0.0]), [])
    place = {label: row for row, label in enumerate(trained)}
    with state.lock:
        labels = state.label_ids.tolist()
    inside = [place.get(label) for label in labels]
    shift = [0.0 if row is None else tail.shift[row] for row in inside]
    spread = [LABEL_SPREAD if row is None else tail.spread[row] for row in inside]
    wide = [one if column in known else max(NAME_SPREAD, one) for column, one in enumerate(spread)]
    return Recalibration(tail.mean, tail.covariance, np.array(shift), np.array(wide))


def live_tail(project: Project) -> tuple[Recalibration, list[int]] | None:
    """How far the live version's small probabilities can be believed, and the labels in its order; None without one.

    Learned once a version from all labels' answers, with what was said of their cells before they were given.
    """
    version = project.live_version
    held = held_out(version) if version is not None else None
    if version is None or held is None:
        return None
    labels, stamp = version.score_labels[: len(held)], (version.pk, version.scores_revision)
    return state_of(project).derived("tail", stamp, lambda: tail_of(project, labels, held)), labels


def tail_of(project: Project, labels: list[int], blind: NDArray[np.float16]) -> Recalibration:
    """`model.active.rare.learn_recalibration` on all answers; `blind` as in `out_of_sample.answers`."""
    scores = live_scores(project)
    said, values = answers(project, labels, blind)
    tops = np.zeros(len(labels))
    for place, label in enumerate(labels):
        unknown = column_of(scores, label, values.shape[1])[values[place] == 0]
        tops[place] = np.nanmax(unknown) if np.isfinite(unknown).any() else 0.0
    at, rows = np.nonzero(np.isfinite(said) & (values != 0))
    return learn_recalibration(said[at, rows], values[at, rows], at, tops)
