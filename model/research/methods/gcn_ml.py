"""ML-GCN (Chen et al., CVPR 2019): classifiers made by a graph convolution over word vectors."""

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn import functional as F

from model.arrays import F64
from model.networks.network import Network
from model.research.task import Method, Size, Task
from model.sarb.graph import conditional


def normalised_graph(labels: ArrayLike, threshold: float = 0.4, weight: float | None = 0.25) -> F64:
    """D^-1/2 A^T D^-1/2 with A from P(j|i) of known positives (diagonal 0) binarised at the threshold, columns scaled
    to sum `weight` (None: not re-weighted), plus the identity."""
    a = conditional(labels)
    np.fill_diagonal(a, 0)
    a = (a >= threshold).astype(np.float64)
    if weight is not None:
        a = a * weight / (a.sum(0, keepdims=True) + 1e-6)
    a = a + np.eye(len(a))
    d = 1 / np.sqrt(a.sum(1))
    return (a * d).T * d


class MLGCN(Network):
    """x = global max pooling; logits = x W^T with W = A LeakyReLU(A Z W1) W2, Z the word vectors. No biases."""

    def __init__(self, channels: int, words: Tensor, graph: Tensor, hidden: int, trunk: nn.Module) -> None:
        super().__init__(trunk)
        self.register_buffer("words", words)
        self.register_buffer("graph", graph)
        self.first = nn.Parameter(torch.empty(words.shape[1], hidden))
        self.second = nn.Parameter(torch.empty(hidden, channels))
        for weight in (self.first, self.second):
            nn.init.uniform_(weight, -(weight.shape[1] ** -0.5), weight.shape[1] ** -0.5)

    def classifiers(self) -> Tensor:
        """W [C, channels]; independent of the image, so one product per step."""
        a = self.get_buffer("graph")
        hidden = F.leaky_relu(a @ (self.get_buffer("words") @ self.first), 0.2)
        return a @ (hidden @ self.second)

    def logits(self, maps: Tensor, scores: Tensor | None = None) -> Tensor:
        return maps.amax((2, 3)) @ self.classifiers().T


def build(task: Task, size: Size) -> MLGCN:
    graph = torch.as_tensor(normalised_graph(task.labels), dtype=torch.float32)
    return MLGCN(task.channels, task.word_tensor(), graph, size.width, task.trunk())


METHODS = [
    Method(
        "gcn-ml", "classifiers from a graph convolution over word vectors", build, paper="GCN-ML", fit={"clip": 10.0}
    )
]
