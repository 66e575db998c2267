"""What a label's name alone says: a direction in feature space and a zero-shot score (docs/method.md).

Every prior answers `read(names)` with a `Reading`, and everything downstream starts from that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from model.arrays import F32


class PriorError(RuntimeError):
    """The prior cannot be had; the message says what to install or set."""


@dataclass(frozen=True)
class Reading:
    """What names are read as.

    `directions` [C, D] unit length, in the space of pooled features; `mixture` [C, K] over known concepts (or [C, 0]);
    `concepts` per label, strongest first: (name of concept, weight).
    """

    directions: F32
    mixture: F32
    concepts: list[list[tuple[str, float]]]


class SemanticPrior(Protocol):
    """Names -> directions and zero-shot scores."""

    name: str

    def read(self, names: Sequence[Sequence[str]]) -> Reading:
        """Read labels, each given as its name followed by synonyms."""

    def evidence(self, maps: F32) -> F32:
        """What pictures show, whatever the labels, [n, E]: made once from their maps [n, P, D] and kept."""

    def raw_scores(self, evidence: F32, reading: Reading) -> list[F32]:
        """Unstandardised zero-shot scores of pictures by their evidence [N, E]: some variants, each [N, C]."""


class NoPrior:
    """Knows nothing: zero directions, zero scores."""

    name = "none"

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def read(self, names: Sequence[Sequence[str]]) -> Reading:
        """Directions of zeros; no concepts."""
        empty = np.zeros((len(names), 0), np.float32)
        return Reading(np.zeros((len(names), self.dim), np.float32), empty, [[] for _ in names])

    def evidence(self, maps: F32) -> F32:
        """Nothing."""
        return np.zeros((len(maps), 0), np.float32)

    def raw_scores(self, evidence: F32, reading: Reading) -> list[F32]:
        """Zeros."""
        return [np.zeros((len(evidence), len(reading.directions)), np.float32)]


def spoken(name: str) -> str:
    """A label's name as words: 'trafficLight' and 'traffic_light' both become 'traffic light'."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[_\-/.]+", " ", words).split()).lower() or "thing"


def unit(x: NDArray[Any]) -> F32:
    """Rows scaled to unit length; rows of zeros stay."""
    length = np.linalg.norm(x, axis=-1, keepdims=True)
    return (x / np.maximum(length, 1e-12)).astype(np.float32)
