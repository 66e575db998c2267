"""What a method is, and what it is given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from model.arrays import F32, I8
from model.networks.inputs import Inputs
from model.networks.network import Network
from model.sarb.config import SARBConfig


@dataclass(frozen=True)
class Size:
    """How large a network is built, and how its schedule is scaled from the paper's 20 epochs."""

    width: int = 1024
    hidden: int = 512
    epochs: int = 20

    def scaled(self, config: SARBConfig) -> SARBConfig:
        """The config at this size; blending begins and prototypes return after the same share of the training."""
        width = None if config.width is None else self.width
        return replace(
            config,
            width=width,
            hidden=self.hidden,
            blend_from=round(config.blend_from * self.epochs / 20),
            recompute_every=max(1, round(config.recompute_every * self.epochs / 20)),
        )


PAPER = Size()


@dataclass(frozen=True)
class Task:
    """One problem: partially labelled training items, items to score, and what is known about the labels' names.

    `labels` int8 [N, C]; inputs become maps [B, channels, *grid] behind `trunk`; `words` [C, W]; `directions`
    [C, channels] and standardised zero-shot scores [N, C] of a semantic prior, or None; `facts` may hold more for
    single methods (`pooled`, `test_pooled`, `mixed`).
    """

    names: Sequence[str]
    train: Inputs
    labels: I8
    test: Inputs
    channels: int
    grid: tuple[int, int]
    words: F32
    directions: F32 | None = None
    train_scores: F32 | None = None
    test_scores: F32 | None = None
    trunk: Callable[[], nn.Module] = nn.Identity
    seed: int = 0
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def classes(self) -> int:
        """C."""
        return len(self.names)

    def word_tensor(self) -> Tensor:
        """Word vectors as a tensor [C, W]."""
        return torch.as_tensor(self.words, dtype=torch.float32)


@dataclass(frozen=True)
class Method:
    """A named configuration: a network to train (`build`), or a function that gives test scores directly (`solve`).

    `paper` names the row of the paper's tables it reproduces; `fit` replaces fields of the fit's settings.
    """

    name: str
    summary: str
    build: Callable[[Task, Size], Network] | None = None
    solve: Callable[[Task], F32] | None = None
    paper: str | None = None
    fit: dict[str, Any] = field(default_factory=dict)
    control: bool = False
