"""How much each image is worth asking about now, one number an image, kept current mark by mark."""

import numpy as np
from numpy.typing import NDArray

from annotator.models import Project
from annotator.models.project import QueueMode
from annotator.queries.state import State
from annotator.queries.suggestions import Scores, live_scores
from model.active.queue import entropy, rarity

# After so many changed rows the weights of rare labels have moved enough to weigh everything anew.
ROWS_BEFORE_REWEIGHING = 500
# A few arrays of so many rows by all labels are in memory at a time.
ROWS_AT_ONCE = 20_000


class Ranking:
    """`worth` float64 [N]: the larger, the sooner. Definitions of the modes are those of `model.active.queue`."""

    def __init__(self, state: State, scores: Scores | None, mode: str) -> None:
        self.mode = mode
        self.scores = scores
        self.weigh(state)

    def weigh(self, state: State) -> None:
        """Weigh all rows."""
        self.started = self.seen = len(state.log)
        if self.mode == QueueMode.RANDOM:
            self.worth = np.random.default_rng(state.project_id).random(len(state.ids))
        elif self.mode == QueueMode.IN_ORDER:
            self.worth = -np.arange(len(state.ids), dtype=np.float64)
        else:
            self.weights = np.zeros(len(state.alive))
            if state.alive.any():
                self.weights[state.alive] = rarity(state.values[:, state.alive])
            parts = [
                np.arange(first, len(state.ids))[:ROWS_AT_ONCE] for first in range(0, len(state.ids), ROWS_AT_ONCE)
            ]
            self.worth = np.concatenate([self._worth(state, rows) for rows in parts] or [np.zeros(0)])

    def _worth(self, state: State, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        columns = np.flatnonzero(state.alive)
        known = np.full((len(columns), len(rows)), np.nan)
        if self.scores:
            known[:] = self.scores.table(state.label_ids[columns], rows).T
        chance = entropy(known) if self.mode == QueueMode.INFORMATIVE else np.nan_to_num(known, nan=0.0)
        unknown = state.values[np.ix_(rows, columns)].T == 0
        return np.asarray((chance * self.weights[columns, None] * unknown).sum(0))

    def follow(self, state: State) -> None:
        """Weigh again the rows that changed since, or all of them after many marks."""
        if self.mode in (QueueMode.RANDOM, QueueMode.IN_ORDER):
            return
        if len(state.log) - self.started > ROWS_BEFORE_REWEIGHING:
            self.weigh(state)
        elif len(state.log) > self.seen:
            rows = np.unique(np.array(state.log[self.seen :], np.int64))
            self.worth[rows] = self._worth(state, rows)
            self.seen = len(state.log)


def worth_of(project: Project, state: State, mode: str) -> NDArray[np.float64]:
    """The worth of every image row in this mode, float64 [N]; computed once a version, then followed mark by mark."""
    scores = live_scores(project)
    with state.lock:
        stamp = (state.generation, scores.version, scores.revision) if scores else (state.generation,)
        ranking = state.derived(("ranking", mode), stamp, lambda: Ranking(state, scores, mode))
        ranking.follow(state)
        return ranking.worth
