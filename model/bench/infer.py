"""Inference: whole SARB images per second against torchvision's ResNet-101 forward alone."""

import argparse
import copy
import statistics
from typing import Any

import torch
from torch import nn
from torchvision.models import resnet101

from model.bench.literal import LiteralSARB
from model.bench.measure import interleaved, ratio, timed
from model.bench.step import HIDDEN, WIDTH, Problem, ours
from model.deploy import deployed
from model.trunk import PaperTrunk


@torch.inference_mode()
def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Images per second of both, and ours over torchvision's (median of same-round ratios)."""
    problem = Problem(args.classes[0], args.batch[0], args.size, args.known, args.device)
    theirs = resnet101(weights=None).eval()
    literal = LiteralSARB(WIDTH, problem.words, problem.graph, HIDDEN)
    with torch.inference_mode(False):
        full = ours(problem, literal, PaperTrunk(copy.deepcopy(theirs)), True).eval()
        mine: nn.Module = deployed(full).to(args.device)
    theirs = theirs.to(args.device)
    images = problem.images
    found = interleaved(
        {
            "torchvision": lambda: {"step": timed(lambda: theirs(images), args.device)},
            "ours": lambda: {"step": timed(lambda: mine(images), args.device)},
        },
        args.rounds,
    )
    rate = {name: len(images) / statistics.median(r["step"] for r in rounds) for name, rounds in found.items()}
    drift = (mine(images) - full(images)).abs().max().item()
    return {
        "images_per_second": rate,
        "ours_over_torchvision": ratio(found["torchvision"], found["ours"]),
        "largest_logit_difference_to_unfolded": drift,
    }
