"""Figures of result.json: held-out quality with intervals, thresholds and expected positives by label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.calibrate import expected_calibration_error, expected_positives, thresholds
from model.metrics import average_precision
from model.runfiles import Run
from model.tern.weights import Weights

Floats = NDArray[np.float32]
BOOTSTRAPS = 100
LEAST_POSITIVES = 5
# Below so many known marks, or without a positive, a label still speaks mostly from its name; then it is learning.
LEARNING_POSITIVES, TRAINED_POSITIVES = 1, 10


@dataclass
class OutOfFold:
    """Known cells with logits from fits that did not see their picture's group; `image` counts manifest images."""

    image: NDArray[np.int64]
    label: NDArray[np.int64]
    value: NDArray[np.int8]
    logits: Floats


def report(run: Run, weights: Weights, held: OutOfFold, valid: NDArray[np.bool_]) -> dict[str, Any]:
    """The keys `metrics` and `labels` of result.json."""
    probability = weights.calibration.probability(held.logits, held.label)
    scores = np.load(run.folder / "scores.npy", mmap_mode="r")
    source = "out-of-fold"
    groups = run.groups
    judged = (held.image, held.label, held.value, probability, np.ones(len(probability), np.float32))
    if run.audit is not None and (run.audit != 0).any():
        source = "audit"
        image, label = np.nonzero((run.audit != 0) & valid[:, None])
        weight = np.ones(len(image), np.float32) if run.audit_weight is None else run.audit_weight[image, label]
        judged = (image, label, run.audit[image, label], np.asarray(scores)[label, image].astype(np.float32), weight)
    ap, low, high = intervals(judged, groups, len(run.labels), run.config.seed)
    overall = mean_interval(ap, low, high, judged, groups, len(run.labels), run.config.seed)
    present = judged[2] == 1
    metrics = {
        **overall,
        "n_heldout": len(present),
        "source": source,
        "ece": number(expected_calibration_error(judged[3], present, judged[4])) if len(present) else None,
    }
    labels = [
        label_report(run, weights, held, probability, scores, row, (ap, low, high)) for row in range(len(run.labels))
    ]
    return {"metrics": metrics, "labels": labels}


def label_report(
    run: Run,
    weights: Weights,
    held: OutOfFold,
    probability: Floats,
    scores: NDArray[np.float16],
    row: int,
    ap: tuple[Floats, Floats, Floats],
) -> dict[str, Any]:
    """One entry of `labels`."""
    mine = held.label == row
    marks = run.marks[:, row]
    positives = int((marks == 1).sum())
    up, down = thresholds(probability[mine], held.value[mine] == 1, run.config.wanted_precision)
    unknown = np.asarray(scores[row], np.float32)[marks == 0]
    expected, low, high = expected_positives(unknown, int((marks != 0).sum()), positives)
    stage = "trained" if positives >= TRAINED_POSITIVES else "learning" if positives >= LEARNING_POSITIVES else "name"
    return {
        "id": run.labels[row].id,
        "ap": number(ap[0][row]),
        "ap_low": number(ap[1][row]),
        "ap_high": number(ap[2][row]),
        "known": int((marks != 0).sum()),
        "positives": positives,
        "stage": "name" if run.config.level == "prior" else stage,
        "accept_present": up,
        "accept_absent": down,
        "expected_positives": round(expected, 2),
        "expected_low": round(low, 2),
        "expected_high": round(high, 2),
        "concepts": [[name, round(weight, 3)] for name, weight in weights.reading.concepts[row]],
    }


def number(value: Any) -> float | None:
    """A float for JSON, None for NaN."""
    return None if value is None or not np.isfinite(value) else round(float(value), 5)


def dense(judged: tuple[Any, ...], images: NDArray[np.int64], labels: int) -> tuple[Floats, NDArray[np.int8]]:
    """Scores and targets [n, C] of judged cells, rows = the pictures that occur."""
    unique, row = np.unique(images, return_inverse=True)
    scores, targets = np.zeros((len(unique), labels), np.float32), np.zeros((len(unique), labels), np.int8)
    scores[row, judged[1]], targets[row, judged[1]] = judged[3], judged[2]
    return scores, targets


def intervals(
    judged: tuple[Any, ...], groups: NDArray[np.int64], labels: int, seed: int
) -> tuple[Floats, Floats, Floats]:
    """AP by label with a 90 % bootstrap interval over groups of pictures; NaN below LEAST_POSITIVES positives."""
    nothing = np.full(labels, np.nan, np.float32)
    if not len(judged[0]):
        return nothing, nothing, nothing
    scores, targets = dense(judged, judged[0], labels)
    enough = (targets == 1).sum(0) >= LEAST_POSITIVES
    ap = np.where(enough, average_precision(scores, targets), np.nan)
    draws = bootstrap(scores, targets, groups[np.unique(judged[0])], seed)
    low, high = quantiles(draws)
    return ap.astype(np.float32), np.where(enough, low, np.nan), np.where(enough, high, np.nan)


def quantiles(draws: Floats) -> tuple[Floats, Floats]:
    """5 % and 95 % over draws [B, C], NaN where a label has none."""
    filled = np.where(np.isnan(draws).all(0), 0.0, draws)
    low, high = np.nanquantile(filled, [0.05, 0.95], axis=0)
    return low, high


def bootstrap(scores: Floats, targets: NDArray[np.int8], groups: NDArray[np.int64], seed: int) -> Floats:
    """AP of labels in resamples of whole groups, [B, C]."""
    rng = np.random.default_rng(seed)
    unique, group = np.unique(groups, return_inverse=True)
    order = np.argsort(group, kind="stable")
    members = np.split(order, np.searchsorted(group[order], np.arange(1, len(unique))))
    draws = []
    for _ in range(BOOTSTRAPS):
        rows = np.concatenate([members[g] for g in rng.integers(0, len(unique), len(unique))])
        draws.append(average_precision(scores[rows], targets[rows]))
    return np.stack(draws)


def mean_interval(
    ap: Floats, low: Floats, high: Floats, judged: tuple[Any, ...], groups: NDArray[np.int64], labels: int, seed: int
) -> dict[str, float | None]:
    """mAP over labels with enough positives, with an interval that treats labels as independent."""
    enough = ~np.isnan(ap)
    if not enough.any():
        return {"map": None, "map_low": None, "map_high": None}
    centre = float(ap[enough].mean())
    half = float(np.sqrt((((high - low)[enough] / 2) ** 2).sum()) / enough.sum())
    ends = max(0.0, centre - half), min(1.0, centre + half)
    return {"map": number(centre), "map_low": number(ends[0]), "map_high": number(ends[1])}
