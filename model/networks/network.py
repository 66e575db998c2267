"""What every trainable network offers the one training loop."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn

from model.networks import group, losses


class Draws(NamedTuple):
    """Uniform random numbers in [0, 1) for one batch: `noise` [B, C] chooses the blended category, `turn` [B, C] the
    prototype of an entry, `pick` [] the prototype of a whole batch."""

    noise: Tensor
    turn: Tensor
    pick: Tensor

    @classmethod
    def make(cls, batch: int, classes: int, generator: torch.Generator) -> "Draws":
        """Fresh numbers on the CPU, so that they do not depend on the device."""
        noise, turn = torch.rand(2, batch, classes, generator=generator)
        return cls(noise, turn, torch.rand((), generator=generator))

    def of(self, rows: Tensor, device: torch.device) -> "Draws":
        """The numbers of some rows of the batch, on a device."""
        return Draws(self.noise[rows].to(device), self.turn[rows].to(device), self.pick.to(device))


Losses = dict[str, Tensor]


class Batch(NamedTuple):
    """This rank's part of a batch: `inputs` (images [B, 3, H, W] or frozen maps [B, D, H, W]), `targets` [B, C] in
    [-1, 1], `scores` [B, C] standardised zero-shot scores or None, random numbers, and where training stands."""

    inputs: Tensor
    targets: Tensor
    scores: Tensor | None
    draws: Draws
    epoch: int = 0
    progress: float = 0.0
    permute: losses.Permute = torch.randperm


class View:
    """The training set as a network may look at it between epochs: without augmentation, this rank's share.

    `labels` [N, C] is the whole matrix in the order of the set; a method that adds pseudo labels assigns a new one.
    """

    def __init__(self, labels: Tensor, batches: Callable[[], Iterator[tuple[Tensor, Tensor, Tensor | None]]]) -> None:
        self.labels, self.clean, self.batches = labels, labels, batches


class Network(nn.Module):
    """A trunk (images to maps; identity for frozen maps) under a head that subclasses define."""

    def __init__(self, trunk: nn.Module | None = None) -> None:
        super().__init__()
        self.trunk = trunk or nn.Identity()

    def logits(self, maps: Tensor, scores: Tensor | None = None) -> Tensor:
        """Logits [B, C] of maps [B, D, H, W]."""
        raise TypeError(f"{type(self).__name__} defines no logits")

    def map_losses(self, maps: Tensor, batch: Batch) -> Losses:
        """Weighted terms of the loss of the whole batch, over all ranks. Their sum is minimised."""
        return {
            "bce": self.criterion(
                group.gather_batch(self.logits(maps, batch.scores)), group.gather_batch(batch.targets)
            )
        }

    def criterion(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Loss of logits against partial targets; partial BCE unless a method says otherwise."""
        return losses.partial_bce(logits, targets)

    def losses(self, batch: Batch) -> Losses:
        """Terms of the loss from inputs."""
        return self.map_losses(self.trunk(batch.inputs), batch)

    def forward(self, inputs: Tensor, scores: Tensor | None = None) -> Tensor:
        """Logits [B, C] of inputs."""
        return self.logits(self.trunk(inputs), scores)

    def prepare(self, epoch: int, view: View) -> None:
        """Called before each epoch in evaluation mode: prototypes, pseudo labels."""

    def penalty(self) -> Tensor | None:
        """A further term on the scale of the loss summed over all known training labels, or None."""
        return None

    def blend_parameters(self) -> list[nn.Parameter]:
        """Parameters that may have a step size of their own (alpha, beta)."""
        return []


class Training(nn.Module):
    """Routes the loss through `forward`, which is what distributed wrapping needs."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, batch: Batch) -> Losses:
        return self.network.losses(batch)
