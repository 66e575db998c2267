"""Blind audit questions: drawing them with known probability, and what their answers say about the whole project.

Cells (image, label) are put into strata by score; inside a stratum every cell has the same chance of being drawn, and
that chance is stored with the question. Answers are weighted with its inverse: Horvitz-Thompson for totals
(sum of y / pi), Hajek for shares (sum of y / pi over sum of 1 / pi). So rare, uncertain cells may be asked far
more often than their share, and the figures still stand for all cells. Intervals come from resampling answers within
their strata (percentile bootstrap; for figures with a bias, such as the calibration error, reflected around it).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from model.closing import CONFIDENCE, Estimate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EDGES = (0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9)
"""Bounds of probability between strata."""
LEAST = 2
"""Questions a stratum gets before the rest is shared out, so that its spread can be seen."""
REPLICATES = 400
BINS = 10
"""Bins of equal width for the calibration error."""


@dataclass(frozen=True)
class Questions:
    """Drawn cells: `rows`, `columns`, `strata` and chance of being drawn `inclusion`, each [n]."""

    rows: Ints
    columns: Ints
    strata: Ints
    inclusion: Floats


@dataclass(frozen=True)
class Answers:
    """Answered questions, each array [n].

    `values` 1 present, -1 absent (0, could not say, is left out of all figures), `inclusion` the chance with which
    the cell was drawn, `strata` any grouping by which to resample, `probabilities` what the judged model says of the
    cell, `columns` its label.
    """

    values: NDArray[np.int8]
    inclusion: Floats
    strata: Ints
    probabilities: Floats
    columns: Ints

    @property
    def weight(self) -> Floats:
        """1 / inclusion, 0 where nobody could say."""
        return np.where(self.values != 0, 1.0 / self.inclusion, 0.0)

    def take(self, rows: Ints) -> Answers:
        """The answers at these rows, repeated as often as named."""
        return Answers(
            self.values[rows], self.inclusion[rows], self.strata[rows], self.probabilities[rows], self.columns[rows]
        )


def strata(probabilities: ArrayLike) -> Ints:
    """Stratum of each probability, 0 .. len(EDGES), same shape; NaN (not scored) is a stratum of its own."""
    p = np.asarray(probabilities, dtype=np.float64)
    return np.where(np.isnan(p), len(EDGES) + 1, np.searchsorted(EDGES, np.nan_to_num(p), side="right"))


def allocate(sizes: ArrayLike, spread: ArrayLike, questions: int) -> Ints:
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


def total_positives(answers: Answers) -> float:
    """Horvitz-Thompson estimate of the number of positives among all eligible cells."""
    return float(answers.weight[answers.values == 1].sum())


def precision_at(threshold: float) -> Callable[[Answers], float]:
    """Figure: Hajek estimate of the share of positives among cells with at least this probability."""

    def figure(answers: Answers) -> float:
        return _share(answers, answers.probabilities >= threshold, answers.values == 1)

    return figure


def recall_at(threshold: float) -> Callable[[Answers], float]:
    """Figure: Hajek estimate of the share of all positives that have at least this probability."""

    def figure(answers: Answers) -> float:
        return _share(answers, answers.values == 1, answers.probabilities >= threshold)

    return figure


def _share(answers: Answers, among: NDArray[np.bool_], hit: NDArray[np.bool_]) -> float:
    weight = answers.weight * among
    return float((weight * hit).sum() / weight.sum()) if weight.sum() > 0 else float("nan")


def calibration_error(answers: Answers) -> float:
    """Expected calibration error: mean over cells of |share present - mean probability| in bins of equal width."""
    w, p, y = answers.weight, answers.probabilities, answers.values == 1
    place = np.minimum((p * BINS).astype(np.int64), BINS - 1)
    gap = np.abs(np.bincount(place, weights=w * (y - p), minlength=BINS))
    return float(gap.sum() / w.sum()) if w.sum() > 0 else float("nan")


def mean_average_precision(answers: Answers) -> float:
    """Mean over labels of average precision with weights; labels without an answered positive are left out.

    Biased upwards while a label has few answers (its rare low-scored positives are mostly not among them): with fewer
    than about a hundred answers a label, state `pooled_average_precision` instead.
    """
    values = [_average_precision(answers, answers.columns == c) for c in np.unique(answers.columns)]
    defined = [v for v in values if v == v]
    return float(np.mean(defined)) if defined else float("nan")


def pooled_average_precision(answers: Answers) -> float:
    """Average precision of all cells in one order, whatever their label: fit for audits of a few hundred answers."""
    return _average_precision(answers, np.ones(len(answers.values), dtype=bool))


def _average_precision(answers: Answers, among: NDArray[np.bool_]) -> float:
    w, p, y = answers.weight[among], answers.probabilities[among], answers.values[among] == 1
    if not (w * y).sum() > 0:
        return float("nan")
    order = np.argsort(-p, kind="stable")
    w, p, hit = w[order], p[order], (w * y)[order]
    last = np.searchsorted(-p, -p, side="right") - 1
    precision = np.cumsum(hit)[last] / np.cumsum(w)[last]
    return float((precision * hit).sum() / hit.sum())


def estimate(figure: Callable[[Answers], float], answers: Answers, *, reflect: bool = False, seed: int = 0) -> Estimate:
    """A figure with its interval, by resampling answers within strata; NaN where nothing was answered.

    `reflect` is for figures with an upward bias from noise (calibration error): value and interval are mirrored
    around the plain figure and kept at or above 0.
    """
    answers = answers.take(np.flatnonzero(answers.values != 0))
    plain = figure(answers)
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(answers.strata == h) for h in np.unique(answers.strata)]
    if not members:
        return Estimate(plain, float("nan"), float("nan"))
    values = []
    for _ in range(REPLICATES):
        values.append(figure(answers.take(np.concatenate([rng.choice(m, len(m)) for m in members]))))
    low, high = np.nanquantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    if not reflect:
        return Estimate(plain, float(low), float(high))
    centre = max(2 * plain - float(np.nanmean(values)), 0.0)
    return Estimate(centre, max(2 * plain - float(high), 0.0), max(2 * plain - float(low), 0.0))
