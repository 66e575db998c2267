"""`python -m model evaluate --data DIR --dataset voc20`: what each part of tern is worth on real photographs.

Prints mean and spread over seeds of the label mask of mAP on the test part: plain average precision, entries marked
'difficult' ignored, classes with more than 4 test positives. Every choice is made by cross-validation on known
training marks; the test part is only scored. `shuffled` gives tern the names in a wrong order.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import platform
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.calibrate import calibrate, expected_calibration_error
from model.metrics import mean_average_precision
from model.priors import Reading
from model.runfiles import Config, Label, Picture, Run, write_json
from model.session import Session, Watch
from model.tern.blend import cells_to_blend
from model.tern.features import Lens, Pictures, linear_scores, raw_zero_shot, settle
from model.tern.fit import GRID, Choices, Problem, choose, fit, folds_of, out_of_fold
from model.train import NAMES_SLOPE, cells

LEAST_TEST_POSITIVES = 5
PROTOCOL = (
    "plain average precision, entries marked 'difficult' ignored, classes with more than 4 test positives; "
    "choices by cross-validation on known training marks"
)
METHODS = ("names", "probe", "prior", "attention", "ilrb", "plrb", "tern", "shuffled")
# Names that photographs' data sets write without spaces.
AS_WORDS = {"tvmonitor": "tv monitor", "pottedplant": "potted plant", "diningtable": "dining table"}
PLAIN = [choice for choice in GRID if choice.blend == 0]
GRIDS = {
    "probe": PLAIN, "prior": PLAIN, "attention": PLAIN,
    "ilrb": [replace(choice, blend=1.0, plrb=False) for choice in PLAIN],
    "plrb": [replace(choice, blend=1.0) for choice in PLAIN], "tern": GRID, "shuffled": GRID,
}  # fmt: skip


@dataclass
class Dataset:
    """A benchmark: a run over all its pictures with true marks, and which pictures are for training."""

    run: Run
    truth: NDArray[np.int8]
    training: NDArray[np.bool_]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Data, proportions of known labels, seeds, methods."""
    parser.add_argument("--data", type=Path, required=True, help="folder that holds photos/")
    parser.add_argument("--dataset", choices=("voc20", "coco"), default="voc20")
    parser.add_argument("--known", type=float, nargs="+", default=[0.1], help="proportions of training labels known")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--backbone", default="tf_efficientnet_lite0")
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--cache-dir", type=Path, default=Path("var/features"), help="folder of the feature cache")
    parser.add_argument("--json", type=Path, default=None, help="also write the figures here")


def run(args: argparse.Namespace) -> int:
    """Measure and print one row a method."""
    session = Session()
    data = read_dataset(args)
    print(f"{args.dataset}: {int(data.training.sum())} training and {int((~data.training).sum())} test photographs; "
          f"{args.backbone} at {args.size} px; {PROTOCOL}")  # fmt: skip
    watch = Watch(args.cache_dir)
    session.extract(data.run, watch, lambda done, total, _: print(f"\rfeatures {done}/{total}", end="", flush=True))
    valid = np.ones(len(data.run.images), bool)
    pictures, basis = session.pictures(data.run, None, valid, watch)
    rows: list[dict[str, Any]] = []
    for known in args.known:
        for method in args.methods:
            began = time.monotonic()
            figures = [measure(data, session, pictures, basis, method, known, seed) for seed in range(args.seeds)]
            row = summarise(method, known, figures, time.monotonic() - began)
            rows.append(row)
            print(f"known {known:<5g} {method:<10} mAP {row['map']:5.1f} +- {row['map_spread']:3.1f}   "
                  f"test ECE {row['ece']:.3f}   {row['seconds']:.1f} s", flush=True)  # fmt: skip
    if args.json:
        about = {"command": sys.argv, "machine": platform.platform(), "cpu": platform.processor(), "rows": rows}
        write_json(args.json, {"dataset": args.dataset, "backbone": args.backbone, "size": args.size, **about})
    return 0


def summarise(method: str, known: float, figures: list[tuple[float, float]], seconds: float) -> dict[str, Any]:
    """Mean and spread over seeds."""
    maps, errors = 100 * np.array([f[0] for f in figures]), np.array([f[1] for f in figures])
    return {"method": method, "known": known, "map": float(maps.mean()), "map_spread": float(maps.std()),
            "ece": float(errors.mean()), "seeds": len(figures), "seconds": seconds / len(figures)}  # fmt: skip


def read_dataset(args: argparse.Namespace) -> Dataset:
    """voc20.csv, or coco/labels.csv with its own split. Raises FileNotFoundError naming the file."""
    photos = args.data / "photos"
    table = photos / ("voc20.csv" if args.dataset == "voc20" else "coco/labels.csv")
    folder, split = (photos, "split") if args.dataset == "voc20" else (photos / "coco/images", "lab_split")
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = [key for key in rows[0] if key not in {"image", "split", "lab_split", "source"}]
    images = []
    for number, row in enumerate(rows):
        path = folder / row["image"]
        images.append(Picture(number, hashlib.sha256(path.read_bytes()).hexdigest(), str(path), ""))
    truth = np.array([[int(row[name]) for name in names] for row in rows], np.int8)
    labels = [Label(number, AS_WORDS.get(name, name)) for number, name in enumerate(names)]
    args.cache_dir.mkdir(parents=True, exist_ok=True)
    config = Config(str(args.cache_dir), backbone=args.backbone, image_size=args.size)
    run = Run(args.cache_dir, labels, images, config, np.zeros_like(truth), None, None)
    return Dataset(run, truth, np.array([row[split] == "train" for row in rows]))


def measure(
    data: Dataset, session: Session, pictures: Pictures, basis: Any, method: str, known: float, seed: int
) -> tuple[float, float]:
    """(mAP, expected calibration error) on the test part."""
    prior = session.prior(data.run)
    names = [label.names for label in data.run.labels]
    if method == "shuffled":
        names = [names[i] for i in np.random.default_rng(seed).permutation(len(names))]
    reading = prior.read(names)
    if method in {"probe", "prior"}:
        reading = Reading(np.zeros_like(reading.directions), reading.mixture, reading.concepts)
    raw = raw_zero_shot(pictures, prior, reading)
    lens = settle(pictures.sample(), raw, reading, basis)
    z = lens.zero_shot(raw) * (method != "probe")
    test = ~data.training
    keep = np.random.RandomState(seed).random_sample((int(data.training.sum()), len(names))) < known
    marks = np.zeros_like(data.truth)
    marks[data.training] = np.where(keep, data.truth[data.training], 0)
    scores, probability = z * NAMES_SLOPE, None
    if method != "names":
        scores, probability = learnt(data, pictures, lens, z, marks, method, seed)
    targets = data.truth[test]
    enough = (targets == 1).sum(0) >= LEAST_TEST_POSITIVES
    figure = mean_average_precision(scores[test][:, enough], targets[:, enough])
    if probability is None:
        return figure, 0.0
    cell = targets != 0
    return figure, expected_calibration_error(probability[test][cell], targets[cell] == 1)


def learnt(
    data: Dataset, pictures: Pictures, lens: Lens, z: Any, marks: NDArray[np.int8], method: str, seed: int
) -> tuple[Any, Any]:
    """Logits and calibrated probabilities of all pictures from a fit to known marks."""
    training = np.flatnonzero(data.training)
    about: dict[str, Any] = {"pictures": pictures, "lens": lens, "z": z, "grid": (10, 10), "marks": marks}
    unknown = np.stack(cells_to_blend(marks[training], np.random.default_rng(seed)), 1)
    unknown[:, 0] = training[unknown[:, 0]]
    problem = Problem(cells(np.argwhere(marks != 0), **about), cells(unknown, **about), marks.shape[1], seed)
    fold = folds_of(data.run.groups, seed)
    choices, _ = choose(problem, fold, lambda: None, GRIDS[method])
    choices = choices if choices in GRIDS[method] else Choices(choices.lam, GRIDS[method][0].blend)
    solution = fit(problem, choices)
    held = out_of_fold(problem, choices, fold, solution, lambda: None)
    calibration = calibrate(held, problem.known.label, problem.known.value, marks.shape[1])
    logits = linear_scores(pictures, lens, solution.w.numpy()) + solution.b.numpy() + solution.s.numpy() * z
    return logits, calibration.probability(logits)
