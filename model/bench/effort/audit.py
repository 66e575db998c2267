"""`python -m model bench audit`: how often the intervals from blind audit answers hold the truth.

A model that knows a share of the marks scores the training part; audits are drawn again and again with the real
sampling, answered with the true labels, and every figure with its 90 % interval is compared with its value over all
cells. Several masks of known marks make several models, so that no figure rests on the luck of one.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from model.active.blind import draw
from model.bench.effort.learner import Learner, photographs
from model.bench.measure import facts
from model.metrics.imputation import ScoredCells
from model.metrics.interval import Estimate
from model.metrics.quality import Quality, estimate_quality, exact
from model.research.datasets.base import drop_labels
from model.storage.durable import write_json

FIGURES = ("positives", "precision", "recall", "calibration_error", "mean_average_precision", "average_precision")
MASKS = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dataset", choices=("voc20", "coco"), default="voc20")
    parser.add_argument("--cache", type=Path, default=Path("var/cache/features"))
    parser.add_argument("--known", type=float, nargs="+", default=[0.01, 0.1, 0.5])
    parser.add_argument("--questions", type=int, nargs="+", default=[100, 300, 1000, 3000])
    parser.add_argument("--seeds", type=int, default=60, help=f"audits of each kind, spread over {MASKS} masks")
    parser.add_argument("--json", type=Path)


def run(args: argparse.Namespace) -> int:
    """Draw, answer, estimate; print coverage."""
    data = photographs(args.dataset, args.data, args.cache)
    rows: list[dict[str, Any]] = []
    print("| known | questions | figure | truth | mean estimate | mean half width | intervals that hold the truth |")
    print("|---" * 7 + "|")
    for known in args.known:
        models = []
        for mask in range(MASKS):
            marks, learner = drop_labels(data.truth, known, mask), Learner(data)
            learner.refit(marks, range(marks.shape[1]))
            models.append((learner.probabilities, (marks == 0) & (data.truth != 0)))
        for questions in args.questions:
            for found in coverage(models, data.truth, questions, args.seeds):
                rows.append({"known": known, "questions": questions, **found})
                print(
                    f"| {known} | {questions} | {found['figure']} | {found['truth']:.3f} | {found['mean']:.3f} | "
                    f"{found['half']:.3f} | {100 * found['coverage']:.0f} % |",
                    flush=True,
                )
    if args.json:
        write_json(args.json, facts(vars(args), "cpu") | {"seeds": args.seeds, "rows": rows})
    return 0


def coverage(
    models: list[tuple[np.ndarray, np.ndarray]], truth: np.ndarray, questions: int, seeds: int
) -> list[dict[str, Any]]:
    """For each figure: its truth, mean estimate, mean half width, and the share of intervals that hold the truth.

    `models` are pairs of probabilities and eligible cells, both [N, C]; audits take turns among them.
    """
    exactly = [exact(cells_of(p, eligible, np.where(eligible, truth, 0))) for p, eligible in models]
    pairs: dict[str, list[tuple[Estimate, float]]] = {name: [] for name in FIGURES}
    for seed in range(seeds):
        p, eligible = models[seed % len(models)]
        asked = draw(p, eligible, questions, seed=seed)
        answers = np.zeros_like(truth)
        answers[asked.rows, asked.columns] = truth[asked.rows, asked.columns]
        found = estimate_quality(cells_of(p, eligible, answers), seed=seed)
        for name in FIGURES:
            pairs[name] += both(found, exactly[seed % len(models)], name)
    return [summary(name, found) for name, found in pairs.items()]


def cells_of(probabilities: np.ndarray, eligible: np.ndarray, answers: np.ndarray) -> ScoredCells:
    """Eligible cells with what was answered, all [N, C]."""
    rows, columns = np.nonzero(eligible)
    return ScoredCells(probabilities[rows, columns], columns, answers[rows, columns], eligible.shape[1])


def both(found: Quality, exactly: Quality, name: str) -> list[tuple[Estimate, float]]:
    """Pairs of estimate and truth of one figure; one pair a label that has positives for average precision."""
    estimated, true = getattr(found, name), getattr(exactly, name)
    if isinstance(true, Estimate):
        return [(estimated, true.value)]
    return [(e, t.value) for e, t in zip(estimated, true, strict=True) if np.isfinite(t.value)]


def summary(name: str, pairs: list[tuple[Estimate, float]]) -> dict[str, Any]:
    """Means over audits (and labels)."""
    return {
        "figure": name,
        "truth": float(np.mean([true for _, true in pairs])),
        "mean": float(np.nanmean([e.value for e, _ in pairs])),
        "half": float(np.nanmean([(e.high - e.low) / 2 for e, _ in pairs])),
        "coverage": float(np.mean([e.low <= true <= e.high for e, true in pairs])),
    }
