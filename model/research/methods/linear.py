"""The linear network under the loss functions: average pooling and one linear layer."""

from torch import Tensor, nn

from model.networks.network import Network
from model.research.task import Size, Task


class Linear(Network):
    """Global average pooling, linear classifier, partial BCE."""

    def __init__(self, channels: int, classes: int, trunk: nn.Module | None = None) -> None:
        super().__init__(trunk)
        self.classify = nn.Linear(channels, classes)

    def logits(self, maps: Tensor, scores: Tensor | None = None) -> Tensor:
        return self.classify(maps.mean((2, 3)))


def linear(kind: type[Linear], task: Task, size: Size) -> Linear:
    """A network of this kind for a task."""
    return kind(task.channels, task.classes, task.trunk())
