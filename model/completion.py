"""What blind answers say of all cells: the cells nobody was asked about are filled in, again and again.

A few hundred answers are too few to weigh up a label of which three positives were drawn, and a stratum without any
answered positive would claim to have none. But every cell has a score, and given the score, whether a cell was asked
does not depend on its answer. So the answers teach how scores turn into truth,

    logit P(present) = x + f(x) + g (mean x of the label) + h log(rank in the label) + u_label + v_label x

of a cell with log odds x, with Gaussian priors around "the scores mean what they say". u and v are shared between
labels as far as the answers call for it: their spread is averaged over SPREADS by evidence. Then the parameters are
drawn from their posterior (Laplace), every cell that was not asked is drawn from its probability, and each figure is
computed over all cells. Value and interval are mean and quantiles over such draws: a superpopulation estimator
(Valliant, Dorfman, Royall 2000).
`python -m model bench audit` measures how often the intervals hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, solve_triangular
from scipy.special import expit, logit

from model.closing import CONFIDENCE, Estimate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

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
BINS = 10
THRESHOLD = 0.5


@dataclass(frozen=True)
class Cells:
    """All cells a figure stands for, each array [n].

    `probabilities` by the model that is judged, `labels` numbers below `count`, `values` the blind answers (1, -1;
    0 where nobody was asked or could say). `weight` [n] of answers corrects for what chose them besides the score:
    see `model.audit.relative`; 1 when questions were drawn by the score of the judged model.
    """

    probabilities: Floats
    labels: Ints
    values: NDArray[np.int8]
    count: int
    weight: Floats | None = None


def enough(cells: Cells) -> bool:
    """Whether there are answers enough for figures whose intervals hold, or half of all cells are answered."""
    answered = int(np.count_nonzero(cells.values))
    return answered > 0 and answered >= min(LEAST_ANSWERS, len(cells.values) / 2)


@dataclass(frozen=True)
class Bin:
    """One place of the reliability curve: mean probability of its cells, share present, answers it rests on."""

    probability: float
    present: Estimate
    answers: int


@dataclass(frozen=True)
class Standing:
    """Figures over all cells with their intervals; NaN where nothing was answered.

    `precision` and `recall` are at THRESHOLD, `average_precision` by label [count], NaN for labels without cells.
    """

    positives: Estimate
    precision: Estimate
    recall: Estimate
    calibration_error: Estimate
    mean_average_precision: Estimate
    average_precision: list[Estimate]
    curve: list[Bin]


@dataclass
class Fit:
    """Posterior of all parameters for one pair of spreads: mode, Cholesky factor of the curvature, evidence."""

    mode: Floats
    factor: Floats
    evidence: float


@dataclass
class Filled:
    """One label's cells in falling order of score: `rows` in Cells, `present` [n, draws], and whether `asked` [n]."""

    label: int
    rows: Ints
    present: NDArray[np.bool_]
    asked: NDArray[np.bool_]


def standing(cells: Cells, *, draws: int = DRAWS, seed: int = 0) -> Standing:
    """Estimate all figures of `cells`. Takes about a second for a million cells."""
    if not (cells.values != 0).any():
        return Standing(NOTHING, NOTHING, NOTHING, NOTHING, NOTHING, [NOTHING] * cells.count, [])
    tally = Tally(cells.count)
    for filled in completions(cells, draws, seed):
        tally.add(filled.label, cells.probabilities[filled.rows], filled.present, filled.asked)
    return tally.standing()


def exact(cells: Cells) -> Standing:
    """The figures of cells all of which were answered, for comparison."""
    tally = Tally(cells.count)
    for label in range(cells.count):
        mine = np.flatnonzero(cells.labels == label)
        mine = mine[np.argsort(-cells.probabilities[mine], kind="stable")]
        if len(mine):
            present = (cells.values[mine] > 0)[:, None]
            tally.add(label, cells.probabilities[mine], present, np.ones(len(mine), bool))
    return tally.standing()


@dataclass(frozen=True)
class Contest:
    """Mean average precision of two models over the same cells, and their difference, the first minus the second."""

    first: Estimate
    second: Estimate
    difference: Estimate


def contest(cells: Cells, other: Floats, *, draws: int = DRAWS, seed: int = 0) -> Contest:
    """Judge two models on the same filled-in truth, made from the mean of both models' scores so as to favour neither.

    `cells.probabilities` are those of the first model, `other` [n] those of the second.
    """
    both = (squashed(cells.probabilities) + squashed(other)) / 2
    truth = Cells(np.asarray(expit(both)), cells.labels, cells.values, cells.count, cells.weight)
    first, second = Tally(cells.count), Tally(cells.count)
    for filled in completions(truth, draws, seed):
        for tally, probabilities in ((first, cells.probabilities), (second, other)):
            p = probabilities[filled.rows]
            order = np.argsort(-p, kind="stable")
            tally.add(filled.label, p[order], filled.present[order], filled.asked[order])
    one, two = first.mean_average_precision(), second.mean_average_precision()
    return Contest(estimate(one), estimate(two), estimate(one - two))


def squashed(probabilities: Floats) -> Floats:
    """Log odds, with probabilities kept CLIP away from 0 and 1."""
    return np.asarray(logit(np.clip(np.asarray(probabilities, np.float64), CLIP, 1 - CLIP)))


def completions(cells: Cells, draws: int, seed: int) -> Iterator[Filled]:
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
            yield Filled(label, mine, present, asked)


def common_terms(x: Floats, labels: Ints, order: Ints, place: Ints) -> Floats:
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


def posterior(cells: Cells, x: Floats, common: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Draws of all parameters [7 + 2 C, draws]: common ones, levels of labels, slopes of labels."""
    asked = np.flatnonzero(cells.values != 0)
    weight = np.ones(len(asked)) if cells.weight is None else cells.weight[asked]
    rows, width = np.arange(len(asked)), common.shape[1]
    design = np.zeros((len(asked), width + 2 * cells.count))
    design[:, :width] = common[asked]
    design[rows, width + cells.labels[asked]] = 1
    design[rows, width + cells.count + cells.labels[asked]] = x[asked] - CENTRE
    present = (cells.values[asked] > 0).astype(np.float64)
    fits: list[Fit] = []
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


def laplace(design: Floats, offset: Floats, present: Floats, weight: Floats, precision: Floats, begin: Floats) -> Fit:
    """Mode and curvature of a logistic regression with Gaussian priors of these precisions around 0."""

    def objective(theta: Floats) -> float:
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
    return Fit(theta, factor, evidence)


def chances(x: Floats, common: Floats, parameters: Floats, label: int, count: int) -> NDArray[np.float32]:
    """Chance of "present" of one label's cells under each draw of the parameters, [n, draws]."""
    width = common.shape[1]
    own = parameters[[*range(width), width + label, width + count + label]].astype(np.float32)
    terms = np.column_stack([common, np.ones_like(x), x - CENTRE]).astype(np.float32)
    level = terms @ own + x[:, None].astype(np.float32)
    # Doubt about the level of a rare cell raises its mean chance above that at the mode, and by it the totals; half the
    # variance times the curvature of the logistic takes that back.
    middle, doubt = level.mean(1, keepdims=True), level.var(1, keepdims=True)
    out: NDArray[np.float32] = expit(level - 0.5 * doubt * (1 - 2 * expit(middle)))
    return out


class Tally:
    """Counts of each draw, label by label."""

    def __init__(self, count: int) -> None:
        self.ap: list[Floats | None] = [None] * count
        self.positives, self.hits, self.above = np.zeros(1), np.zeros(1), 0
        self.size, self.said, self.answers = np.zeros(BINS), np.zeros(BINS), np.zeros(BINS, np.int64)
        self.present = np.zeros((BINS, 1))

    def add(self, label: int, p: Floats, present: NDArray[np.bool_], asked: NDArray[np.bool_]) -> None:
        """Count one label: `p` [n] falling, `present` [n, draws]."""
        found = np.cumsum(present, axis=0, dtype=np.int32)
        total = found[-1]
        # Cells of equal score share the place of the last of them.
        last = np.searchsorted(-p, -p, side="right") - 1
        precision = found[last] / (last + 1)[:, None]
        with np.errstate(invalid="ignore"):
            self.ap[label] = (precision * present).sum(0) / np.where(total > 0, total, np.nan)
        above = int(np.searchsorted(-p, -THRESHOLD, side="right"))
        self.positives = self.positives + total
        self.hits = self.hits + (found[above - 1] if above else 0 * total)
        self.above += above
        place = bin_of(p)
        self.size += np.bincount(place, minlength=BINS)
        self.said += np.bincount(place, p, BINS)
        self.answers += np.bincount(place[asked], minlength=BINS)
        ends = np.searchsorted(-place, -np.arange(BINS), side="right")
        counted = np.concatenate([np.zeros((1, len(total)), np.int64), found])
        starts = np.append(ends[1:], 0)
        self.present = self.present + counted[ends] - counted[starts]

    def mean_average_precision(self) -> Floats:
        """Mean over labels, one value a draw."""
        scored = [ap for ap in self.ap if ap is not None]
        if not scored:
            return np.full(1, np.nan)
        labels = np.isfinite(scored).sum(0)
        return np.asarray(np.nansum(scored, axis=0) / np.where(labels > 0, labels, np.nan))

    def standing(self) -> Standing:
        """Means and quantiles over draws."""
        with np.errstate(invalid="ignore", divide="ignore"):
            precision = self.hits / self.above if self.above else np.full_like(self.hits, np.nan)
            recall = self.hits / self.positives
        return Standing(
            estimate(self.positives),
            estimate(precision),
            estimate(recall),
            self.calibration_error(),
            estimate(self.mean_average_precision()),
            [NOTHING if ap is None else estimate(ap) for ap in self.ap],
            [
                Bin(self.said[k] / self.size[k], estimate(self.present[k] / self.size[k]), int(self.answers[k]))
                for k in np.flatnonzero(self.size)
            ],
        )

    def calibration_error(self) -> Estimate:
        """Mean over cells of |share present - mean probability| by bins.

        Doubt makes every gap look larger than it is: the value is that of the mean gaps, and what a draw exceeds it by
        on average is taken from the lower end too.
        """
        gaps = (self.present - self.said[:, None]) / self.size.sum()
        drawn, plain = estimate(np.abs(gaps).sum(0)), float(np.abs(gaps.mean(1)).sum())
        return Estimate(plain, max(drawn.low - (drawn.value - plain), 0.0), drawn.high)


NOTHING = Estimate(float("nan"), float("nan"), float("nan"))


def bin_of(p: Floats) -> Ints:
    """Bin of equal width of each probability."""
    return np.minimum((p * BINS).astype(np.int64), BINS - 1)


def estimate(drawn: Floats) -> Estimate:
    """Mean and CONFIDENCE interval of draws, leaving out those without a value.

    Of few values that can occur the quantiles may both lie on one side of the mean: the interval then reaches to it.
    """
    kept = drawn[np.isfinite(drawn)]
    if not len(kept):
        return NOTHING
    low, high = np.quantile(kept, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    mean = float(kept.mean())
    return Estimate(mean, min(float(low), mean), max(float(high), mean))
