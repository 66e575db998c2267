"""From out-of-fold logits to probabilities that mean what they say, thresholds with evidence, and expected positives.

Platt scaling by label, labels sharing slope and offset where their own marks are few (the solver of `tern` with no
vector). At zero marks the shared values are the defaults below: fitted once on names-only scores of photographs, they
promise little.

Known marks are assumed to be chosen by what the model sees (its scores, or at random), not by what is true: then
out-of-fold marks calibrate the scores wherever marks were made. Where people only mark what they find, that fails and
says too much. Blind audit answers, weighted by the inverse of their sampling probability, do not depend on it: they
correct slope and offset once more (`with_audit`), the more the more of them there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import beta

from model.arrays import F32, F64, I8, I64, Bool
from model.metrics.interval import CONFIDENCE, LEAST_EVIDENCE
from model.tern.solver import Penalty, Rows, solve, start, uncertainty

PULL_SLOPE, PULL_OFFSET = 20.0, 3.0
BINS = 15
# No probability is published below or above these: half precision knows no number between 0.9995 and 1, but thousands
# of unlikely cells are told apart, because what they hide together is what closing a label misses.
FLOOR, CEILING = 1e-4, 0.998
# Slope of names alone, before any mark, and the doubt about offset and slope, widened from photographs.
NAMES_SLOPE, NAMES_VARIANCE = 1.0, (1.5, 0.1)
# Positives a picture expected of C labels, EXPECTED sqrt(C): 1.5 for 20 and 3.0 for 80; the training parts of two data
# sets have 1.4 and 3.7. Few labels are promised no more than MOST_COMMON each.
EXPECTED, MOST_COMMON = 1 / 3, 0.2


@dataclass
class Calibration:
    """Probability = sigmoid(slope_c x logit + offset_c). `shared` is (slope, offset) for labels without marks.

    `covariance` [C, 2, 2] is that of each label's (offset, slope).
    """

    slope: F32
    offset: F32
    shared: tuple[float, float]
    covariance: F32

    def level(self, logits: F32, labels: I64 | slice = slice(None)) -> F32:
        """Calibrated logits of logits [..., C], or of cells [n] whose labels are given."""
        out: F32 = (self.slope[labels] * logits + self.offset[labels]).astype(np.float32)
        return out

    def probability(self, logits: F32, labels: I64 | slice = slice(None)) -> F32:
        """Calibrated probability of logits [..., C], or of cells [n] whose labels are given."""
        return bounded(self.level(logits, labels))


def bounded(level: F32) -> F32:
    """Probability of calibrated logits, never nearer to 0 or 1 than evidence can be."""
    return np.clip(1 / (1 + np.exp(-np.clip(level, -30, 30))), FLOOR, CEILING).astype(np.float32)


def names_offset(labels: int) -> float:
    """Level of standard normal scores at which `labels` labels expect as many positives as pictures usually show.

    The mean of sigmoid(x + b) over standard normal x is about sigmoid(b / sqrt(1 + pi / 8)) (MacKay 1992).
    """
    share = min(EXPECTED / np.sqrt(max(labels, 1)), MOST_COMMON)
    return float(np.log(share / (1 - share)) * np.sqrt(1 + np.pi / 8))


def names_calibration(labels: int) -> Calibration:
    """Probability of a standardised zero-shot score before any mark."""
    level = names_offset(labels)
    slope, offset = np.full(labels, NAMES_SLOPE, np.float32), np.full(labels, level, np.float32)
    doubt = np.tile(np.diag(NAMES_VARIANCE).astype(np.float32), (labels, 1, 1))
    return Calibration(slope, offset, (NAMES_SLOPE, level), doubt)


def calibrate(logits: F32, labels: I64, values: I8, count: int, weight: F32 | None = None) -> Calibration:
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
    spread = uncertainty(penalty, fitted).numpy() if count else np.zeros((0, 2, 2), np.float32)
    return Calibration(slope, fitted.b.numpy(), (max(fitted.s0, 0.05), fitted.b0), spread)


def with_audit(
    first: Calibration,
    logits: F32,
    labels: I64,
    values: I8,
    weight: F32,
) -> Calibration:
    """`first` corrected by blind answers: logits [n] of cells that were not fitted, weight = 1 / sampling probability.

    Few answers leave `first` as it is, because the second slope and offset are held to 1 and 0. Weights are scaled to
    the effective number of answers.
    """
    scaled = (weight * weight.sum() / np.maximum((weight**2).sum(), 1e-12)).astype(np.float32)
    second = calibrate(first.level(logits, labels), labels, values, len(first.slope), scaled)
    turn = np.zeros((len(first.slope), 2, 2), np.float32)
    turn[:, 0, 0], turn[:, 1, 0], turn[:, 1, 1] = 1, first.offset, first.slope
    return Calibration(
        second.slope * first.slope,
        second.slope * first.offset + second.offset,
        (second.shared[0] * first.shared[0], second.shared[0] * first.shared[1] + second.shared[1]),
        (turn.transpose(0, 2, 1) @ second.covariance @ turn).astype(np.float32),
    )


def expected_calibration_error(probability: F32, present: Bool, weight: F32 | None = None) -> float:
    """Mean gap between probability and frequency over bins of equal width, weighted by cells; 0 without cells."""
    weight = np.ones(len(probability), np.float64) if weight is None else weight.astype(np.float64)
    place = np.minimum((probability * BINS).astype(int), BINS - 1)
    total = np.bincount(place, weight, BINS)
    gap = np.bincount(place, weight * (present - probability), BINS)
    return float(np.abs(gap).sum() / max(total.sum(), 1e-12))


def lower_precision(right: NDArray[Any], chosen: I64) -> F64:
    """Lower end of a one-sided Clopper-Pearson interval of right / chosen."""
    low = beta.ppf(1 - CONFIDENCE, right, chosen - right + 1)
    return np.where(right > 0, low, 0.0)


def threshold(probability: F32, right: Bool, wanted: float) -> float | None:
    """The lowest probability from which on accepting is right with the wanted precision, or None if evidence is thin.

    Evidence: at least LEAST_EVIDENCE held-out cells above it, of which so many are right that the lower end of the
    interval reaches `wanted`.
    """
    order = np.argsort(-probability, kind="stable")
    p, hits = probability[order], np.cumsum(right[order])
    counts = np.arange(1, len(p) + 1)
    last_of_tie = np.append(p[1:] != p[:-1], True)
    # The lower end of the interval is below the share itself, so most places need no interval.
    likely = np.flatnonzero(last_of_tie & (counts >= LEAST_EVIDENCE) & (hits >= wanted * counts))
    good = likely[lower_precision(hits[likely], counts[likely]) >= wanted]
    return float(p[good[-1]]) if len(good) else None


def thresholds(probability: F32, present: Bool, wanted: float) -> tuple[float | None, float | None]:
    """(accept as present from here up, accept as absent from here down) for one label's held-out cells."""
    up = threshold(probability, present, wanted)
    down = threshold(1 - probability, ~present, wanted)
    absent = None if down is None else 1 - down
    if up is not None and absent is not None and absent >= up:
        absent = float(np.nextafter(up, 0))
    return up, absent
