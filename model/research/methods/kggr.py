"""KGGR (Chen et al., TPAMI 2022): SSGRL with a second graph network over the classifiers."""

import torch
from torch import Tensor, nn

from model.research.methods.ssgrl import ssgrl
from model.research.task import Method, Size, Task
from model.sarb.graph import GatedGraph
from model.sarb.heads import PaperHead
from model.sarb.network import SARB


class KGGRHead(PaperHead):
    """Each category's classifier is fc2[GGNN(w)_c ; w_c], over the same graph; computed once per step."""

    def __init__(self, graph: Tensor, width: int, steps: int = 3) -> None:
        super().__init__(graph, width, steps)
        self.classifier_graph, self.combine = GatedGraph(width, steps), nn.Linear(2 * width, width)

    def classifiers(self) -> Tensor:
        """The classifiers [C, D] after the exchange over the graph."""
        w, a = self.weight[None], self.get_buffer("conditional")
        everything = torch.ones(w.shape[:2], dtype=torch.bool, device=w.device)
        nodes = self.classifier_graph.run(self.classifier_graph.start(w, a), a, everything)
        return self.combine(torch.cat([nodes, self.weight], 1))


def build(task: Task, size: Size) -> SARB:
    """SSGRL whose head exchanges classifiers over the graph too."""
    network = ssgrl(task, size)
    old = network.head
    network.head = KGGRHead(old.get_buffer("conditional"), old.graph.candidate.out_features, network.config.steps)
    return network


METHODS = [Method("kggr", "SSGRL with a second GGNN over the classifiers", build, paper="KGGR")]
