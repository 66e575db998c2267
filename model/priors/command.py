"""`python -m model prior --labels NAMES`: what each label's name is read as."""

from __future__ import annotations

import argparse
from pathlib import Path

from model.priors.create import create_prior
from model.vision.backbones import create


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Names, each optionally with synonyms after a slash."""
    parser.add_argument(
        "--labels",
        nargs="+",
        required=True,
        metavar="NAME",
        help="names of labels; synonyms follow a bar: 'sofa|couch'",
    )
    parser.add_argument("--backbone", default="tf_efficientnet_lite0", help="backbone whose concepts are used")
    parser.add_argument("--cache-dir", type=Path, default=None, help="folder that keeps the vectors of the concepts")


def run(args: argparse.Namespace) -> int:
    """Print one line a label."""
    prior = create_prior(create(args.backbone, 224), args.cache_dir)
    for entry, concepts in zip(
        args.labels, prior.read([name.split("|") for name in args.labels]).concepts, strict=True
    ):
        print(f"{entry}: " + ", ".join(f"{name} {weight:.2f}" for name, weight in concepts))
    return 0
