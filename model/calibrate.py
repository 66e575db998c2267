"""From out-of-fold logits to probabilities that mean what they say, thresholds with evidence, and expected positives.

Platt scaling by label, labels sharing slope and offset where their own marks are few (the solver of `tern` with no
vector). At zero marks the shared values are the defaults below: fitted once on names-only scores of photographs, they
promise little.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import beta

from model.tern.solver import Penalty, Rows, solve, start

Floats = NDArray[np.float32]
PULL_SLOPE, PULL_OFFSET = 20.0, 3.0
# One-sided confidence of a threshold: the wanted precision must hold at the lower end of this interval.
CONFIDENCE = 0.9
LEAST_EVIDENCE = 8
INTERVAL = 0.9
BINS = 15
CEILING = 0.998
# Slope and offset of names alone, before any mark: fitted on photographs, then widened.
NAMES_SLOPE, NAMES_OFFSET = 1.0, -2.8


@dataclass
class Calibration:
    """Probability = sigmoid(slope_c x logit + offset_c). `shared` is (slope, offset) for labels without marks."""

    slope: Floats
    offset: Floats
    shared: tuple[float, float]

    def probability(self, logits: Floats, labels: NDArray[np.int64] | slice = slice(None)) -> Floats:
        """Calibrated probability of logits [..., C], or of cells [n] whose labels are given."""
        x = self.slope[labels] * logits + self.offset[labels]
        return np.clip(1 / (1 + np.exp(-np.clip(x, -30, 30))), 1 - CEILING, CEILING).astype(np.float32)


def names_calibration(labels: int) -> Calibration:
    """Probability of a standardised zero-shot score before any mark."""
    slope, offset = np.full(labels, NAMES_SLOPE, np.float32), np.full(labels, NAMES_OFFSET, np.float32)
    return Calibration(slope, offset, (NAMES_SLOPE, NAMES_OFFSET))


def calibrate(
    logits: Floats, labels: NDArray[np.int64], values: NDArray[np.int8], count: int, weight: Floats | None = None
) -> Calibration:
    """Fit to cells the scores of which are out of fold: logits [n], label [n], value [n] in {1, -1}, weight [n]."""
    weight = np.ones(len(logits), np.float32) if weight is None else weight
    order = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels, minlength=count)
    longest = max(int(sizes.max(initial=0)), 1)
    rows = np.zeros((3, count, longest), np.float32)
    place = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    rows[:, labels[order], place] = logits[order], values[order] == 1, weight[order]
    z, target, weights = torch.from_numpy(rows)
    penalty = Penalty(torch.ones(count), PULL_SLOPE, PULL_OFFSET, start_s=1.0, start_b=0.0)
    begin = start(count, 0, penalty)
    fitted = solve(Rows(torch.zeros(count, longest, 0), z, target, weights), penalty, begin)
    slope = np.maximum(fitted.s.numpy(), 0.05)
    return Calibration(slope, fitted.b.numpy(), (max(fitted.s0, 0.05), fitted.b0))


def expected_calibration_error(probability: Floats, present: NDArray[np.bool_], weight: Floats | None = None) -> float:
    """Mean gap between probability and frequency over bins of equal width, weighted by cells; 0 without cells."""
    weight = np.ones(len(probability), np.float64) if weight is None else weight.astype(np.float64)
    place = np.minimum((probability * BINS).astype(int), BINS - 1)
    total = np.bincount(place, weight, BINS)
    gap = np.bincount(place, weight * (present - probability), BINS)
    return float(np.abs(gap).sum() / max(total.sum(), 1e-12))


def lower_precision(right: NDArray[Any], chosen: NDArray[np.int64]) -> NDArray[np.float64]:
    """Lower end of a one-sided Clopper-Pearson interval of right / chosen."""
    low = beta.ppf(1 - CONFIDENCE, right, chosen - right + 1)
    return np.where(right > 0, low, 0.0)


def threshold(probability: Floats, right: NDArray[np.bool_], wanted: float) -> float | None:
    """The lowest probability from which on accepting is right with the wanted precision, or None if evidence is thin.

    Evidence: at least LEAST_EVIDENCE held-out cells above it, of which so many are right that the lower end of the
    interval reaches `wanted`.
    """
    order = np.argsort(-probability, kind="stable")
    p, hits = probability[order], np.cumsum(right[order])
    counts = np.arange(1, len(p) + 1)
    last_of_tie = np.append(p[1:] != p[:-1], True)
    good = (lower_precision(hits, counts) >= wanted) & (counts >= LEAST_EVIDENCE) & last_of_tie
    return float(p[np.flatnonzero(good)[-1]]) if good.any() else None


def thresholds(probability: Floats, present: NDArray[np.bool_], wanted: float) -> tuple[float | None, float | None]:
    """(accept as present from here up, accept as absent from here down) for one label's held-out cells."""
    up = threshold(probability, present, wanted)
    down = threshold(1 - probability, ~present, wanted)
    absent = None if down is None else 1 - down
    if up is not None and absent is not None and absent >= up:
        absent = float(np.nextafter(up, 0))
    return up, absent


def expected_positives(
    probability: Floats, known: int, known_positive: int, shared_spread: float = 0.5
) -> tuple[float, float, float]:
    """Positives among cells of unknown value: expectation and interval.

    Two doubts add up: chance (Poisson-binomial) and the level of the calibration itself, whose logit is uncertain by
    about 1 / sqrt(known cells' information), at most `shared_spread` times 3 when nothing is known.
    """
    p = probability[np.isfinite(probability)].astype(np.float64)
    mean = p.sum()
    chance = (p * (1 - p)).sum()
    information = known * max(known_positive, 0.5) / max(known, 1) * (1 - known_positive / max(known, 1)) + 0.5
    level = min(1.5, 1 / np.sqrt(information)) * 2 * shared_spread
    spread = 1.645 * np.sqrt(chance)
    logit = np.log(np.clip(p, 1e-6, 1)) - np.log(np.clip(1 - p, 1e-6, 1))
    shifted = [float((1 / (1 + np.exp(-(logit + sign * 1.645 * level)))).sum()) for sign in (-1, 1)]
    low = max(0.0, mean - np.hypot(spread, mean - shifted[0]))
    high = min(float(len(p)), mean + np.hypot(spread, shifted[1] - mean))
    return float(mean), float(low), float(high)
