"""P-GCN (Chen et al., TPAMI 2021), after its abstract: a graph convolution over label-aware image features.

No original code is public. The only public relative feeds the same vector to every node, which collapses to a scalar
times a constant; here node c gets w_c (*) x, the image feature seen by the classifier of c.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from model.networks.network import Network
from model.research.methods.gcn_ml import normalised_graph
from model.research.task import Method, Size, Task


class PGCN(Network):
    """logits = w_c x + b_c + g_c with g = A LeakyReLU(A V W1) W2 over nodes v_c = w_c (*) x."""

    def __init__(self, channels: int, graph: Tensor, hidden: int, trunk: nn.Module) -> None:
        super().__init__(trunk)
        self.register_buffer("graph", graph)
        self.classify = nn.Linear(channels, len(graph))
        self.first, self.second = nn.Linear(channels, hidden, bias=False), nn.Linear(hidden, 1, bias=False)

    def logits(self, maps: Tensor, scores: Tensor | None = None) -> Tensor:
        x, a = maps.amax((2, 3)), self.get_buffer("graph")
        # W1 (w_c * x) for all c at once, without the B x C x D nodes: W1 rows scaled by x, times w
        nodes = torch.einsum("bd,hd,cd->bch", x, self.first.weight, self.classify.weight)
        hidden = F.leaky_relu(a @ nodes, 0.2)
        return self.classify(x) + (a @ self.second(hidden)).squeeze(2)


def build(task: Task, size: Size) -> PGCN:
    graph = torch.as_tensor(normalised_graph(task.labels, 0.3, None), dtype=torch.float32)
    return PGCN(task.channels, graph, size.hidden, task.trunk())


METHODS = [
    Method("p-gcn", "graph convolution over label-aware image features", build, paper="P-GCN", fit={"clip": 10.0})
]
