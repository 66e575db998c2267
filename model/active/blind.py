"""Blind audit questions: drawing them with known probability, and how many cells each answer stands for.

Cells (image, label) are put into strata by score; inside a stratum every cell has the same chance of being drawn, and
that chance is stored with the question, so rare, uncertain cells may be asked far more often than their share. What
the answers say about all cells is the task of `model.metrics.imputation`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from model.arrays import F64, I64

EDGES = (0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9)
"""Bounds of probability between strata."""
LEAST = 2
"""Questions a stratum gets before the rest is shared out, so that its spread can be seen."""


@dataclass(frozen=True)
class Questions:
    """Drawn cells: `rows`, `columns`, `strata` and chance of being drawn `inclusion`, each [n]."""

    rows: I64
    columns: I64
    strata: I64
    inclusion: F64


def strata(probabilities: ArrayLike) -> I64:
    """Stratum of each probability, 0 .. len(EDGES), same shape; NaN (not scored) is a stratum of its own."""
    p = np.asarray(probabilities, dtype=np.float64)
    return np.where(np.isnan(p), len(EDGES) + 1, np.searchsorted(EDGES, np.nan_to_num(p), side="right"))


def allocate(sizes: ArrayLike, spread: ArrayLike, questions: int) -> I64:
    """Questions per stratum: LEAST each, the rest in proportion to size times spread (Neyman), never above size."""
    size, want = np.asarray(sizes, dtype=np.int64), np.asarray(sizes) * np.asarray(spread, dtype=np.float64)
    given = np.minimum(size, LEAST)
    if given.sum() > questions:
        order = np.argsort(-want, kind="stable")
        room = np.maximum(questions - np.concatenate([[0], np.cumsum(given[order])[:-1]]), 0)
        given[order] = np.minimum(given[order], room)
        return given
    while given.sum() < min(questions, size.sum()):
        free = np.where(given < size, want + 1e-12, 0.0)
        share = free / free.sum() * (questions - given.sum())
        more = np.minimum(np.floor(share).astype(np.int64), size - given)
        if not more.any():
            more[np.argmax(np.where(given < size, share, -1.0))] = 1
        given = given + more
    return given


def draw(probabilities: ArrayLike, eligible: ArrayLike, questions: int, *, seed: int = 0) -> Questions:
    """Draw up to `questions` cells among `eligible` [N, C] ones, stratified by `probabilities` [N, C].

    Spread of a stratum is sqrt(p (1 - p)) at its mean probability, at least 0.05: what looks certain is checked too.
    """
    p, allowed = np.asarray(probabilities, dtype=np.float64), np.asarray(eligible, dtype=bool)
    rows, columns = np.nonzero(allowed)
    member = strata(p[rows, columns])
    kinds = len(EDGES) + 2
    size = np.bincount(member, minlength=kinds)
    likely = np.nan_to_num(p[rows, columns], nan=0.5)
    mean = np.bincount(member, weights=likely, minlength=kinds) / np.maximum(size, 1)
    given = allocate(size, np.maximum(np.sqrt(mean * (1 - mean)), 0.05), questions)
    rng = np.random.default_rng(seed)
    picked = [rng.choice(np.flatnonzero(member == h), given[h], replace=False) for h in range(kinds) if given[h]]
    chosen = rng.permutation(np.concatenate(picked)) if picked else np.zeros(0, dtype=np.int64)
    stratum = member[chosen]
    return Questions(rows[chosen], columns[chosen], stratum, given[stratum] / np.maximum(size[stratum], 1))


def weights(inclusion: ArrayLike, draws: ArrayLike, answered: ArrayLike) -> F64:
    """How many cells each answer stands for, for questions [n] in the order in which they were drawn; 0 if unanswered.

    Each draw takes cells that were not asked before: alone it stands for what was then left, together with all
    questions before it for everything. The mean of these estimates, weighted by the size of the draws, gives an answer
    of draw d the weight (size of d / inclusion + size of all later draws) / size of all draws (successive draws without
    replacement; Raj 1956). Open questions count as lost by chance. `draws` [n] names each question's draw.
    """
    chance, said = np.asarray(inclusion, np.float64), np.asarray(answered, bool)
    _, first, draw = np.unique(np.asarray(draws), return_index=True, return_inverse=True)
    asked = np.bincount(draw, minlength=len(first))
    given = np.bincount(draw[said], minlength=len(first))
    later = np.array([given[first > place].sum() for place in first], np.float64)
    total = max(int(given.sum()), 1)
    return np.where(said, (asked[draw] / chance + later[draw]) / total, 0.0)


def relative(weight: ArrayLike, probabilities: ArrayLike) -> F64:
    """Weights of answers [n] over their mean among answers of like probability.

    Questions drawn by an earlier model's scores depend on the truth beyond what today's score says. Weights correct
    that; taking out what depends on today's score alone leaves less noise (Pfeffermann and Sverchkov 1999).
    """
    w, stratum = np.asarray(weight, np.float64), strata(probabilities)
    mean = np.bincount(stratum, w) / np.maximum(np.bincount(stratum), 1)
    return w / np.maximum(mean[stratum], 1e-12)
