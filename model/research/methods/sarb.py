"""SARB, its ablations and its controls: one network, switches only."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from model.priors import word_vectors
from model.research.task import Method, Size, Task
from model.sarb.config import PRESETS, SARBConfig
from model.sarb.graph import conditional
from model.sarb.network import SARB

OFF: dict[str, Any] = {"ilrb": False, "plrb": False, "contrastive": "off"}


def network(config: SARBConfig, task: Task, size: Size) -> SARB:
    """A SARB network for a task, its graph from the known training labels."""
    directions = None if task.directions is None else torch.as_tensor(task.directions)
    graph = torch.as_tensor(conditional(task.labels))
    return SARB(
        size.scaled(config), task.channels, task.grid, task.word_tensor(), graph, directions, task.trunk(), task.seed
    )


def method(
    name: str, summary: str, preset: str | None = None, paper: str | None = None, control: bool = False, **settings: Any
) -> Method:
    """A row that differs from a preset (or the defaults) by some settings."""
    config = replace(PRESETS[preset] if preset else SARBConfig(), **settings)
    return Method(name, summary, lambda task, size: network(config, task, size), paper=paper, control=control)


def _with_noise_words(task: Task, size: Size) -> SARB:
    return network(
        SARBConfig(), replace(task, words=word_vectors.random(task.classes, task.words.shape[1], task.seed)), size
    )


def shuffled(task: Task) -> Task:
    """The task with every label under another label's name: words, directions and zero-shot scores permuted alike."""
    order = np.roll(np.random.default_rng(task.seed).permutation(task.classes), 1)

    def pick(array: Any, axis: int) -> Any:
        return None if array is None else np.take(array, order, axis)

    return replace(
        task,
        names=[task.names[i] for i in order],
        words=pick(task.words, 0),
        directions=pick(task.directions, 0),
        train_scores=pick(task.train_scores, 1),
        test_scores=pick(task.test_scores, 1),
    )


def _with_shuffled_names(task: Task, size: Size) -> SARB:
    return network(PRESETS["tern"], shuffled(task), size)


METHODS = [
    method("sarb", "ILRB and PLRB on semantic decoupling, safe defaults", paper="Ours"),
    method("sarb-paper", "as the paper's text: per-category alpha, all-pairs contrastive, loss per image", "paper"),
    method("sarb-released", "as the released journal code, its pitfalls included", "released-code"),
    method(
        "sarb-conference",
        "as the released conference code: k-means vector prototypes, one index a batch",
        "released-conference",
    ),
    method("sarb-ilrb", "instance-level blending only", paper="Ours ILRB", plrb=False),
    method(
        "sarb-ilrb-fixed",
        "instance-level blending only, alpha fixed at 0.5",
        paper="Ours ILRB w/ fixed α",
        plrb=False,
        learn_alpha=False,
    ),
    method("sarb-plrb", "prototype-level blending only", paper="Ours PLRB", ilrb=False),
    method(
        "sarb-plrb-fixed",
        "prototype-level blending only, beta fixed at 0.5",
        paper="Ours PLRB w/ fixed β",
        ilrb=False,
        learn_beta=False,
    ),
    method(
        "sarb-plrb-vectors",
        "prototype-level blending with k-means vector prototypes",
        paper="Ours PLRB w/ RV",
        ilrb=False,
        prototypes="kmeans",
    ),
    method("sarb-attention", "semantic attention instead of decoupling", paper="Ours w/ SA", csrl="attention"),
    method(
        "sarb-vectors", "both blendings on vectors, k-means prototypes", paper="Ours w/ RV-Mixup", prototypes="kmeans"
    ),
    method("sarb-k2", "16 location prototypes a category", grid_power=2),
    method("sarb-k3", "64 location prototypes a category", grid_power=3),
    method("sarb-per-category", "one alpha and beta per category", per_category=True),
    method("sarb-max-vector", "max pooling, blending vectors", pool="max"),
    method("sarb-max-map", "max pooling, blending maps before it", pool="max", blend_space="map"),
    method("sarb-soft-target", "target 1 - alpha with its gradient, as published", blended_target="soft"),
    method("sarb-full-target", "target 1 for every blended entry", blended_target="full"),
    method("sarb-no-contrastive", "without the contrastive loss", contrastive="off"),
    method("sarb-both-signs", "instance-level blending transfers absences too", both_signs=True),
    method("ssgrl-contrastive", "SSGRL with the contrastive loss, no blending", control=True, ilrb=False, plrb=False),
    method("sarb-noise-prototypes", "prototypes replaced by noise", control=True, prototype_noise=True),
    Method("sarb-noise-words", "word vectors replaced by noise", _with_noise_words, control=True),
    method("tern-network", "SARB from the semantic prior and held near it", "tern"),
    method("tern-network-plain", "the same without blending", "tern", ilrb=False, plrb=False),
    Method("tern-network-shuffled", "tern-network with label names shuffled", _with_shuffled_names, control=True),
]
TERN_FIT: dict[str, Any] = {"weight_decay": 0.0, "lr": 3e-2, "drop_every": 0}
METHODS = [replace(m, fit=TERN_FIT) if m.name.startswith("tern-network") else m for m in METHODS]
