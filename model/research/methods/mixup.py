"""Mixup with partial labels, on pixels or on feature maps, around any network (Tables III and IV)."""

from typing import Literal

import torch
from torch import Tensor

from model.networks.network import Batch, Losses, Network, View


def mixed_labels(y: Tensor, other: Tensor, share: float, rule: Literal["careful", "optimistic"]) -> Tensor:
    """Labels of share x + (1 - share) other. Both known: their mean on {-1, 1}; a mean of 0 says nothing, as unknown.

    One known: unknown (`careful`), or the known one weakened by its share, as eq. 7 does (`optimistic`).
    """
    both = (y != 0) & (other != 0)
    return torch.where(both | (rule == "optimistic"), share * y + (1 - share) * other, torch.zeros_like(y))


class Mixup(Network):
    """Trains `inner` on mixtures of each item with its mirror in the batch; evaluates it as it is.

    With soft targets t in (-1, 1) the loss of `inner` must take them as strengths. Two ambiguities of the paper are
    settings: the share (0.5 by default) and the label rule.
    """

    def __init__(
        self,
        inner: Network,
        level: Literal["pixels", "maps"],
        share: float = 0.5,
        rule: Literal["careful", "optimistic"] = "careful",
    ) -> None:
        super().__init__()
        self.inner, self.level, self.share, self.rule = inner, level, share, rule

    def _mix(self, x: Tensor) -> Tensor:
        return self.share * x + (1 - self.share) * x.flip(0)

    def losses(self, batch: Batch) -> Losses:
        """Terms of the plain batch and of its mixture."""
        y = mixed_labels(batch.targets, batch.targets.flip(0), self.share, self.rule)
        scores = None if batch.scores is None else self._mix(batch.scores)
        if self.level == "pixels":
            plain = self.inner.losses(batch)
            mixed = self.inner.losses(batch._replace(inputs=self._mix(batch.inputs), targets=y, scores=scores))
        else:
            maps = self.inner.trunk(batch.inputs)
            plain = self.inner.map_losses(maps, batch)
            mixed = self.inner.map_losses(self._mix(maps), batch._replace(targets=y, scores=scores))
        return plain | {f"mixed {name}": value for name, value in mixed.items()}

    def forward(self, inputs: Tensor, scores: Tensor | None = None) -> Tensor:
        return self.inner(inputs, scores)

    def prepare(self, epoch: int, view: View) -> None:
        self.inner.prepare(epoch, view)
