"""`python -m model bench arrivals --data DATA`: new pictures scored per second, against the bare backbone.

Both decode the same files and run the same folded backbone; Tern's side also keeps maps and evidence in a cache,
attends, calibrates and writes scores, with the weights of a version, as when pictures are added to a project.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import torch

from model import backbones
from model.bench.measure import facts, interleaved, publish, ratio
from model.draws import read_dataset
from model.frozen import run_directory
from model.runfiles import Run, read_run
from model.score import score
from model.session import BATCH, DECODERS, Session, Watch
from model.train import train


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
        names, session = [label.name for label in data.run.labels], Session()

        def directory(name: str, **config: object) -> Path:
            about = {"backbone": args.backbone, "image_size": args.size, "cache_dir": str(Path(home) / name), **config}
            paths, hashes = [Path(picture.path) for picture in pictures], [picture.hash for picture in pictures]
            return run_directory(Path(home) / f"{name}-run", paths, hashes, names, truth, about)

        first = directory("version", level="quick")
        train(read_run(first), session, Watch(first))
        numbers = iter(range(args.rounds + 1))

        def tern() -> dict[str, float]:
            folder = directory(f"round{next(numbers)}", weights=str(first / "weights.safetensors"))
            begun = time.perf_counter()
            if score(read_run(folder), session, Watch(folder)):
                raise SystemExit(f"scoring failed; see {folder}")
            return {"step": time.perf_counter() - begun}

        made = read_run(first)
        found = interleaved({"backbone": lambda: bare(made, session), "tern": tern}, args.rounds)
    rates = {name: [args.images / one["step"] for one in rounds] for name, rounds in found.items()}
    over = ratio(found["backbone"], found["tern"])
    publish(facts(vars(args), "cpu") | {"images_per_second": rates, "new_images_over_backbone": over}, args.json)
    return 0


def bare(made: Run, session: Session) -> dict[str, float]:
    """Decode and run the backbone, nothing else."""
    backbone, begun = session.backbone(made), time.perf_counter()
    paths = [picture.path for picture in made.images]
    with torch.inference_mode():
        for good, pixels, _ in backbones.batches(backbone.preprocessing, paths, BATCH, DECODERS):
            if good:
                backbone.maps(torch.from_numpy(pixels))
    return {"step": time.perf_counter() - begun}
