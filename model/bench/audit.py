"""`python -m model bench audit`: how often the intervals from blind audit answers hold the truth.

A model that knows 10 % of the marks scores the training part; audits are drawn again and again with the real sampling,
answered with the true labels, and every figure with its 90 % interval is compared with its value over all cells.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from model import audit
from model.bench.learner import Learner, photographs
from model.data import drop_labels
from model.runfiles import write_json

Figure = Callable[[audit.Answers], float]
FIGURES: dict[str, Figure] = {
    "positives": audit.total_positives,
    "precision_at_0.5": audit.precision_at(0.5),
    "recall_at_0.5": audit.recall_at(0.5),
    "calibration_error": audit.calibration_error,
    "pooled_average_precision": audit.pooled_average_precision,
    "map": audit.mean_average_precision,
}
REFLECTED = {"calibration_error"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dataset", choices=("voc20", "coco"), default="voc20")
    parser.add_argument("--cache", type=Path, default=Path("var/cache/features"))
    parser.add_argument("--questions", type=int, nargs="+", default=[300, 1000, 3000])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--json", type=Path)


def run(args: argparse.Namespace) -> int:
    """Draw, answer, estimate; print coverage."""
    data = photographs(args.dataset, args.data, args.cache)
    marks = drop_labels(data.truth, 0.1)
    learner = Learner(data)
    learner.refit(marks, range(marks.shape[1]))
    eligible = (marks == 0) & (data.truth != 0)
    report: dict[str, Any] = {"dataset": args.dataset, "seeds": args.seeds, "command": " ".join(sys.argv), "rows": []}
    for questions in args.questions:
        report["rows"] += coverage(learner.probabilities, eligible, data.truth, questions, args.seeds)
    print(
        "| questions | figure | truth | mean estimate | mean half width | intervals that hold the truth |\n"
        + "|---" * 6
        + "|"
    )
    for r in report["rows"]:
        print(
            f"| {r['questions']} | {r['figure']} | {r['truth']:.3f} | {r['mean']:.3f} | {r['half']:.3f} | "
            f"{100 * r['coverage']:.0f} % |"
        )
    if args.json:
        write_json(args.json, report)
    return 0


def everything(probabilities: np.ndarray, eligible: np.ndarray, truth: np.ndarray) -> audit.Answers:
    """All eligible cells as if each had been asked."""
    rows, columns = np.nonzero(eligible)
    p = probabilities[rows, columns]
    return audit.Answers(truth[rows, columns], np.ones(len(rows)), audit.strata(p), p, columns)


def coverage(
    probabilities: np.ndarray, eligible: np.ndarray, truth: np.ndarray, questions: int, seeds: int
) -> list[dict[str, Any]]:
    """For each figure: its truth, mean estimate, mean half width, and the share of intervals that hold the truth."""
    true = {name: figure(everything(probabilities, eligible, truth)) for name, figure in FIGURES.items()}
    found: dict[str, list[Any]] = {name: [] for name in FIGURES}
    for seed in range(seeds):
        asked = audit.draw(probabilities, eligible, questions, seed=seed)
        answers = audit.Answers(
            truth[asked.rows, asked.columns],
            asked.inclusion,
            asked.strata,
            probabilities[asked.rows, asked.columns],
            asked.columns,
        )
        for name, figure in FIGURES.items():
            found[name].append(audit.estimate(figure, answers, reflect=name in REFLECTED, seed=seed))
    return [
        {
            "questions": questions,
            "figure": name,
            "truth": true[name],
            "mean": float(np.mean([e.value for e in estimates])),
            "half": float(np.mean([(e.high - e.low) / 2 for e in estimates])),
            "coverage": float(np.mean([e.low <= true[name] <= e.high for e in estimates])),
        }
        for name, estimates in found.items()
    ]
