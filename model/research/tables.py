"""`python -m model tables`: Tables I to IV of the paper and Figures 5 and 6, from cells that are computed once each.

Without `--protocol paper` everything is trained on frozen features, which a processor without GPU can do for a few
thousand photographs. A cell (data set, method, known share, seed) is one small JSON file in the cache folder, so that a
run can be stopped and taken up again.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from model.metrics.average_precision import average_precision, summary
from model.networks import group
from model.networks.inputs import Photos
from model.networks.loop import Fit, FitConfig, predict
from model.priors import word_vectors
from model.research import frozen
from model.research.datasets import load
from model.research.datasets.base import drop_labels
from model.research.methods import METHODS, Method, Size, Task, named
from model.research.render import render
from model.sarb.trunk import paper_trunk
from model.storage.durable import write_json

LOSSES_KEPT = 400
LEAST_EPOCHS = 8
SMALL_FIT = FitConfig(batch=32, lr=1e-3, weight_decay=1e-4, drop_every=0, decoupled_decay=True, blend_lr=1e-2)


@dataclass(frozen=True)
class Settings:
    """What a cell's figure depends on besides its name; part of its file name."""

    protocol: str
    backbone: str
    image_size: int
    words: str
    size: Size
    fit: FitConfig = field(default_factory=FitConfig)
    steps: int | None = None

    def epochs(self, items: int) -> int:
        """Epochs for a training set: those of the fit, or as many as give about `steps` steps."""
        if self.steps is None:
            return self.fit.epochs
        return max(LEAST_EPOCHS, round(self.steps * self.fit.batch / max(1, items)))

    def digest(self) -> str:
        """Eight hex digits of the settings; the device is left out."""
        said = json.dumps(asdict(self) | {"fit": asdict(replace(self.fit, device="", workers=0))}, sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:8]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--datasets", nargs="+", default=["voc20"])
    parser.add_argument("--methods", nargs="+", default=["all"], help="names, or all (`python -m model methods`)")
    parser.add_argument("--known", nargs="+", type=float, default=[0.1, 0.5, 0.9], help="shares of known labels")
    parser.add_argument("--seeds", type=int, default=3, help="how many masks and initialisations, from 0")
    parser.add_argument("--protocol", choices=["frozen", "paper"], default="frozen")
    parser.add_argument("--backbone", default="tf_efficientnet_lite0", help="frozen protocol: timm name")
    parser.add_argument("--image-size", type=int, default=320)
    parser.add_argument("--weights", default="imagenet", help="paper protocol: imagenet, random, or a resnet101 file")
    parser.add_argument("--words", default="encoder", help="encoder, random, an .npz or a GloVe text file")
    parser.add_argument("--epochs", type=int, default=20, help="paper protocol")
    parser.add_argument("--steps", type=int, default=400, help="frozen protocol: about so many, at least 8 epochs")
    parser.add_argument("--width", type=int, default=64, help="frozen protocol: channels of the networks")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--workers", type=int, default=0, help="threads that decode images")
    parser.add_argument("--minutes", type=float, help="stop starting cells after this time")
    parser.add_argument("--cache", type=Path, default=Path("var/tables"), help="features and cells")
    parser.add_argument("--out", type=Path, help="folder for tables.md, tables.csv and the figures (default: cache)")
    parser.add_argument("--check", action="store_true", help="exit 1 where tern is below another method of the run")


def settings_of(args: argparse.Namespace) -> Settings:
    """Settings of all cells of a call."""
    if args.protocol == "paper":
        fit = FitConfig(
            epochs=args.epochs,
            device=args.device,
            workers=args.workers,
            amp="bf16" if args.device.startswith("cuda") else "off",
        )
        return Settings("paper", f"resnet101 {args.weights}", 448, args.words, Size(epochs=fit.epochs), fit)
    fit = replace(SMALL_FIT, device=args.device)
    return Settings("frozen", args.backbone, args.image_size, args.words, Size(args.width, args.width), fit, args.steps)


class Tasks:
    """Problems of one data set; features and word vectors are made once."""

    def __init__(self, name: str, args: argparse.Namespace, settings: Settings) -> None:
        self.train, self.test = load(name, args.data)
        self.args, self.settings, self.note = args, settings, self.train.note
        if settings.protocol == "frozen":
            self.frozen = frozen.extract(
                name, (self.train, self.test), settings.backbone, settings.image_size, args.cache, settings.words
            )

    def at(self, known: float, seed: int) -> Task:
        """The problem at a share of known labels and a seed."""
        if self.settings.protocol == "frozen":
            return self.frozen.task(known, seed)
        vectors = word_vectors.load(self.settings.words, self.train.names, seed)
        return Task(
            self.train.names,
            Photos(self.train.paths),
            drop_labels(self.train.labels, known, seed),
            Photos(self.test.paths),
            2048,
            (7, 7),
            vectors,
            seed=seed,
            trunk=lambda: paper_trunk(self.args.weights, seed),
        )


def compute(method: Method, task: Task, truth: np.ndarray, settings: Settings) -> dict[str, Any]:
    """One cell: metrics on the test part, seconds, and the course of the loss."""
    began, cell = time.perf_counter(), {}
    torch.manual_seed(task.seed)
    if method.solve is not None:
        scores = method.solve(task)
    else:
        assert method.build is not None
        epochs = settings.epochs(len(task.train))
        fit = Fit(
            method.build(task, replace(settings.size, epochs=epochs)),
            task.train,
            task.labels,
            replace(settings.fit, seed=task.seed, epochs=epochs, **method.fit),
            task.train_scores,
        )
        history = fit.run()
        scores = predict(fit.network, task.test, task.test_scores, settings.fit.device, settings.fit.workers)
        every = max(1, len(history.losses) // LOSSES_KEPT)
        cell = {"losses": history.losses[::every], "epoch_seconds": history.seconds}
    rows = {k: None if np.isnan(v) else v for k, v in summary(scores, truth).items()}
    ap = [None if np.isnan(v) else round(float(v), 5) for v in average_precision(scores, truth)]
    common = (truth == 1).sum(0) > 4
    plain = average_precision(scores, truth)[common]
    return (
        cell
        | rows
        | {
            "mAP_common": float(np.nanmean(plain)) if common.any() else None,
            "ap": ap,
            "seconds": time.perf_counter() - began,
        }
    )


def wanted(args: argparse.Namespace) -> Iterator[tuple[str, int, float, Method]]:
    """Cells in the order in which an interrupted run is most useful: every method once before the next seed."""
    for dataset in args.datasets:
        for seed in range(args.seeds):
            for known in args.known:
                for method in named(args.methods):
                    yield dataset, seed, known, method


def run(args: argparse.Namespace) -> int:
    """Compute what is missing, write the tables; with --check compare tern with the rest."""
    settings, began, cells = settings_of(args), time.monotonic(), {}
    folder = args.cache / "cells"
    folder.mkdir(parents=True, exist_ok=True)
    tasks: dict[str, Tasks] = {}
    notes: dict[str, str] = {}
    refused: dict[tuple[str, str], str] = {}
    for dataset, seed, known, method in wanted(args):
        path = folder / f"{dataset}-{method.name}-{known:g}-{seed}-{settings.digest()}.json"
        if not path.exists():
            if args.minutes is not None and time.monotonic() - began > 60 * args.minutes:
                continue
            tasks = tasks if dataset in tasks else {dataset: Tasks(dataset, args, settings)}
            _make(path, method, tasks[dataset], known, seed, settings)
        cell = json.loads(path.read_text())
        notes[dataset] = cell.get("note", "")
        if "error" in cell:
            refused[dataset, method.name] = cell["error"]
        else:
            cells[dataset, method.name, known, seed] = cell
    group.leave()
    render(cells, args.out or args.cache, args, settings.protocol, notes, refused)
    return check(cells) if args.check else 0


def _make(path: Path, method: Method, tasks: Tasks, known: float, seed: int, settings: Settings) -> None:
    try:
        cell = compute(method, tasks.at(known, seed), tasks.test.labels, settings)
    except ValueError as error:  # a method that this protocol cannot run says why; the cell keeps the reason
        cell = {"error": str(error)}
    said = cell.get("error") or f"mAP {100 * (cell['mAP_interpolated'] or 0):.1f} in {cell['seconds']:.0f} s"
    print(f"{path.stem}: {said}", flush=True)
    write_json(path, cell | {"note": tasks.note})


def check(cells: dict[tuple[str, str, float, int], dict[str, Any]]) -> int:
    """1 if tern's mean mAP over seeds is below any other method's at any data set and share of the run."""
    means: dict[tuple[str, float, str], float] = {}
    for dataset, known, name in sorted({(d, k, m) for d, m, k, _ in cells}):
        values = [c["mAP_interpolated"] for (d, m, k, _), c in cells.items() if (d, k, m) == (dataset, known, name)]
        means[dataset, known, name] = float(np.mean(values))
    below = []
    for (dataset, known, name), value in means.items():
        own = means.get((dataset, known, "tern"))
        if own is not None and value > own and not METHODS[name].name.startswith("tern"):
            below.append(f"{dataset} at {known:g}: tern {100 * own:.1f} is below {name} {100 * value:.1f}")
    print("\n".join(below) or "tern is not below any other method of this run")
    return 1 if below else 0
