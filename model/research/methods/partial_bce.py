"""Partial BCE (Durand et al., CVPR 2019): BCE over known labels, weighted by the share of known labels of the image."""

from functools import partial

from torch import Tensor

from model.networks import losses
from model.research.methods.linear import Linear, linear
from model.research.task import Method


class PartialBCE(Linear):
    """Linear network under the loss normalised by the known share."""

    def criterion(self, logits: Tensor, targets: Tensor) -> Tensor:
        return losses.proportion_bce(logits, targets)


METHODS = [
    Method(
        "partial-bce",
        "linear network, BCE weighted by the share of known labels",
        partial(linear, PartialBCE),
        paper="Partial BCE",
    )
]
