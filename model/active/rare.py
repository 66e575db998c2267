"""How far small probabilities can be believed: what answers say about cells that nobody has looked at.

A page takes the likeliest tiles, so marks are no random sample and counting them says little about the rest. But *given
the score*, whether a tile was asked does not depend on its answer. So answers already given say how far probabilities
can be believed, logit(p) -> a + b logit(p) + u_c below TAIL and with slope 1 above it: a and b are shared by all
labels, u_c is the label's own shift.

Only answers with p < TAIL teach a and b. The cells that are left lie there, and the many answers further up say nothing
about them: fitted to everything, slope and shift follow the top of the order and miss the tail, where positives are
several times as frequent as p says. To reach that far down, evidence must exist there: pages carry a share of tiles
drawn at random from the rest (`queue.page`), and blind audit answers enter the same way. The evidence must be
out of sample: the probability of a cell *before* the model learned its mark, or from a fit that left it out.

People err, and one absent cell in a hundred called present promises more positives at the bottom than there are. Which
of those answers are wrong is for second looks to find (`model.active.doubts`); the values given here are those after
them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from model.arrays import F64

TAIL = 0.05
"""Probability below which answers are evidence about what is left."""
PRIOR_SPREAD = (0.7, 0.2)
"""Standard deviations of the shared shift a and slope b around (0, 1) before any evidence."""
LABEL_SPREAD = 0.5
"""Standard deviation of a label's own shift."""
NEWTON_STEPS = 30
CLIP = 1e-6
"""No calibrated probability is believed to be nearer to 0 or 1 than this."""


@dataclass(frozen=True)
class Recalibration:
    """How far small probabilities can be believed: `mean` [2] and `covariance` [2, 2] of the shared (a, b).

    `shift` [C] and `spread` [C] are mean and standard deviation of the labels' own shifts. See `learn_recalibration`.
    """

    mean: F64
    covariance: F64
    shift: F64
    spread: F64

    def apply(self, probabilities: ArrayLike, label: int) -> F64:
        """Corrected probabilities at the mean of the posterior."""
        return np.asarray(expit(bent(logits(probabilities), *self.mean) + self.shift[label]))


def logits(probabilities: ArrayLike) -> F64:
    return np.asarray(logit(np.asarray(probabilities, dtype=np.float64).clip(CLIP, 1 - CLIP)))


def bent(x: F64, a: ArrayLike, b: ArrayLike) -> F64:
    """a + b x below the logit of TAIL, slope 1 above it."""
    bend = logit(TAIL)
    return np.asarray(a + np.asarray(b) * np.minimum(x, bend) + np.maximum(x - bend, 0.0))


def learn_recalibration(
    probabilities: ArrayLike, values: ArrayLike, labels: ArrayLike, tops: ArrayLike
) -> Recalibration:
    """From out-of-sample `probabilities` [M] of answered cells, the answers `values` [M] and their `labels` [M].

    Values are 1 or -1; 0 and unscored cells are ignored. `tops` [C] is the largest probability among the unknown
    cells of each label: answers above it (and above TAIL) say nothing about them. Maximum of the posterior by damped
    Newton steps, covariance from its curvature: first (a, b) on all labels together, then each label's shift.
    """
    p, y, c = np.asarray(probabilities, dtype=np.float64), np.asarray(values), np.asarray(labels, dtype=np.int64)
    bound = np.maximum(np.nan_to_num(np.asarray(tops, dtype=np.float64), nan=0.0), TAIL)
    used = (y != 0) & np.isfinite(p)
    used[used] = p[used] <= bound[c[used]]
    x, target, c = logits(p[used]), (y[used] > 0).astype(np.float64), c[used]
    low = x < logit(TAIL)
    theta, covariance = _shared(x[low], target[low])
    level, shift, curvature = bent(x, *theta), np.zeros(len(bound)), np.full(len(bound), LABEL_SPREAD**-2)
    for _ in range(NEWTON_STEPS):
        fitted = expit(level + shift[c])
        gradient = np.bincount(c, fitted - target, len(bound)) + shift / LABEL_SPREAD**2
        curvature = np.bincount(c, fitted * (1 - fitted), len(bound)) + LABEL_SPREAD**-2
        step = gradient / curvature
        shift = shift - step.clip(-1, 1)
        if np.abs(step).max(initial=0.0) < 1e-9:
            break
    return Recalibration(theta, covariance, shift, np.sqrt(1 / curvature))


def _shared(x: F64, target: F64) -> tuple[F64, F64]:
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
