"""The cut line of a page, how many positives a label still hides, and when to propose closing it.

Pure functions of arrays, used by the label page and by the effort benchmark alike. Probabilities are calibrated
chances of "present".

Estimating what is left. A page takes the likeliest tiles, so marks are no random sample and counting them says little
about the rest. But *given the score*, whether a tile was asked does not depend on its answer. So answers already given
say how far probabilities can be believed, logit(p) -> a + b logit(p) + u_c below TAIL and with slope 1 above it: a
and b are shared by all labels, u_c is the label's own shift. What is left is the sum of such probabilities over
unknown cells; its interval has the doubt about a, b and u_c and that of the draw.

Only answers with p < TAIL teach a and b. The cells that are left lie there, and the many answers further up say nothing
about them: fitted to everything, slope and shift follow the top of the order and miss the tail, where positives are
several times as frequent as p says. To reach that far down, evidence must exist there: pages carry a share of tiles
drawn at random from the rest (`model.choose.page`), and blind audit answers enter the same way. The evidence must be
out of sample: the probability of a cell *before* the model learned its mark, or from a fit that left it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

Floats = NDArray[np.float64]

TAIL = 0.05
"""Probability below which answers are evidence about what is left."""
PRIOR_SPREAD = (0.7, 0.2)
"""Standard deviations of the shared shift a and slope b around (0, 1) before any evidence."""
LABEL_SPREAD = 0.5
"""Standard deviation of a label's own shift."""
NEWTON_STEPS = 30
DRAWS = 400
"""Draws of shifts, slope and count behind an interval."""
CLIP = 1e-6
"""No calibrated probability is believed to be nearer to 0 or 1 than this."""
ACCEPTED_RISK = 0.02
"""Share of a label's positives that a closing may be expected to miss, unless the project says otherwise."""
ACCEPTED_RISK_TOGETHER = 0.018
"""Share of all positives that closing all labels together may be expected to miss (chosen in `docs/effort.md`)."""
CONFIDENCE = 0.9


@dataclass(frozen=True)
class Estimate:
    """A number with its interval (CONFIDENCE of the probability lies inside)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Tail:
    """How far small probabilities can be believed: `mean` [2] and `covariance` [2, 2] of the shared (a, b).

    `shift` [C] and `spread` [C] are mean and standard deviation of the labels' own shifts. See `learn_tail`.
    """

    mean: Floats
    covariance: Floats
    shift: Floats
    spread: Floats

    def apply(self, probabilities: ArrayLike, label: int) -> Floats:
        """Corrected probabilities at the mean of the posterior."""
        return np.asarray(expit(_bent(_logit(probabilities), *self.mean) + self.shift[label]))


@dataclass(frozen=True)
class Proposal:
    """Whether to close now: `risk` is the expected share of positives that closing would miss."""

    close: bool
    risk: float
    missed: Estimate
    text: str


def _logit(probabilities: ArrayLike) -> Floats:
    return np.asarray(logit(np.asarray(probabilities, dtype=np.float64).clip(CLIP, 1 - CLIP)))


def cut_index(probabilities: ArrayLike) -> int:
    """Index on a page (in the order shown) from which tiles are suggested absent.

    The cut with the least expected number of exceptions: absent tiles before it plus present ones after it. On a
    sorted page that is the first tile below one half. NaN (not scored) counts as 0.
    """
    p = np.nan_to_num(np.asarray(probabilities, dtype=np.float64), nan=0.0)
    expected = np.concatenate([[0.0], np.cumsum(1 - p)]) + np.concatenate([np.cumsum(p[::-1])[::-1], [0.0]])
    return int(np.argmin(expected))


def _bent(x: Floats, a: ArrayLike, b: ArrayLike) -> Floats:
    """a + b x below the logit of TAIL, slope 1 above it."""
    bend = logit(TAIL)
    return np.asarray(a + np.asarray(b) * np.minimum(x, bend) + np.maximum(x - bend, 0.0))


def learn_tail(probabilities: ArrayLike, values: ArrayLike, labels: ArrayLike, tops: ArrayLike) -> Tail:
    """From out-of-sample `probabilities` [M] of answered cells, the answers `values` [M] and their `labels` [M].

    Values are 1 or -1; 0 and unscored cells are ignored. `tops` [C] is the largest probability among the unknown
    cells of each label: answers above it (and above TAIL) say nothing about them. Maximum of the posterior by damped
    Newton steps, covariance from its curvature: first (a, b) on all labels together, then each label's shift.
    """
    p, y, c = np.asarray(probabilities, dtype=np.float64), np.asarray(values), np.asarray(labels, dtype=np.int64)
    bound = np.maximum(np.nan_to_num(np.asarray(tops, dtype=np.float64), nan=0.0), TAIL)
    used = (y != 0) & np.isfinite(p)
    used[used] = p[used] <= bound[c[used]]
    x, target, c = _logit(p[used]), (y[used] > 0).astype(np.float64), c[used]
    low = x < logit(TAIL)
    theta, covariance = _shared(x[low], target[low])
    level, shift, curvature = _bent(x, *theta), np.zeros(len(bound)), np.full(len(bound), LABEL_SPREAD**-2)
    for _ in range(NEWTON_STEPS):
        fitted = expit(level + shift[c])
        gradient = np.bincount(c, fitted - target, len(bound)) + shift / LABEL_SPREAD**2
        curvature = np.bincount(c, fitted * (1 - fitted), len(bound)) + LABEL_SPREAD**-2
        step = gradient / curvature
        shift = shift - step.clip(-1, 1)
        if np.abs(step).max(initial=0.0) < 1e-9:
            break
    return Tail(theta, covariance, shift, np.sqrt(1 / curvature))


def _shared(x: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Posterior mean and covariance of (a, b)."""
    design = np.stack([np.ones_like(x), x], axis=1)
    origin, precision = np.array([0.0, 1.0]), np.diag(1.0 / np.square(PRIOR_SPREAD))
    theta, curvature = origin.copy(), precision
    for _ in range(NEWTON_STEPS):
        fitted = expit(design @ theta)
        gradient = design.T @ (fitted - target) + precision @ (theta - origin)
        curvature = (design * (fitted * (1 - fitted))[:, None]).T @ design + precision
        step = np.linalg.solve(curvature, gradient)
        theta = theta - step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-9:
            break
    return theta, np.asarray(np.linalg.inv(curvature), dtype=np.float64)


def positives_left(probabilities: ArrayLike, tail: Tail | None = None, label: int = 0, *, seed: int = 0) -> Estimate:
    """Positives among cells of one label that are unknown, from their `probabilities` [M]; NaN (unscored) is ignored.

    `value` is the mean over all doubt of the expected number, `low` and `high` bound the number itself.
    """
    tail = tail or learn_tail([], [], [], np.zeros(label + 1))
    return all_left({label: probabilities}, tail, seed=seed)[0][label]


def all_left(
    probabilities: Mapping[int, ArrayLike], tail: Tail, *, seed: int = 0
) -> tuple[dict[int, Estimate], Estimate]:
    """The same for several labels, {label: probabilities of its unknown cells}, and for all of them together.

    The shared doubt about a and b is drawn once for all labels: intervals of many labels do not average out.
    """
    rng = np.random.default_rng(seed)
    theta = rng.multivariate_normal(tail.mean, tail.covariance, size=DRAWS)
    expected, number = np.zeros(DRAWS), np.zeros(DRAWS)
    each: dict[int, Estimate] = {}
    for label, unknown in probabilities.items():
        p = np.asarray(unknown, dtype=np.float64)
        x, count = _binned(_logit(p[np.isfinite(p)]))
        shift = rng.normal(tail.shift[label], tail.spread[label], (DRAWS, 1))
        chance = expit(_bent(x, theta[:, :1] + shift, np.maximum(theta[:, 1:], 0.0)))
        rate, drawn = chance @ count, rng.binomial(count.astype(np.int64), chance).sum(1)
        each[label] = _estimate(rate, drawn)
        expected, number = expected + rate, number + drawn
    return each, _estimate(expected, number)


def _estimate(expected: Floats, number: ArrayLike) -> Estimate:
    low, high = np.quantile(np.asarray(number, dtype=np.float64), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(float(expected.mean()), float(low), float(high))


def _binned(x: Floats, bins: int = 256) -> tuple[Floats, Floats]:
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
