"""The cells that blind answers stand for: all that nobody has marked, with the answers among them."""

import numpy as np
from numpy.typing import NDArray

from annotator.models import Mark, Project, Source
from annotator.queries.matrix import audit_matrices, placed
from annotator.queries.state import state_of
from annotator.queries.suggestions import Scores
from model.active.blind import relative
from model.metrics.imputation import ScoredCells


def blind_cells(
    project: Project, scores: Scores, other: Scores | None = None
) -> tuple[ScoredCells, NDArray[np.float64]]:
    """Cells of usable images that `scores` (and `other`) scored and that no mark but a blind answer decides.

    Returns the cells with the probabilities of `scores`, and the probabilities of `other` [n] (empty without one).
    """
    state = state_of(project)
    with state.lock:
        columns = np.flatnonzero(state.alive)
        label_ids, ids = state.label_ids[columns], state.ids.copy()
        unknown, usable = state.values[:, columns] == 0, state.usable.copy()
    answers, weights = audit_matrices(project.pk, ids, label_ids)
    eligible = (unknown | (decided_blind(project, ids, label_ids) & (answers != 0))) & usable[:, None]
    mine = scores.table(label_ids, np.arange(len(ids)))
    eligible &= np.isfinite(mine)
    theirs = mine if other is None else other.table(label_ids, np.arange(len(ids)))
    eligible &= np.isfinite(theirs)
    rows, labels = np.nonzero(eligible)
    p, values = mine[rows, labels].astype(np.float64), answers[rows, labels]
    weight, asked = np.ones(len(rows)), values != 0
    weight[asked] = relative(weights[rows, labels][asked], p[asked])
    cells = ScoredCells(p, labels, values, len(label_ids), weight)
    return cells, np.zeros(0) if other is None else theirs[rows, labels].astype(np.float64)


def decided_blind(project: Project, ids: NDArray[np.int64], label_ids: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Cells whose present mark is a blind answer: one that was marked since has taught the model; bool [N, C]."""
    marks = Mark.objects.filter(project=project, resolved=True, source=Source.AUDIT).order_by()
    pairs = np.array(list(marks.values_list("image_id", "label_id")), np.int64).reshape(-1, 2)
    rows, columns, _ = placed(ids, label_ids, pairs)
    decided = np.zeros((len(ids), len(label_ids)), bool)
    decided[rows, columns] = True
    return decided
