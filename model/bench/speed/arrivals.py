"""`python -m model bench arrivals --data DATA`: new pictures scored per second, against the bare backbone.

All sides decode the same files. Two run the backbone alone, as it comes and folded as Tern folds it
(model/vision/folding.py). Tern's side also keeps maps and evidence in a cache, attends, calibrates and writes scores,
with the weights of a version, as when pictures are added to a project.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import torch

from model.bench.measure import facts, interleaved, publish, ratio
from model.research.splits import read_dataset
from model.storage.progress import Watch
from model.storage.run import Run, read_run
from model.training.by_hand import run_directory
from model.training.extract import BATCH, DECODERS
from model.training.score import score
from model.training.train import train
from model.training.warm import Warm
from model.vision import backbones
from model.vision.backbones import Backbone


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which photographs, and how many."""
    parser.add_argument("--data", type=Path, required=True, help="folder that holds photos/")
    parser.add_argument("--dataset", choices=("voc20", "coco"), default="voc20")
    parser.add_argument("--backbone", default="tf_efficientnet_lite0")
    parser.add_argument("--size", type=int, default=320)
    parser.add_argument("--images", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the result there too")


def run(args: argparse.Namespace) -> int:
    """Make a version on some photographs, then let both sides take them anew in turn."""
    with tempfile.TemporaryDirectory() as home:
        data = read_dataset(args.data, args.dataset, args.backbone, args.size, Path(home))
        chosen = slice(0, args.images)
        pictures, truth = data.run.images[chosen], data.truth[chosen]
        names, warm = [label.name for label in data.run.labels], Warm()

        def directory(name: str, **config: object) -> Path:
            about = {"backbone": args.backbone, "image_size": args.size, "cache_dir": str(Path(home) / name), **config}
            paths, hashes = [Path(picture.path) for picture in pictures], [picture.hash for picture in pictures]
            return run_directory(Path(home) / f"{name}-run", paths, hashes, names, truth, about)

        first = directory("version", level="quick")
        train(read_run(first), warm, Watch(first))
        numbers = iter(range(args.rounds + 1))

        def tern() -> dict[str, float]:
            folder = directory(f"round{next(numbers)}", weights=str(first / "weights.safetensors"))
            begun = time.perf_counter()
            if score(read_run(folder), warm, Watch(folder)):
                raise SystemExit(f"scoring failed; see {folder}")
            return {"step": time.perf_counter() - begun}

        made = read_run(first)
        folded, plain = warm.backbone(made.config), backbones.create(args.backbone, args.size)
        sides = {"backbone": lambda: bare(made, plain), "folded backbone": lambda: bare(made, folded), "tern": tern}
        found = interleaved(sides, args.rounds)
    rates = {name: [args.images / one["step"] for one in rounds] for name, rounds in found.items()}
    over = {
        "new_images_over_backbone": ratio(found["backbone"], found["tern"]),
        "new_images_over_folded_backbone": ratio(found["folded backbone"], found["tern"]),
    }
    publish(facts(vars(args), "cpu") | {"images_per_second": rates} | over, args.json)
    return 0


def bare(made: Run, backbone: Backbone) -> dict[str, float]:
    """Decode and run the backbone, nothing else."""
    begun = time.perf_counter()
    paths = [picture.path for picture in made.images]
    with torch.inference_mode():
        for good, pixels, _ in backbones.batches(backbone.preprocessing, paths, BATCH, DECODERS):
            if good:
                backbone.maps(torch.from_numpy(pixels))
    return {"step": time.perf_counter() - begun}
