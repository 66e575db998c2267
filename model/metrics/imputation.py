"""What blind answers say of all cells: the cells nobody was asked about are filled in, again and again.

A few hundred answers are too few to weigh up a label of which three positives were drawn, and a stratum without any
answered positive would claim to have none. But every cell has a score, and given the score, whether a cell was asked
does not depend on its answer. So the answers teach how scores turn into truth,

    logit P(present) = x + f(x) + g (mean x of the label) + h log(rank in the label) + u_label + v_label x

of a cell with log odds x, with Gaussian priors around "the scores mean what they say". u and v are shared between
labels as far as the answers call for it: their spread is averaged over SPREADS by evidence. Then the parameters are
drawn from their posterior (Laplace), every cell that was not asked is drawn from its probability, and each figure is
computed over all cells (`model.metrics.quality`). Value and interval are mean and quantiles over such draws: a
superpopulation estimator (Valliant, Dorfman, Royall 2000).
`python -m model bench audit` measures how often the intervals hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.special import expit, logit

from model.arrays import F32, F64, I8, I64, Bool

CENTRE = float(logit(0.05))
KNOTS = logit(np.array([0.01, 0.05, 0.3])) - CENTRE
CLIP = 1e-4
COMMON = np.array([1.0, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3])
"""Prior standard deviations: level, slope, a bend at each knot, mean of the label, rank in the label."""
SPREADS = (*((u, v) for u in (0.4, 0.8) for v in (0.15, 0.3, 0.6)), (1.4, 0.3), (1.4, 0.6), (2.2, 0.6))
"""Candidate standard deviations of labels' own level and slope. Chosen on voc20: with narrow ones alone, labels whose
name misleads pass as ordinary (mean average precision 0.49 for 0.56); with wide ones alone 100 answers say too much."""
USUAL_RANK = 3.0
DRAWS = 100
MOST_AT_ONCE = 4_000_000
"""Cells of one label times draws in memory at once; beyond it there are fewer draws."""
LEAST_DRAWS = 40
LEAST_ANSWERS = 300
"""Answers below which intervals were measured not to hold, so that no figure is shown."""
NEWTON_STEPS = 40


@dataclass(frozen=True)
class ScoredCells:
    """All cells a figure stands for, each array [n].

    `probabilities` by the model that is judged, `labels` numbers below `count`, `values` the blind answers (1, -1;
    0 where nobody was asked or could say). `weight` [n] of answers corrects for what chose them besides the score:
    see `model.active.blind.relative`; 1 when questions were drawn by the score of the judged model.
    """

    probabilities: F64
    labels: I64
    values: I8
    count: int
    weight: F64 | None = None


def enough(cells: ScoredCells) -> bool:
    """Whether there are answers enough for figures whose intervals hold, or half of all cells are answered."""
    answered = int(np.count_nonzero(cells.values))
    return answered > 0 and answered >= min(LEAST_ANSWERS, len(cells.values) / 2)


@dataclass
class Posterior:
    """Posterior of all parameters for one pair of spreads: mode, Cholesky factor of the curvature, evidence."""

    mode: F64
    factor: F64
    evidence: float


@dataclass
class Imputed:
    """One label's cells in falling order of score: `rows` among all, `present` [n, draws], and whether `asked` [n]."""

    label: int
    rows: I64
    present: Bool
    asked: Bool


def squashed(probabilities: F64) -> F64:
    """Log odds, with probabilities kept CLIP away from 0 and 1."""
    return np.asarray(logit(np.clip(np.asarray(probabilities, np.float64), CLIP, 1 - CLIP)))


def imputations(cells: ScoredCells, draws: int, seed: int) -> Iterator[Imputed]:
    """All cells with answers where there are some and drawn truths elsewhere, label by label."""
    rng = np.random.default_rng(seed)
    x = squashed(cells.probabilities)
    order = np.lexsort((-cells.probabilities, cells.labels))
    place = np.searchsorted(cells.labels[order], np.arange(cells.count + 1))
    draws = max(LEAST_DRAWS, min(draws, MOST_AT_ONCE // max(int(np.diff(place).max(initial=1)), 1)))
    common = common_terms(x, cells.labels, order, place)
    parameters = posterior(cells, x, common, draws, rng)
    for label in range(cells.count):
        mine = order[place[label] : place[label + 1]]
        if len(mine):
            chance = chances(x[mine], common[mine], parameters, label, cells.count)
            present = rng.random(chance.shape, np.float32) < chance
            asked = cells.values[mine] != 0
            present[asked] = (cells.values[mine][asked] > 0)[:, None]
            yield Imputed(label, mine, present, asked)


def common_terms(x: F64, labels: I64, order: I64, place: I64) -> F64:
    """What all labels share, [n, 7]: 1, x, bends at KNOTS, mean x of the label, minus log rank in the label."""
    count = len(place) - 1
    sizes = np.maximum(np.diff(place), 1)
    mean = np.bincount(labels, x, count) / sizes
    middle = mean[np.diff(place) > 0].mean() if len(x) else 0.0
    rank = np.empty(len(x))
    rank[order] = np.arange(len(x)) - place[labels[order]] + 0.5
    away = x - CENTRE
    bends = np.maximum(away[:, None] - KNOTS, 0)
    by_rank = -np.log(rank / sizes[labels]) - USUAL_RANK
    return np.column_stack([np.ones_like(x), away, bends, mean[labels] - middle, by_rank])


def posterior(cells: ScoredCells, x: F64, common: F64, draws: int, rng: np.random.Generator) -> F64:
    """Draws of all parameters [7 + 2 C, draws]: common ones, levels of labels, slopes of labels."""
    asked = np.flatnonzero(cells.values != 0)
    weight = np.ones(len(asked)) if cells.weight is None else cells.weight[asked]
    rows, width = np.arange(len(asked)), common.shape[1]
    design = np.zeros((len(asked), width + 2 * cells.count))
    design[:, :width] = common[asked]
    design[rows, width + cells.labels[asked]] = 1
    design[rows, width + cells.count + cells.labels[asked]] = x[asked] - CENTRE
    present = (cells.values[asked] > 0).astype(np.float64)
    fits: list[Posterior] = []
    for level, slope in SPREADS:
        spread = np.concatenate([COMMON, np.full(cells.count, level), np.full(cells.count, slope)])
        begin = fits[-1].mode if fits else np.zeros(len(spread))
        fits.append(laplace(design, x[asked], present, weight, 1 / spread**2, begin))
    evidence = np.array([fit.evidence for fit in fits])
    chosen = rng.choice(len(fits), draws, p=np.exp(evidence - evidence.max()) / np.exp(evidence - evidence.max()).sum())
    out = np.empty((design.shape[1], draws))
    for number, fit in enumerate(fits):
        own = chosen == number
        noise = rng.standard_normal((len(fit.mode), int(own.sum())))
        out[:, own] = fit.mode[:, None] + solve_triangular(fit.factor, noise, lower=True, trans="T")
    return out


def laplace(design: F64, offset: F64, present: F64, weight: F64, precision: F64, begin: F64) -> Posterior:
    """Mode and curvature of a logistic regression with Gaussian priors of these precisions around 0."""

    def objective(theta: F64) -> float:
        level = offset + design @ theta
        return float(weight @ (np.logaddexp(0, level) - present * level) + 0.5 * precision @ theta**2)

    theta, best = begin, objective(begin)
    for _ in range(NEWTON_STEPS):
        p = expit(offset + design @ theta)
        gradient = design.T @ (weight * (p - present)) + precision * theta
        curvature = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(precision)
        move, size = cho_solve(cho_factor(curvature, lower=True), gradient), 1.0
        while size > 1e-3 and objective(theta - size * move) > best + 1e-9:
            size /= 2
        theta = theta - size * move
        best = objective(theta)
        if np.abs(move).max() < 1e-4:
            break
    p = expit(offset + design @ theta)
    factor = np.linalg.cholesky((design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(precision))
    evidence = -best - float(np.log(np.diag(factor)).sum()) + 0.5 * float(np.log(precision).sum())
    return Posterior(theta, factor, evidence)


def chances(x: F64, common: F64, parameters: F64, label: int, count: int) -> F32:
    """Chance of "present" of one label's cells under each draw of the parameters, [n, draws]."""
    width = common.shape[1]
    own = parameters[[*range(width), width + label, width + count + label]].astype(np.float32)
    terms = np.column_stack([common, np.ones_like(x), x - CENTRE]).astype(np.float32)
    level = terms @ own + x[:, None].astype(np.float32)
    # Doubt about the level of a rare cell raises its mean chance above that at the mode, and by it the totals; half the
    # variance times the curvature of the logistic takes that back.
    middle, doubt = level.mean(1, keepdims=True), level.var(1, keepdims=True)
    out: F32 = expit(level - 0.5 * doubt * (1 - 2 * expit(middle)))
    return out
