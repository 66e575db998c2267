"""`python -m model bench step|head|infer|scale`: training steps, heads, inference and growth against literal forms."""

import argparse
from pathlib import Path

import torch

from model.bench.measure import facts, publish
from model.bench.speed import infer, scale, step

KINDS = {"step": step.measure, "head": step.measure_head, "infer": infer.measure, "scale": scale.measure}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--classes", type=int, nargs="+", default=[80], help="scale takes several")
    parser.add_argument("--batch", type=int, nargs="+", default=[4], help="scale takes several")
    parser.add_argument("--size", type=int, default=448, help="side of the images")
    parser.add_argument("--known", type=float, default=0.1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--amp", action="store_true", help="frozen part of ours in bfloat16 (not exact)")
    parser.add_argument(
        "--folding",
        nargs="*",
        default=["tf_efficientnet_lite0"],
        metavar="NAME[=FILE]",
        help="infer: backbones whose logits are compared folded and unfolded, with packaged weights or those of FILE",
    )
    parser.add_argument("--json", type=Path, help="write the result there too")


def run(args: argparse.Namespace) -> int:
    """Measure, print, write."""
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    publish(facts(vars(args), args.device) | KINDS[args.kind](args), args.json)
    return 0
