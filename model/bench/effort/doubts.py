"""`python -m model bench doubts`: wrong marks are planted among known ones; how many of the listed doubts are they?

All marks of the training part are known, 2 % of them (by default) are turned round, the head is fitted by folds, and
the list of `model.active.doubts` is compared with what was planted. Half of a list could also be mistakes of the data
set itself; they count as false alarms here, so the precision is a lower bound.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np

from model.active.doubts import WORTH_LISTING, Doubt, chances, doubts
from model.bench.effort.learner import Learner, Photographs, photographs
from model.storage.durable import write_json
from model.tern.fitting import folds_of

CUTS = (20, 50, 100, 200)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--dataset", choices=("voc20", "coco"), default="voc20")
    parser.add_argument("--cache", type=Path, default=Path("var/cache/features"))
    parser.add_argument("--wrong", type=float, default=0.02, help="share of marks turned round")
    parser.add_argument("--images", type=int, default=0, help="only so many pictures, drawn anew for each seed")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--json", type=Path)


def run(args: argparse.Namespace) -> int:
    """Plant, list, compare; print means over seeds."""
    data = photographs(args.dataset, args.data, args.cache)
    rows = [once(some(data, args.images, seed), args.wrong, seed) for seed in range(args.seeds)]
    report: dict[str, Any] = {k: float(np.nanmean([r[k] for r in rows])) for k in rows[0]}
    report |= {f"{k}_spread": float(np.nanstd([r[k] for r in rows])) for k in rows[0]}
    report |= {"dataset": args.dataset, "wrong": args.wrong, "seeds": args.seeds, "command": " ".join(sys.argv)}
    for key in rows[0]:
        print(f"{key:>24} {report[key]:10.3f} +- {report[key + '_spread']:.3f}")
    if args.json:
        write_json(args.json, report)
    return 0


def some(data: Photographs, images: int, seed: int) -> Photographs:
    """So many photographs, drawn at random; all of them for 0."""
    if not images:
        return data
    rows = np.random.default_rng([seed, images]).choice(len(data.truth), min(images, len(data.truth)), replace=False)
    return data.take(np.sort(rows))


def once(data: Photographs, share: float, seed: int) -> dict[str, float]:
    """Precision and recall of the list for one planting."""
    rng = np.random.default_rng(seed)
    planted = (rng.random(data.truth.shape) < share) & (data.truth != 0)
    marks = np.where(planted, -data.truth, data.truth).astype(np.int8)
    every = doubts(out_of_fold(data, marks, seed), marks, data.pooled)
    chance = chances(every, int(np.count_nonzero(marks)))
    chance = chance[chance >= WORTH_LISTING]
    report = judged(every[: len(chance)], planted, marks)
    report["expected_precision"] = float(chance.mean()) if len(chance) else float("nan")
    report["precision_uncut"] = judged(every, planted, marks)["precision"]
    report["listed_uncut"] = float(len(every))
    return report


def out_of_fold(data: Photographs, marks: np.ndarray, seed: int, folds: int = 5) -> np.ndarray:
    """Probabilities of all cells, each from a fit without that image's marks; a fit starts where the last one ended."""
    fold = folds_of(np.arange(len(marks)), seed, folds)
    result, learner = np.zeros(marks.shape), Learner(data, context=False)
    for number in range(folds):
        held = fold == number
        learner.refit(np.where(held[:, None], 0, marks).astype(np.int8), range(marks.shape[1]))
        result[held] = learner.probabilities[held]
    return result


def judged(found: list[Doubt], planted: np.ndarray, marks: np.ndarray) -> dict[str, float]:
    """Precision at several lengths of the list, and how many of the planted marks it holds, by their kind."""
    hits = np.array([planted[d.image, d.label] for d in found], dtype=bool)
    listed = np.zeros(planted.shape, dtype=bool)
    for doubt in found:
        listed[doubt.image, doubt.label] = True
    report = {f"precision_at_{k}": float(hits[:k].mean()) if len(hits) else float("nan") for k in CUTS}
    report |= {"precision": float(hits.mean()) if len(hits) else float("nan"), "listed": float(len(hits))}
    report |= {"planted": float(planted.sum()), "base_rate": float(planted[marks != 0].mean())}
    for word, value in (("present", 1), ("absent", -1)):
        kind = planted & (marks == value)
        report[f"recall_wrongly_{word}"] = float(listed[kind].mean()) if kind.any() else float("nan")
    return report
