"""Figures of merit for multi-label scores whose targets may be partly unknown.

Conventions: `scores` [N, C] are finite reals (higher means more likely present), `targets` [N, C] hold 1 present,
-1 absent, 0 unknown; unknown entries never count, neither as a hit nor as a miss. All figures are fractions in
[0, 1]; a figure that is not defined is NaN.

Empty classes (no known positive) have no average precision and no recall. The policy is explicit:
`skip` leaves them out of class means, `zero` counts them as 0, `nan` lets them make the mean NaN, as the published
evaluation does.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from model.arrays import F64, I8, I64

Empty = Literal["skip", "zero", "nan"]


def _checked(scores: ArrayLike, targets: ArrayLike) -> tuple[F64, I8]:
    """Both as arrays [N, C]; a vector counts as one class."""
    s, raw = np.asarray(scores, dtype=np.float64), np.asarray(targets)
    s, raw = (s[:, None], raw[:, None]) if s.ndim == 1 else (s, raw)
    if s.shape != raw.shape or s.ndim != 2:
        raise ValueError(f"scores {s.shape} and targets {raw.shape} must both be [images, labels]")
    if np.isnan(s).any():
        raise ValueError("scores hold NaN; average precision needs an order. Look for the model that made them")
    return s, np.sign(raw).astype(np.int8)


def average_precision(scores: ArrayLike, targets: ArrayLike, interpolated: bool = False) -> F64:
    """Average precision per class [C]; NaN where a class has no known positive.

    Plain: sum of precision times gain in recall over distinct thresholds, as scikit-learn does; tied scores share
    one threshold, so the order of images does not matter. Interpolated: precision is first replaced by the highest
    precision at any later threshold (PASCAL VOC 2010 and later, all points), the paper's headline figure.
    """
    s, y = _checked(scores, targets)
    if not len(s):
        return np.full(s.shape[1], np.nan)
    order = np.argsort(-s, axis=0, kind="stable")
    s, y = np.take_along_axis(s, order, 0), np.take_along_axis(y, order, 0)
    hits, seen = np.cumsum(y == 1, axis=0), np.cumsum(y != 0, axis=0)
    precision = np.take_along_axis(hits / np.maximum(seen, 1), _last_of_ties(s), 0)
    if interpolated:
        precision = np.maximum.accumulate(precision[::-1], axis=0)[::-1]
    total = hits[-1].astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, (precision * (y == 1)).sum(0) / total, np.nan)


def _last_of_ties(ordered: F64) -> I64:
    """For each row of descending columns, the last row that holds the same value."""
    n = len(ordered)
    rows = np.broadcast_to(np.arange(n)[:, None], ordered.shape)
    ends = np.ones(ordered.shape, dtype=bool)
    ends[:-1] = ordered[:-1] != ordered[1:]
    return np.minimum.accumulate(np.where(ends, rows, n - 1)[::-1], axis=0)[::-1]


def class_mean(values: ArrayLike, empty: Empty = "skip") -> float:
    """Mean over classes, NaN meaning "not defined for this class"; NaN when no class is left."""
    v = np.asarray(values, dtype=np.float64)
    if empty == "zero":
        v = np.nan_to_num(v, nan=0.0)
    elif empty == "skip":
        v = v[~np.isnan(v)]
    elif empty != "nan":
        raise ValueError(f"empty must be skip, zero or nan, not {empty!r}")
    return float(v.mean()) if v.size else float("nan")


def mean_average_precision(
    scores: ArrayLike, targets: ArrayLike, interpolated: bool = False, empty: Empty = "skip", least_positives: int = 1
) -> float:
    """mAP in either definition; classes with fewer than `least_positives` known positives count as empty."""
    ap = average_precision(scores, targets, interpolated)
    positives = (_checked(scores, targets)[1] == 1).sum(0)
    return class_mean(np.where(positives >= least_positives, ap, np.nan), empty)


def precision_recall(
    scores: ArrayLike, targets: ArrayLike, threshold: float = 0.0, top: int | None = None, empty: Empty = "skip"
) -> dict[str, float]:
    """OP, OR, OF1 over all entries and CP, CR, CF1 over class means (paper eq. 17-19).

    An entry is predicted present when its score is at least `threshold` (0 for logits) and, with `top`, when it is
    among the `top` highest of its image. A class never predicted has precision 0; a class without known positives
    has no recall (see `empty`), and with `skip` no part in CP either.
    """
    s, y = _checked(scores, targets)
    chosen = s >= threshold
    if top is not None:
        best = np.argsort(-s, axis=1, kind="stable")[:, :top]
        among = np.zeros_like(chosen)
        np.put_along_axis(among, best, True, axis=1)
        chosen &= among
    right = (chosen & (y == 1)).sum(0).astype(np.float64)
    predicted = (chosen & (y != 0)).sum(0).astype(np.float64)
    present = (y == 1).sum(0).astype(np.float64)
    recall = np.divide(right, present, out=np.full_like(right, np.nan), where=present > 0)
    precision = right / np.maximum(predicted, 1)
    if empty == "skip":
        precision = np.where(present > 0, precision, np.nan)
    overall = _ratio(right.sum(), predicted.sum()), _ratio(right.sum(), present.sum())
    by_class = class_mean(precision, empty), class_mean(recall, empty)
    return {
        "OP": overall[0],
        "OR": overall[1],
        "OF1": harmonic_mean(*overall),
        "CP": by_class[0],
        "CR": by_class[1],
        "CF1": harmonic_mean(*by_class),
    }


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else 0.0


def harmonic_mean(a: float, b: float) -> float:
    """F1 of a precision and a recall; 0 when both are 0."""
    return 2 * a * b / (a + b) if a + b != 0 else 0.0


def summary(scores: ArrayLike, targets: ArrayLike, threshold: float = 0.0, empty: Empty = "skip") -> dict[str, float]:
    """Everything a table row needs: mAP (plain), mAP_interpolated, OP … CF1, and the same of the top three."""
    row = {
        "mAP": mean_average_precision(scores, targets, False, empty),
        "mAP_interpolated": mean_average_precision(scores, targets, True, empty),
    }
    row |= precision_recall(scores, targets, threshold, None, empty)
    return row | {f"{k}_top3": v for k, v in precision_recall(scores, targets, threshold, 3, empty).items()}
