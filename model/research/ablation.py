"""`python -m model evaluate --data DIR --dataset voc20`: what each part of tern is worth on real photographs.

Prints mean and spread over seeds of the label mask of mAP on the test part: plain average precision, entries marked
'difficult' ignored, classes with more than 4 test positives. Penalty, blending and trust in names are chosen by
out-of-fold loss on known training marks; the test part is only scored. `shuffled` gives tern names in a wrong order.
With `--results DIR` every cell (method, proportion, seed) is kept, and a second call only computes what is missing.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from model.arrays import F16, F32, I8, I64, Bool
from model.metrics.average_precision import average_precision
from model.research.splits import SPLITS, Dataset, read_dataset
from model.storage.durable import write_json
from model.tern.blend import Cells, cells_to_blend
from model.tern.calibrate import calibrate, expected_calibration_error, names_calibration
from model.tern.features import Pictures, plain_vectors, quadrants, raw_zero_shot, settle, split
from model.tern.fitting import BLEND_SHARE, GRID, NAMED, Choices, Problem, choose, fit, folds_of, out_of_fold
from model.training.extract import extract, look_closer
from model.training.work import Work

LEAST_TEST_POSITIVES = 5
FORMAT = 5
PROTOCOL = (
    "plain average precision, entries marked 'difficult' ignored, classes with more than 4 test positives; "
    "choices by out-of-fold loss on known training marks"
)
# `names-whole` and `prior-whole` score whole pictures by name (docs/method.md); the others every position.
METHODS = (
    "names-whole", "names", "probe", "prior-whole", "prior", "attention", "ilrb", "plrb", "tern", "shuffled",
    "names-deep", "prior-deep", "tern-deep",
)  # fmt: skip
# These see pictures at two sizes, as the level `deep` does.
CLOSER = {"names-deep", "prior-deep", "tern-deep"}
CHOOSING = {"tern", "shuffled", "tern-deep"}
POOLED = {"probe", "prior", "prior-whole", "prior-deep"}
BLENDED = [replace(choice, blend=BLEND_SHARE) for choice in NAMED]
GRIDS: dict[str, list[Choices]] = {
    "probe": NAMED,
    "prior-whole": NAMED,
    "prior": NAMED,
    "prior-deep": NAMED,
    "attention": NAMED,
    "ilrb": [replace(choice, plrb=False) for choice in BLENDED],
    "plrb": BLENDED,
    "tern": GRID,
    "tern-deep": GRID,
    "shuffled": GRID,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Data, draws, proportions of known labels, seeds, methods."""
    parser.add_argument("--data", type=Path, required=True, help="folder that holds photos/")
    parser.add_argument("--dataset", choices=("voc20", "coco"), default="voc20")
    parser.add_argument("--split", choices=SPLITS, default="given", help="which photographs train and which test")
    parser.add_argument("--known", type=float, nargs="+", default=[0.1], help="proportions of training labels known")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--backbone", default="tf_efficientnet_lite0")
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--weights", type=Path, default=None, help="weights file of the backbone (default: packaged)")
    parser.add_argument("--cache-dir", type=Path, default=Path("var/features"), help="folder of the feature cache")
    parser.add_argument("--results", type=Path, default=None, help="folder that keeps every measured cell")
    parser.add_argument("--json", type=Path, default=None, help="also write the figures here")


def run(args: argparse.Namespace) -> int:
    """Measure and print one row a method."""
    data = read_dataset(args.data, args.dataset, args.backbone, args.size, args.cache_dir, args.weights)
    lab = Laboratory(data)
    print(f"{args.dataset}, split {args.split}; {args.backbone} at {args.size} px; {PROTOCOL}")
    rows: list[dict[str, Any]] = []
    for known in args.known:
        for method in args.methods:
            cells = [kept_cell(args, lab, method, known, seed) for seed in range(args.seeds)]
            row = summarise(method, known, cells)
            rows.append(row)
            print(f"known {known:<5g} {method:<10} mAP {row['map']:5.1f} +- {row['map_spread']:3.1f}   "
                  f"test ECE {row['ece']:.3f}   {row['seconds']:.1f} s", flush=True)  # fmt: skip
    if args.json:
        about = {"command": sys.argv[1:], "machine": platform.platform(), "protocol": PROTOCOL, "rows": rows}
        names = [label.name for label in data.run.labels]
        write_json(args.json, {"dataset": args.dataset, "split": args.split, "labels": names, **about})
    return 0


def kept_cell(args: argparse.Namespace, lab: Laboratory, method: str, known: float, seed: int) -> dict[str, Any]:
    """One measured cell, from the results folder when it is there."""
    trunk = f"{args.backbone}-{args.size}" + (f"-{args.weights.stem}" if args.weights else "")
    name = f"{FORMAT}-{args.dataset}-{args.split}-{trunk}-{method}-{known:g}-{seed}.json"
    path = args.results / name if args.results else None
    if path is not None and path.exists():
        kept: dict[str, Any] = json.loads(path.read_text())
        return kept
    cell = lab.measure(args.split, method, known, seed)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, cell)
    return cell


def summarise(method: str, known: float, cells: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean and spread over seeds."""
    maps = 100 * np.array([cell["map"] for cell in cells])
    aps = np.array([[np.nan if ap is None else ap for ap in cell["ap"]] for cell in cells])
    mean = [None if np.isnan(column).all() else round(float(np.nanmean(column)), 4) for column in aps.T]
    return {
        "method": method,
        "known": known,
        "map": float(maps.mean()),
        "map_spread": float(maps.std()),
        "ece": float(np.mean([cell["ece"] for cell in cells])),
        "seeds": len(cells),
        "seconds": float(np.mean([cell["seconds"] for cell in cells])),
        "ap": mean,
    }


@dataclass
class Features:
    """All cells of a data set under one naming: category vectors [N, C, K], quadrant of the peak and z [N, C].

    `whole` [N, C] is z of whole pictures, without a look at their positions; `plain` [N, K] are pooled vectors.
    """

    vectors: F16
    quadrant: I8
    z: F32
    whole: F32
    plain: F32

    def cells(self, image: I64, label: I64, marks: I8) -> Cells:
        """Features of some cells."""
        x = self.vectors[image, label].astype(np.float32)
        return Cells(image, label, x, self.z[image, label], self.quadrant[image, label], marks[image, label])


class Laboratory:
    """Features of a data set, made once, on which cells are measured."""

    def __init__(self, data: Dataset) -> None:
        self.data, self.work = data, Work.alone(data.run)
        extract(self.work)
        self.views: dict[tuple[tuple[int, ...], bool], Features] = {}

    def pictures(self, closer: bool) -> tuple[Pictures, F32]:
        """All pictures and their basis, as they are or (`closer`) at two sizes, as a `deep` version sees them."""
        if closer:
            look_closer(self.work, lambda done, total: None)
        return self.work.pictures(None, closer)

    def view(self, order: tuple[int, ...], closer: bool = False) -> Features:
        """Features with the names in some order; the last two are kept."""
        if (order, closer) not in self.views:
            pictures, basis = self.pictures(closer)
            names = [self.data.run.labels[i].names for i in order]
            prior = self.work.prior
            reading = prior.read(names)
            raw = raw_zero_shot(pictures.evidence, prior, reading)
            lens = settle(pictures.sample(), raw, reading, basis)
            grid = self.work.cache.grid
            vectors, places = [], []
            for part in split(pictures.reduced(np.arange(len(pictures)))):
                maps = torch.from_numpy(part)
                vectors.append(lens.vectors(maps).numpy().astype(np.float16))
                places.append(quadrants(lens.attention(maps), grid))
            self.views = dict([*self.views.items()][-1:])
            spot = prior.evidence(pictures.pooled[:, None]).astype(np.float16)
            raw_whole = raw_zero_shot(spot, prior, reading)[1:]
            whole = settle(pictures.sample(), raw_whole, reading, basis).zero_shot(raw_whole)
            even = plain_vectors(pictures, np.arange(len(pictures)), pictures.centre())
            self.views[order, closer] = Features(
                np.concatenate(vectors), np.concatenate(places), lens.zero_shot(raw), whole, even
            )
        return self.views[order, closer]

    def measure(self, division: str, method: str, known: float, seed: int) -> dict[str, Any]:
        """mAP, AP by class, expected calibration error on the test part, and what was chosen."""
        began = time.monotonic()
        training, test = self.data.training(division, seed)
        labels = self.data.truth.shape[1]
        order = np.random.default_rng(seed).permutation(labels) if method == "shuffled" else np.arange(labels)
        view = self.view(tuple(order.tolist()), method in CLOSER)
        keep = np.random.RandomState(seed).random_sample((int(training.sum()), labels)) < known
        marks = np.zeros_like(self.data.truth)
        marks[training] = np.where(keep, self.data.truth[training], 0)
        z = view.whole if method.endswith("-whole") else view.z * (method != "probe")
        even = np.repeat(view.plain[:, None], labels, 1).astype(np.float16)
        view = replace(view, vectors=even if method in POOLED else view.vectors, z=z)
        held, logits, chosen = (
            (z[marks != 0], z, []) if method.startswith("names") else self.learnt(view, marks, training, method, seed)
        )
        image, label = np.nonzero(marks)
        calibration = calibrate(held, label, marks[image, label], labels) if len(image) else names_calibration(labels)
        targets = self.data.truth[test]
        ap = average_precision(logits[test], targets)
        enough = (targets == 1).sum(0) >= LEAST_TEST_POSITIVES
        cell = targets != 0
        error = expected_calibration_error(calibration.probability(logits[test])[cell], targets[cell] == 1)
        return {
            "map": float(ap[enough].mean()),
            "ap": [float(value) if ok else None for value, ok in zip(ap, enough, strict=True)],
            "ece": error,
            "seconds": round(time.monotonic() - began, 2),
            "choices": [choice.as_dict() for choice in chosen],
        }

    def learnt(
        self, view: Features, marks: I8, training: Bool, method: str, seed: int
    ) -> tuple[F32, F32, list[Choices]]:
        """Out-of-fold logits of known cells, logits of all cells, and each label's choice."""
        pictures = np.flatnonzero(training)
        image, label = cells_to_blend(marks[pictures], np.random.default_rng(seed))
        shown, named = np.nonzero(marks)
        known, unknown = view.cells(shown, named, marks), view.cells(pictures[image], label, marks)
        problem = Problem(known, unknown, marks.shape[1], folds_of(self.data.run.groups, seed)[known.image], seed)
        if method in CHOOSING:
            problem.plain, problem.plain_unknown = view.plain[known.image], view.plain[unknown.image]
        choices = choose(problem, lambda: None, GRIDS[method], method in CHOOSING).labels
        solution = fit(problem, choices)
        held = out_of_fold(problem, choices, solution)
        w, b, s = (part.numpy() for part in (solution.w, solution.b, solution.s))
        out = np.zeros(view.z.shape, np.float32)
        for label_, choice in enumerate(choices):
            x = view.vectors[:, label_].astype(np.float32) if choice.named else view.plain
            out[:, label_] = x @ w[label_] + b[label_] + s[label_] * view.z[:, label_] * choice.named
        return held, out, choices
