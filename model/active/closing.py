"""The cut line of a page, how many positives a label still hides, and when to propose closing it.

Pure functions of arrays, used by the label page and by the effort benchmark alike. Probabilities are calibrated
chances of "present".

What is left is the sum of probabilities over unknown cells, corrected by answers (`model.active.rare`); its interval
has the doubt about that correction and that of the draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from model.active.rare import Recalibration, bent, learn_recalibration, logits
from model.arrays import F64
from model.metrics.interval import CONFIDENCE, Estimate

DRAWS = 400
"""Draws of shifts, slope and count behind an interval."""
ACCEPTED_RISK = 0.02
"""Share of a label's positives that a closing may be expected to miss, unless the project says otherwise."""
ACCEPTED_RISK_TOGETHER = 0.018
"""Share of all positives that closing all labels together may be expected to miss (chosen in `docs/effort.md`)."""


@dataclass(frozen=True)
class Proposal:
    """Whether to close now: `risk` is the expected share of positives that closing would miss."""

    close: bool
    risk: float
    missed: Estimate
    text: str


def cut_index(probabilities: ArrayLike) -> int:
    """Index on a page (in the order shown) from which tiles are suggested absent.

    The cut with the least expected number of exceptions: absent tiles before it plus present ones after it. On a
    sorted page that is the first tile below one half. NaN (not scored) counts as 0.
    """
    p = np.nan_to_num(np.asarray(probabilities, dtype=np.float64), nan=0.0)
    expected = np.concatenate([[0.0], np.cumsum(1 - p)]) + np.concatenate([np.cumsum(p[::-1])[::-1], [0.0]])
    return int(np.argmin(expected))


def positives_left(
    probabilities: ArrayLike, tail: Recalibration | None = None, label: int = 0, *, seed: int = 0
) -> Estimate:
    """Positives among cells of one label that are unknown, from their `probabilities` [M]; NaN (unscored) is ignored.

    `value` is the mean over all doubt of the expected number, `low` and `high` bound the number itself.
    """
    tail = tail or learn_recalibration([], [], [], np.zeros(label + 1))
    return all_left({label: probabilities}, tail, seed=seed)[0][label]


def all_left(
    probabilities: Mapping[int, ArrayLike], tail: Recalibration, *, seed: int = 0
) -> tuple[dict[int, Estimate], Estimate]:
    """The same for several labels, {label: probabilities of its unknown cells}, and for all of them together.

    The shared doubt about a and b is drawn once for all labels: intervals of many labels do not average out. A label's
    own draws are its own, so that it is estimated the same whichever others are asked about with it.
    """
    theta = np.random.default_rng(seed).multivariate_normal(tail.mean, tail.covariance, size=DRAWS)
    expected, number = np.zeros(DRAWS), np.zeros(DRAWS)
    each: dict[int, Estimate] = {}
    for label, unknown in probabilities.items():
        rng = np.random.default_rng([seed, label + 1])
        p = np.asarray(unknown, dtype=np.float64)
        x, count = _binned(logits(p[np.isfinite(p)]))
        shift = rng.normal(tail.shift[label], tail.spread[label], (DRAWS, 1))
        chance = expit(bent(x, theta[:, :1] + shift, np.maximum(theta[:, 1:], 0.0)))
        rate, drawn = chance @ count, rng.binomial(count.astype(np.int64), chance).sum(1)
        each[label] = _estimate(rate, drawn)
        expected, number = expected + rate, number + drawn
    return each, _estimate(expected, number)


def _estimate(expected: F64, number: ArrayLike) -> Estimate:
    low, high = np.quantile(np.asarray(number, dtype=np.float64), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(float(expected.mean()), float(low), float(high))


def _binned(x: F64, bins: int = 256) -> tuple[F64, F64]:
    """Values and counts that stand for x: itself when short, else the means of narrow bins."""
    if len(x) <= bins:
        return x, np.ones_like(x)
    place = np.minimum(((x - x.min()) / max(float(np.ptp(x)), 1e-12) * bins).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins).astype(np.float64)
    used = count > 0
    return np.bincount(place, weights=x, minlength=bins)[used] / count[used], count[used]


def propose(found: int, left: Estimate, unknown: int, accepted_risk: float = ACCEPTED_RISK) -> Proposal:
    """Whether to close a label with `found` positives, `left` expected among `unknown` cells.

    The risk is left / (found + left), the share of all positives that would be missed; a label is proposed for closing
    when it is at most `accepted_risk`. The text states number, interval and share in words.
    """
    total = found + left.value
    risk = left.value / total if total > 0 else 0.0
    close = unknown > 0 and risk <= accepted_risk
    text = (
        f"{found} found; closing marks {unknown} unknown as absent and is expected to miss "
        f"{left.value:.1f} ({left.low:.0f} to {left.high:.0f}), {100 * risk:.1f}% of all"
    )
    return Proposal(close, float(risk), left, text)
