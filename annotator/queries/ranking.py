"""How much each image is worth asking about now, one number an image, kept current mark by mark."""

import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from annotator.models import Project
from annotator.models.project import QueueMode
from annotator.queries.state import State
from annotator.queries.suggestions import Scores, live_scores
from model.choose import entropy, rarity

Key = tuple[int, str]
RANKINGS_IN_MEMORY = 16
# After so many changed rows the weights of rare labels have moved enough to weigh everything anew.
ROWS_BEFORE_REWEIGHING = 500


class Ranking:
    """`worth` float64 [N]: the larger, the sooner. Definitions of the modes are those of `model.choose`."""

    def __init__(self, state: State, scores: Scores | None, mode: str) -> None:
        self.mode = mode
        self.stamp = stamp_of(state, scores)
        self.scores = scores
        self.started = self.seen = len(state.log)
        if mode == QueueMode.RANDOM:
            self.worth = np.random.default_rng(state.project_id).random(len(state.ids))
        elif mode == QueueMode.IN_ORDER:
            self.worth = -np.arange(len(state.ids), dtype=np.float64)
        else:
            self.weights = np.zeros(len(state.alive))
            if state.alive.any():
                self.weights[state.alive] = rarity(state.values[:, state.alive])
            self.worth = self._worth(state, np.arange(len(state.ids)))

    def _worth(self, state: State, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        total = np.zeros(len(rows))
        table = self.scores.of_rows(rows) if self.scores else None
        for column in np.flatnonzero(state.alive):
            place = self.scores.row_of.get(int(state.label_ids[column])) if self.scores else None
            known = np.full(len(rows), np.nan) if table is None or place is None else table[place]
            chance = entropy(known) if self.mode == QueueMode.INFORMATIVE else np.nan_to_num(known, nan=0.0)
            total += chance * self.weights[column] * (state.values[rows, column] == 0)
        return total

    def follow(self, state: State) -> None:
        """Weigh again the rows that changed since."""
        if self.mode not in (QueueMode.RANDOM, QueueMode.IN_ORDER) and len(state.log) > self.seen:
            rows = np.unique(np.array(state.log[self.seen :], np.int64))
            self.worth[rows] = self._worth(state, rows)
        self.seen = len(state.log)

    def is_stale(self, state: State, scores: Scores | None) -> bool:
        """Whether other scores, other images or labels, or many marks call for a new one."""
        return self.stamp != stamp_of(state, scores) or len(state.log) - self.started > ROWS_BEFORE_REWEIGHING


def stamp_of(state: State, scores: Scores | None) -> tuple[int, ...]:
    """What a ranking stands on, besides single marks."""
    return (state.generation, scores.version, scores.revision) if scores else (state.generation,)


_rankings: OrderedDict[Key, Ranking] = OrderedDict()
_rankings_lock = threading.Lock()


def worth_of(project: Project, state: State, mode: str) -> NDArray[np.float64]:
    """The worth of every image row in this mode, float64 [N]; computed once a version, then followed mark by mark."""
    scores = live_scores(project)
    with _rankings_lock, state.lock:
        ranking = _rankings.get((id(state), mode))
        if ranking is None or ranking.is_stale(state, scores):
            ranking = _rankings[id(state), mode] = Ranking(state, scores, mode)
        _rankings.move_to_end((id(state), mode))
        while len(_rankings) > RANKINGS_IN_MEMORY:
            _rankings.popitem(last=False)
        ranking.follow(state)
        return ranking.worth
