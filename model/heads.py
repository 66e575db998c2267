"""From category vectors to logits: the paper's graph and classifier, and the held head of a semantic start."""

import math

import torch
from torch import Tensor, nn

from model.graph import Change, FirstStep, GatedGraph


class PaperHead(nn.Module):
    """GGNN, tanh(fc[h_T ; f]), one linear classifier per category (paper eq. 5)."""

    def __init__(self, graph: Tensor, width: int, steps: int = 3) -> None:
        super().__init__()
        self.register_buffer("conditional", graph)
        self.graph = GatedGraph(width, steps)
        self.fc = nn.Linear(2 * width, width)
        bound = 1 / math.sqrt(width)
        self.weight = nn.Parameter(torch.empty(len(graph), width).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(len(graph)).uniform_(-bound, bound))

    def start(self, vectors: Tensor) -> FirstStep:
        """The part of the graph's first step that passes with few changed vectors share."""
        return self.graph.start(vectors, self.get_buffer("conditional"))

    def changed(self, first: FirstStep, change: Change) -> FirstStep:
        """The first step of passes with some vectors replaced."""
        return self.graph.changed(first, self.get_buffer("conditional"), change)

    def entries(self, first: FirstStep, needed: Tensor) -> Tensor:
        """Logits at the entries of needed [B, C], flat in row-major order."""
        nodes = self.graph.run(first, self.get_buffer("conditional"), needed)
        out = torch.tanh(self.fc(torch.cat([nodes, first.h[needed]], 1)))
        classes = needed.nonzero(as_tuple=True)[1]
        return (out * self.weight[classes]).sum(1) + self.bias[classes]

    def forward(self, first: FirstStep, needed: Tensor) -> Tensor:
        """Logits [B, C], 0 where not needed."""
        values = self.entries(first, needed)
        return values.new_zeros(needed.shape).masked_scatter(needed, values)

    def penalty(self) -> Tensor | None:
        """Nothing holds a random start."""
        return None


class HeldHead(PaperHead):
    """logit = w_c f + b_c + (s_0 + s_c) z_c on vectors [f ; z] whose last channel is the zero-shot score.

    Starts at the zero-shot score alone (w = 0, s_0 = 1, s_c = 0) with a graph of strength 0 as a correction, and
    is held there by `hold` / 2 |w|^2 + 1/2 |s|^2.
    """

    def __init__(self, graph: Tensor, width: int, steps: int, graph_width: int, hold: float) -> None:
        nn.Module.__init__(self)
        classes = len(graph)
        self.register_buffer("conditional", graph)
        self.narrow = nn.Linear(width, graph_width)
        self.graph = GatedGraph(graph_width, steps)
        self.widen = nn.Parameter(torch.zeros(classes, graph_width))
        self.weight, self.bias = nn.Parameter(torch.zeros(classes, width)), nn.Parameter(torch.zeros(classes))
        self.shared, self.own = nn.Parameter(torch.ones(())), nn.Parameter(torch.zeros(classes))
        self.hold = hold

    def start(self, vectors: Tensor) -> FirstStep:
        first = self.graph.start(self.narrow(vectors), self.get_buffer("conditional"))
        return FirstStep(first.message, first.state, torch.cat([first.h, vectors], 2))

    def changed(self, first: FirstStep, change: Change) -> FirstStep:
        width = self.narrow.out_features
        small = FirstStep(first.message, first.state, first.h[..., :width])
        out = super().changed(small, change._replace(vectors=self.narrow(change.vectors)))
        at = (change.rows, change.classes)
        vectors = first.h[change.images][..., width:].index_put(at, change.vectors.to(first.h.dtype))
        return FirstStep(out.message, out.state, torch.cat([out.h, vectors], 2))

    def entries(self, first: FirstStep, needed: Tensor) -> Tensor:
        width, classes = self.narrow.out_features, needed.nonzero(as_tuple=True)[1]
        small = FirstStep(first.message, first.state, first.h[..., :width])
        nodes = self.graph.run(small, self.get_buffer("conditional"), needed)
        vectors = first.h[..., width:][needed]
        z = vectors[:, -1]
        linear = (vectors * self.weight[classes]).sum(1) + self.bias[classes]
        return linear + (self.shared + self.own[classes]) * z + (nodes * self.widen[classes]).sum(1)

    def penalty(self) -> Tensor | None:
        held = self.weight.square().sum() + self.widen.square().sum()
        return 0.5 * self.hold * held + 0.5 * self.own.square().sum()
