"""From category vectors to logits: the paper's graph and classifier, and the held head of a semantic start."""

import math

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from model.sarb.graph import Change, GatedGraph

LARGE = 2**23
"""Elements of the category vectors of all passes beyond which the head runs in parts that are recomputed in the
backward pass instead of kept (1,000 labels at batch 32)."""


class Head(nn.Module):
    """From category vectors to logits at the entries that are needed; whatever a head computes, it may run in parts."""

    def entries(self, vectors: Tensor, needed: Tensor, change: Change | None) -> Tensor:
        """Logits at the entries of needed [B + R, C], flat in row-major order."""
        raise NotImplementedError

    def forward(self, vectors: Tensor, needed: Tensor, change: Change | None = None) -> Tensor:
        """Logits [B + R, C] of category vectors [B, C, D] and of R changed copies, 0 where not needed [B + R, C]."""
        elements = needed.numel() * vectors.shape[2]
        if elements <= LARGE or not torch.is_grad_enabled():
            return self._spread(vectors, needed, change)
        return self._in_parts(vectors, needed, change, max(1, LARGE * len(vectors) // elements))

    def _spread(self, vectors: Tensor, needed: Tensor, change: Change | None) -> Tensor:
        values = self.entries(vectors, needed, change)
        return values.new_zeros(needed.shape).masked_scatter(needed, values)

    def _in_parts(self, vectors: Tensor, needed: Tensor, change: Change | None, images: int) -> Tensor:
        """Some images with their copies at a time: rows of the graph network's batch do not know each other."""
        size, parts, order = len(vectors), [], []
        number = torch.arange(len(needed), device=needed.device)
        for begin in range(0, size, images):
            end, own = min(begin + images, size), None
            rows = number[begin:end]
            if change is not None:
                copies, own = change.within(begin, end)
                own = own if len(own.images) else None
                rows = torch.cat([rows, number[size:][copies]])
            order.append(rows)
            parts.append(
                checkpoint(
                    self._spread, vectors[begin:end], needed[rows], own, use_reentrant=False, preserve_rng_state=False
                )
            )
        return torch.cat(parts)[torch.cat(order).argsort()]

    def penalty(self) -> Tensor | None:
        """What holds the head to its start; nothing holds a random one."""
        return None


class PaperHead(Head):
    """GGNN, tanh(fc[h_T ; f]), one linear classifier per category (paper eq. 5)."""

    def __init__(self, graph: Tensor, width: int, steps: int = 3) -> None:
        super().__init__()
        self.register_buffer("conditional", graph)
        self.graph = GatedGraph(width, steps)
        self.fc = nn.Linear(2 * width, width)
        bound = 1 / math.sqrt(width)
        self.weight = nn.Parameter(torch.empty(len(graph), width).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(len(graph)).uniform_(-bound, bound))

    def classifiers(self) -> Tensor:
        """The classifier of each category [C, D]."""
        return self.weight

    def entries(self, vectors: Tensor, needed: Tensor, change: Change | None) -> Tensor:
        graph = self.get_buffer("conditional")
        first = self.graph.start(vectors, graph, change)
        nodes = self.graph.run(first, graph, needed)
        out = torch.tanh(self.fc(torch.cat([nodes, first.h[needed]], 1)))
        classes = needed.nonzero(as_tuple=True)[1]
        return (out * self.classifiers()[classes]).sum(1) + self.bias[classes]


class HeldHead(Head):
    """logit = w_c f + b_c + (s_0 + s_c) z_c on vectors [f ; z] whose last channel is the zero-shot score.

    Starts at the zero-shot score alone (w = 0, s_0 = 1, s_c = 0) with a graph of strength 0 as a correction, and
    is held there by `hold` / 2 |w|^2 + 1/2 |s|^2.
    """

    def __init__(self, graph: Tensor, width: int, steps: int, graph_width: int, hold: float) -> None:
        super().__init__()
        classes = len(graph)
        self.register_buffer("conditional", graph)
        self.narrow = nn.Linear(width, graph_width)
        self.graph = GatedGraph(graph_width, steps)
        self.widen = nn.Parameter(torch.zeros(classes, graph_width))
        self.weight, self.bias = nn.Parameter(torch.zeros(classes, width)), nn.Parameter(torch.zeros(classes))
        self.shared, self.own = nn.Parameter(torch.ones(())), nn.Parameter(torch.zeros(classes))
        self.hold = hold

    def entries(self, vectors: Tensor, needed: Tensor, change: Change | None) -> Tensor:
        graph, classes = self.get_buffer("conditional"), needed.nonzero(as_tuple=True)[1]
        narrow = None if change is None else change._replace(vectors=self.narrow(change.vectors))
        nodes = self.graph.run(self.graph.start(self.narrow(vectors), graph, narrow), graph, needed)
        own = (vectors if change is None else change.apply(vectors))[needed]
        linear = (own * self.weight[classes]).sum(1) + self.bias[classes]
        return linear + (self.shared + self.own[classes]) * own[:, -1] + (nodes * self.widen[classes]).sum(1)

    def penalty(self) -> Tensor | None:
        held = self.weight.square().sum() + self.widen.square().sum()
        return 0.5 * self.hold * held + 0.5 * self.own.square().sum()
