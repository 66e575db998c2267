"""SSGRL (Chen et al., ICCV 2019) in the frame of the paper, and SSGRL with mixup on pixels or maps."""

from dataclasses import replace

from torch import nn

from model.research.methods.mixup import Mixup
from model.research.methods.sarb import OFF, network
from model.research.task import Method, Size, Task
from model.sarb.config import SARBConfig
from model.sarb.network import SARB

CONFIG = replace(SARBConfig(), **OFF)


def ssgrl(task: Task, size: Size) -> SARB:
    """Semantic decoupling, GGNN and classifiers without blending or contrastive loss."""
    return network(CONFIG, task, size)


def pixel_mixup(task: Task, size: Size) -> Mixup:
    """Mixtures of images; frozen maps hold no pixels, so this needs a trunk."""
    if isinstance(task.trunk(), nn.Identity) and not task.facts.get("toy"):
        raise ValueError("mixup on pixels needs images and a trunk, not frozen maps")
    return Mixup(ssgrl(task, size), "pixels")


METHODS = [
    Method("ssgrl", "semantic decoupling and GGNN, no blending", ssgrl, paper="SSGRL"),
    Method("ssgrl-ip-mixup", "SSGRL with mixup of image pixels", pixel_mixup, paper="SSGRL w/ IP-Mixup"),
    Method(
        "ssgrl-fm-mixup",
        "SSGRL with mixup of feature maps",
        lambda task, size: Mixup(ssgrl(task, size), "maps"),
        paper="SSGRL w/ FM-Mixup",
    ),
]
