"""How good a version is, for its card: quality on cells it did not learn from, with intervals; thresholds by label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import SupportsFloat

import numpy as np

from model.active.blind import relative
from model.arrays import F16, F32, I8, I64, Bool
from model.metrics.imputation import ScoredCells, enough
from model.metrics.interval import Estimate
from model.metrics.quality import Quality, estimate_quality
from model.storage.card import LabelQuality, Metrics, Stage, unsaid_metrics
from model.storage.run import Run
from model.tern.calibrate import bounded, expected_calibration_error, thresholds
from model.tern.weights import Weights

BOOTSTRAPS = 100
LEAST_POSITIVES = 5
# Below so many known marks, or without a positive, a label still speaks mostly from its name; then it is learning.
LEARNING_POSITIVES, TRAINED_POSITIVES = 1, 10


@dataclass
class OutOfFold:
    """Cells with logits from fits that did not see their picture's group; `image` counts manifest images.

    `weight` is 1, or the inverse of the probability that the cell was asked about.
    """

    image: I64
    label: I64
    value: I8
    logits: F32
    weight: F32 | None = None

    @classmethod
    def of_audit(cls, run: Run, valid: Bool) -> OutOfFold | None:
        """The run's blind answers, logits still to be filled in; None if there are none."""
        if run.audit is None:
            return None
        image, label = np.nonzero((run.audit != 0) & valid[:, None])
        if not len(image):
            return None
        weight = np.ones(len(image), np.float32) if run.audit_weight is None else run.audit_weight[image, label]
        return cls(image, label, run.audit[image, label], np.zeros(len(image), np.float32), weight)

    @classmethod
    def nothing(cls) -> OutOfFold:
        """No cells."""
        empty = np.zeros(0, np.int64)
        return cls(empty, empty, empty.astype(np.int8), empty.astype(np.float32))

    def cells(self, chosen: Bool | slice) -> tuple[F32, I64, I8, F32]:
        """(logits, label, value, weight) of some cells."""
        return self.logits[chosen], self.label[chosen], self.value[chosen], self.weights()[chosen]

    def weights(self) -> F32:
        """Weight of each cell."""
        return np.ones(len(self.image), np.float32) if self.weight is None else self.weight


@dataclass
class Judged:
    """Calibrated logits by which a version is judged: of known marks, out of fold, and of audit answers if any."""

    held: OutOfFold
    audited: OutOfFold | None


def report(run: Run, weights: Weights, judged: Judged) -> tuple[Metrics, list[LabelQuality]]:
    """`metrics` and `labels` of the card."""
    scores = np.load(run.folder / "scores.npy", mmap_mode="r")
    blind = blind_cells(run, judged.audited, scores)
    if blind is not None and enough(blind):
        found = estimate_quality(blind, seed=run.config.seed)
        metrics, ap = audit_metrics(found, int(np.count_nonzero(blind.values))), as_arrays(found.average_precision)
    else:
        ap = intervals(judged.held, run.groups, len(run.labels), run.config.seed)
        metrics = heldout_metrics(judged.held, ap)
    labels = [label_report(run, weights, judged, row, ap) for row in range(len(run.labels))]
    return metrics, labels


def blind_cells(run: Run, audited: OutOfFold | None, scores: F16) -> ScoredCells | None:
    """All scored cells no mark is known of, with the blind answers; None without answers.

    Answered cells have the probability of a calibration that did not see their answer.
    """
    if audited is None:
        return None
    p, values = scores.T.astype(np.float64), np.zeros(run.marks.shape, np.int8)
    stands_for = np.ones(run.marks.shape)
    cells = audited.image, audited.label
    p[cells], values[cells] = bounded(audited.logits), audited.value
    stands_for[cells] = relative(audited.weights(), p[cells])
    image, label = np.nonzero((run.marks == 0) & np.isfinite(p))
    return ScoredCells(p[image, label], label, values[image, label], len(run.labels), stands_for[image, label])


def audit_metrics(found: Quality, answers: int) -> Metrics:
    """`metrics` from blind answers: they speak of all cells that are still unknown."""
    area, error = found.mean_average_precision, found.calibration_error
    return {
        "map": number(area.value),
        "map_low": number(area.low),
        "map_high": number(area.high),
        "n_heldout": answers,
        "source": "audit",
        "ece": number(error.value),
        "ece_low": number(error.low),
        "ece_high": number(error.high),
        "curve": [
            {
                "probability": rounded(one.probability),
                "present": rounded(one.present.value),
                "low": rounded(one.present.low),
                "high": rounded(one.present.high),
                "answers": one.answers,
            }
            for one in found.curve
            if one.answers
        ],
    }


def heldout_metrics(held: OutOfFold, ap: tuple[F32, F32, F32]) -> Metrics:
    """`metrics` from known marks, scored by fits without their images: as fair as the choice of what was marked."""
    present = held.value == 1
    error = expected_calibration_error(bounded(held.logits), present, held.weights()) if len(present) else None
    metrics = unsaid_metrics()
    metrics["map"], metrics["map_low"], metrics["map_high"] = mean_interval(*ap)
    metrics |= {"n_heldout": len(present), "source": "out-of-fold", "ece": number(error)}
    return metrics


def as_arrays(estimates: list[Estimate]) -> tuple[F32, F32, F32]:
    """Values, lower and upper ends."""
    value, low, high = np.array([(one.value, one.low, one.high) for one in estimates], np.float32).reshape(-1, 3).T
    return value, low, high


def label_report(
    run: Run,
    weights: Weights,
    judged: Judged,
    row: int,
    ap: tuple[F32, F32, F32],
) -> LabelQuality:
    """One entry of `labels`."""
    mine = judged.held.label == row
    marks = run.marks[:, row]
    positives = int((marks == 1).sum())
    probability, present = bounded(judged.held.logits[mine]), judged.held.value[mine] == 1
    up, down = thresholds(probability, present, run.config.wanted_precision)
    return {
        "id": run.labels[row].id,
        "ap": number(ap[0][row]),
        "ap_low": number(ap[1][row]),
        "ap_high": number(ap[2][row]),
        "known": int((marks != 0).sum()),
        "positives": positives,
        "stage": "name" if run.config.level == "prior" else stage_of(positives),
        "accept_present": up,
        "accept_absent": down,
        "concepts": [[name, round(weight, 3)] for name, weight in weights.reading.concepts[row]],
    }


def stage_of(positives: int) -> Stage:
    """How far a label is that was trained with so many positives."""
    if positives < LEARNING_POSITIVES:
        return "name"
    return "learning" if positives < TRAINED_POSITIVES else "trained"


def number(value: SupportsFloat | None) -> float | None:
    """A float for JSON, None for NaN."""
    return None if value is None or not np.isfinite(float(value)) else rounded(value)


def rounded(value: SupportsFloat) -> float:
    """A float for JSON."""
    return round(float(value), 5)


def intervals(cells: OutOfFold, groups: I64, labels: int, seed: int) -> tuple[F32, F32, F32]:
    """AP by label with a 90 % interval by Poisson bootstrap over groups; NaN below LEAST_POSITIVES positives."""
    out = np.full((3, labels), np.nan, np.float32)
    unique, group = np.unique(groups[cells.image], return_inverse=True)
    draws = np.random.default_rng(seed).poisson(1, (BOOTSTRAPS + 1, len(unique))).astype(np.float32)
    draws[0] = 1
    order = np.lexsort((-cells.logits, cells.label))
    ends = np.searchsorted(cells.label[order], np.arange(labels + 1))
    for label in range(labels):
        mine = order[ends[label] : ends[label + 1]]
        present = cells.value[mine] == 1
        if present.sum() >= LEAST_POSITIVES:
            ap = weighted_ap(cells.logits[mine], present, draws[:, group[mine]] * cells.weights()[mine])
            out[0, label] = ap[0]
            out[1:, label] = np.nanquantile(ap[1:], [0.05, 0.95])
    return out[0], out[1], out[2]


def weighted_ap(ordered: F32, present: Bool, weight: F32) -> F32:
    """Plain AP of cells by descending score, once for each row of weights [B, n]; ties share a threshold."""
    last = np.searchsorted(-ordered, -ordered[present], side="right") - 1
    seen = np.cumsum(weight, 1)[:, last]
    hits = np.cumsum(weight * present, 1)[:, last]
    positive = weight[:, present]
    precision = hits / np.maximum(seen, 1e-9)
    total = positive.sum(1)
    out: F32 = np.where(total > 0, (positive * precision).sum(1) / np.maximum(total, 1e-9), np.nan)
    return out


def mean_interval(ap: F32, low: F32, high: F32) -> tuple[float | None, float | None, float | None]:
    """mAP over labels with enough positives, with an interval that treats labels as independent."""
    enough = ~np.isnan(ap)
    if not enough.any():
        return None, None, None
    centre = float(ap[enough].mean())
    half = float(np.sqrt((((high - low)[enough] / 2) ** 2).sum()) / enough.sum())
    ends = max(0.0, centre - half), min(1.0, centre + half)
    return number(centre), number(ends[0]), number(ends[1])
