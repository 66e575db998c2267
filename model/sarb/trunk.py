"""ResNet-101 as the paper uses it: frozen to layer3 with batch norm folded, layer4 trained, 2x2 average pooling."""

from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torchvision.models import ResNet

from model.vision.backbones import PAPER_BACKBONE, built
from model.vision.folding import fold_batch_norm

FROZEN = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3")


class PaperTrunk(nn.Module):
    """Images [B, 3, H, W] to maps [B, 2048, H/64, W/64] (7 x 7 at 448).

    The 91 first convolutions never train: they run in evaluation mode, their batch norms folded into them, channels
    last, without a graph. `layer4` trains, batch norm included.
    """

    def __init__(self, network: ResNet, frozen_precision: torch.dtype | None = None) -> None:
        super().__init__()
        frozen = nn.Sequential(*(getattr(network, name) for name in FROZEN)).eval().requires_grad_(False)
        self.frozen = fold_batch_norm(frozen).to(memory_format=torch.channels_last)
        self.layer4 = network.layer4.to(memory_format=torch.channels_last)
        self.pool = nn.AvgPool2d(2, 2)
        self.frozen_precision = frozen_precision

    def train(self, mode: bool = True) -> "PaperTrunk":
        """Training mode for layer4 alone."""
        super().train(mode)
        self.frozen.eval()
        return self

    def forward(self, images: Tensor) -> Tensor:
        with torch.no_grad():
            x = images.contiguous(memory_format=torch.channels_last)
            if self.frozen_precision is None:
                x = self.frozen(x)
            else:
                with torch.autocast(x.device.type, self.frozen_precision):
                    x = self.frozen(x).to(images.dtype)
        return cast(Tensor, self.pool(self.layer4(x)))


def paper_trunk(weights: str = "imagenet", seed: int = 0) -> PaperTrunk:
    """ResNet-101 with `imagenet` weights (fetched by torchvision), `random` weights, or those of a file."""
    if weights not in {"imagenet", "random"} and not Path(weights).is_file():
        raise ValueError(f"no backbone weights at {weights}: give a torchvision resnet101 file, imagenet or random")
    source = "download" if weights == "imagenet" else weights
    return PaperTrunk(built(PAPER_BACKBONE, 448, source, seed, classifier=False)[0])
