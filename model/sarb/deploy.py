"""A trained network for inference: layer4 and the projection folded too, channels last."""

import copy

import torch
from torch import nn

from model.sarb.network import SARB, Projection
from model.sarb.trunk import PaperTrunk
from model.vision.folding import fold_batch_norm


def deployed(network: SARB) -> SARB:
    """A copy in evaluation mode with every batch norm folded into its convolution; logits equal up to rounding."""
    out = copy.deepcopy(network).eval().requires_grad_(False)
    if isinstance(out.trunk, PaperTrunk):
        out.trunk.layer4 = _folded(out.trunk.layer4)
    if isinstance(out.project, Projection):
        out.project = _folded(out.project)
    return out


def _folded(module: nn.Module) -> nn.Module:
    return fold_batch_norm(module).to(memory_format=torch.channels_last)
