"""Inference: whole SARB images per second against torchvision's ResNet-101 forward alone, and what folding changes."""

import argparse
import copy
import statistics
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torchvision.models import resnet101

from model.bench.measure import interleaved, ratio, timed
from model.bench.speed.literal import LiteralSARB
from model.bench.speed.step import HIDDEN, WIDTH, Problem, ours
from model.sarb.deploy import deployed
from model.sarb.trunk import PaperTrunk
from model.vision import backbones

M = TypeVar("M", bound=nn.Module)


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Images per second of both, and ours over torchvision's (median of same-round ratios)."""
    problem = Problem(args.classes[0], args.batch[0], args.size, args.known, args.device)
    theirs = settled(resnet101(weights=None), problem.images.cpu())
    literal = LiteralSARB(WIDTH, problem.words, problem.graph, HIDDEN)
    full = settled(ours(problem, literal, PaperTrunk(copy.deepcopy(theirs)), True), problem.images)
    mine: nn.Module = deployed(full).to(args.device)
    theirs = theirs.to(args.device)
    images = problem.images
    found = interleaved(
        {
            "torchvision": lambda: {"step": timed(torch.inference_mode()(lambda: theirs(images)), args.device)},
            "ours": lambda: {"step": timed(torch.inference_mode()(lambda: mine(images)), args.device)},
        },
        args.rounds,
    )
    rate = {name: len(images) / statistics.median(r["step"] for r in rounds) for name, rounds in found.items()}
    with torch.inference_mode():
        expected, found_logits = full(images), mine(images)
    return {
        "images_per_second": rate,
        "ours_over_torchvision": ratio(found["torchvision"], found["ours"]),
        "largest_logit": expected.abs().max().item(),
        "largest_logit_difference_to_unfolded": (found_logits - expected).abs().max().item(),
        "folding": {spec: folding(spec, images.cpu()) for spec in args.folding},
    }


def settled(module: M, images: Tensor) -> M:
    """Give every batch norm the statistics of these images, so that activations keep their scale as in a trained
    network: without them those of a random ResNet-101 grow to 10^5, and the attention's softmax turns rounding into
    another position."""
    norms = [m for m in module.modules() if isinstance(m, nn.BatchNorm2d)]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    with torch.no_grad():
        module(images)
    for norm, momentum in zip(norms, before, strict=True):
        norm.momentum = momentum
    return module.eval()


@torch.inference_mode()
def folding(spec: str, images: Tensor) -> dict[str, float]:
    """ImageNet logits of a backbone with its real weights, NAME or NAME=FILE, folded against unfolded."""
    name, _, file = spec.partition("=")
    plain = backbones.create(name, images.shape[2], file or None)
    assert plain.classifier is not None
    rows, bias = (torch.as_tensor(np.asarray(part)) for part in plain.classifier)
    pixels = (images * 64 + 127).clamp(0, 255).to(torch.uint8)
    one, other = (b.maps(pixels).mean(1) @ rows.T + bias for b in (plain, plain.folded()))
    return {"largest_logit": one.abs().max().item(), "largest_difference": (one - other).abs().max().item()}
