"""Whether a backbone can be had with these weights at this size, and what a picture costs: one line of JSON.

`python -m model backbone NAME --image-size 320 [--weights FILE|download]` prints `{"dim", "grid", "seconds", "bytes"}`
(seconds and bytes of the cache for each picture), or `{"error"}` with exit status 3.
"""

from __future__ import annotations

import argparse
import json
import time

from model.vision import backbones

BAD = 3
BATCH, ROUNDS = 4, 3
# Features are kept as float16.
BYTES_A_NUMBER = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to try."""
    parser.add_argument("name")
    parser.add_argument("--image-size", type=int, default=320)
    parser.add_argument("--weights", default=None, help="A file, 'download' or 'random'; nothing = packaged ones.")


def run(args: argparse.Namespace) -> int:
    """Load it, look at some random pictures, print."""
    try:
        print(json.dumps(tried(args.name, args.image_size, args.weights or None)))
    except (backbones.BackboneError, RuntimeError, ValueError, AssertionError, OSError) as error:
        # torch and timm say in their own ways that a size does not fit.
        print(json.dumps({"error": str(error).strip().splitlines()[0][:500] or type(error).__name__}))
        return BAD
    return 0


def tried(name: str, size: int, weights: str | None) -> dict[str, object]:
    """Dimensions, and what one picture takes. Raises BackboneError, or what torch says of a size that does not fit."""
    import torch

    backbone = backbones.create(name, size, weights).folded()
    pixels = torch.randint(0, 256, (BATCH, 3, size, size), dtype=torch.uint8)
    best = float("inf")
    with torch.inference_mode():
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            maps = backbone.maps(pixels)
            best = min(best, time.perf_counter() - begun)
    if not bool(torch.isfinite(maps).all()):
        raise backbones.BackboneError(f"{name} answers with numbers that are not finite; its weights are damaged")
    positions = maps.shape[1]
    return {
        "dim": backbone.dim,
        "grid": list(backbone.grid),
        "seconds": best / BATCH,
        "bytes": positions * backbone.dim * BYTES_A_NUMBER,
    }
