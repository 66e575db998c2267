"""The cut line of a page, how many positives a label still hides, and when to propose closing it.

Pure functions of arrays, used by the label page and by the effort benchmark alike. Probabilities are calibrated
chances of "present".

Estimating what is left. A page takes the likeliest tiles, so marks are no random sample and counting them says little
about the rest. But *given the score*, whether a tile was asked does not depend on its answer. So the answers already
given are used to correct the probabilities, logit(p) -> a + b logit(p), with a prior (a, b) ~ N((0, 1), PRIOR) that
leaves them as they are while there is little evidence; blind audit answers enter the same way. What is left is the sum
of corrected probabilities over unknown cells; its interval has both sources of doubt, that of (a, b) and that of the
draw. The evidence must be out of sample: the probability of a cell as it was *before* the model learned its mark.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

Floats = NDArray[np.float64]

PRIOR_SPREAD = (0.7, 0.05)
"""Standard deviations of shift a and slope b before any evidence: a factor of two in odds, hardly any slope (answers
come from the top of the order; a slope learned there and carried into the tail overstates it many times)."""
DRIFT = 0.6
"""Standard deviation of what a may change between the cells that were asked and those that are left."""
RECENT = 400
"""Answers of a label that count as evidence, the latest: older ones were predicted by models long replaced."""
NEWTON_STEPS = 25
DRAWS = 400
"""Draws of (a, b) and of the count behind an interval."""
CLIP = 1e-5
"""No calibrated probability is believed to be nearer to 0 or 1 than this."""
ACCEPTED_RISK = 0.02
"""Share of a label's positives that a closing may be expected to miss, unless the project says otherwise."""
CONFIDENCE = 0.9


@dataclass(frozen=True)
class Estimate:
    """A number with its interval (CONFIDENCE of the probability lies inside)."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Correction:
    """Posterior of (a, b): `mean` [2] and `covariance` [2, 2]. See `correction`."""

    mean: Floats
    covariance: Floats

    def apply(self, probabilities: ArrayLike) -> Floats:
        """Corrected probabilities at the mean of the posterior."""
        return np.asarray(expit(self.mean[0] + self.mean[1] * _logit(probabilities)))


@dataclass(frozen=True)
class Proposal:
    """Whether to close a label now: `risk` is the expected share of its positives that closing would miss."""

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


def correction(
    probabilities: ArrayLike,
    values: ArrayLike,
    prior: tuple[float, float] = PRIOR_SPREAD,
    centre: tuple[float, float] = (0.0, 1.0),
) -> Correction:
    """Learn (a, b) from out-of-sample `probabilities` [M] and the answers `values` [M] (1 or -1; 0 is ignored).

    Maximum of the posterior by damped Newton steps, covariance from its curvature. Without evidence: the prior, around
    `centre`, which may be what all labels together have taught.
    """
    y = np.asarray(values)
    known = (y != 0) & np.isfinite(np.asarray(probabilities, dtype=np.float64))
    x, target = _logit(np.asarray(probabilities)[known]), (y[known] > 0).astype(np.float64)
    design = np.stack([np.ones_like(x), x], axis=1)
    origin, precision = np.array(centre, dtype=np.float64), np.diag(1.0 / np.square(prior))
    theta, curvature = origin.copy(), precision
    for _ in range(NEWTON_STEPS):
        fitted = expit(design @ theta)
        gradient = design.T @ (fitted - target) + precision @ (theta - origin)
        curvature = (design * (fitted * (1 - fitted))[:, None]).T @ design + precision
        step = np.linalg.solve(curvature, gradient)
        theta = theta - step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-9:
            break
    return Correction(theta, np.asarray(np.linalg.inv(curvature), dtype=np.float64))


def positives_left(probabilities: ArrayLike, corrected: Correction | None = None, *, seed: int = 0) -> Estimate:
    """Positives among cells that are still unknown, from their `probabilities` [M]; unscored cells (NaN) are ignored.

    `value` is the mean over (a, b) of the expected number, `low` and `high` bound the number itself.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    x, count = _binned(_logit(p[np.isfinite(p)]))
    if not len(x):
        return Estimate(0.0, 0.0, 0.0)
    corrected = corrected or correction([], [])
    rng = np.random.default_rng(seed)
    spread = corrected.covariance + np.diag([DRIFT**2, 0.0])
    theta = rng.multivariate_normal(corrected.mean, spread, size=DRAWS)
    chance = expit(theta[:, :1] + np.maximum(theta[:, 1:], 0.0) * x)
    value = float((chance @ count).mean())
    number = rng.binomial(count.astype(np.int64), chance).sum(1)
    low, high = np.quantile(number, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(value, float(low), float(high))


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
