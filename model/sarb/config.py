"""Settings of SARB and of one fit. Where paper and released code differ, the field says so; `PRESETS` holds both."""

from dataclasses import dataclass, fields, replace
from typing import Any, Literal

Target = Literal["soft", "soft_detached", "full"]


@dataclass(frozen=True)
class SARBConfig:
    """Switches of the SARB network. Defaults are the released conference code, made safe."""

    csrl: Literal["decoupling", "attention", "prior"] = "decoupling"
    """Semantic decoupling (SD), semantic attention (SA), or attention from the semantic prior."""
    attention_scale: Literal["sum", "positions", "none"] = "sum"
    """How SA's weights are normalised; ADD-GCN does not (`none`)."""
    start: Literal["random", "semantic"] = "random"
    """`semantic`: zero-shot direction and score as the beginning, graph as identity, held near it by a penalty."""
    width: int | None = 1024
    """Channels after the projection (1x1 convolution and batch norm); None keeps the backbone's."""
    project: bool = True
    hidden: int = 512
    steps: int = 3
    graph_width: int = 128
    """Channels of the graph under a semantic start, where it is a correction and not the trunk of the head."""
    ilrb: bool = True
    plrb: bool = True
    both_signs: bool = False
    """ILRB transfers known absences too; the paper transfers presences only."""
    blend_space: Literal["vector", "map"] = "vector"
    """Equal under sum pooling, because both are linear; different under max pooling."""
    pool: Literal["sum", "max"] = "sum"
    prototypes: Literal["location", "kmeans"] = "location"
    grid_power: int = 1
    """K of the paper: 4^K location prototypes per category."""
    clusters: int = 10
    prototype_noise: bool = False
    """Control: prototypes replaced by noise of the same mean and spread."""
    per_batch_prototype: bool = False
    """One cluster index for the whole batch (released conference code) instead of one per image (paper)."""
    legacy_shrink: bool = False
    """Average each non-empty location over n + 1 rows, one of them zero (released journal code)."""
    location_limit: int | None = None
    """Samples per category and location; the released journal code stops at 100."""
    overwrite_known: bool = False
    """An image without unknown labels gets a known one overwritten (released code); never by default."""
    blended_classes: int = 1
    """Unknown categories blended with a prototype per image."""
    alpha: float = 0.5
    beta: float = 0.5
    learn_alpha: bool = True
    learn_beta: bool = True
    per_category: bool = False
    """One alpha and one beta per category (paper's matrix form) instead of two scalars (released code)."""
    blended_target: Target = "soft_detached"
    """`soft`: 1 - alpha with its gradient (paper, code); `soft_detached`: the same number, no gradient; `full`: 1."""
    contrastive: Literal["off", "known_pairs", "all_pairs"] = "known_pairs"
    """`known_pairs` as released, `all_pairs` as the paper writes it."""
    contrastive_weight: float = 0.05
    contrastive_ramp: bool = True
    """Weight rises linearly over the first epoch (released code)."""
    reduction: Literal["batch", "image"] = "batch"
    """Mean over known entries of the batch (code) or per image, summed (paper)."""
    hold: float = 0.1
    """Strength of the penalty that holds a semantic start, on the scale of the summed loss."""
    blend_from: int = 5
    """First epoch (from 0) with blending."""
    recompute_every: int = 5
    """Epochs between two computations of the prototypes."""


PRESETS: dict[str, SARBConfig] = {
    "paper": SARBConfig(
        blend_space="map",
        per_category=True,
        blended_target="soft",
        contrastive="all_pairs",
        contrastive_ramp=False,
        reduction="image",
    ),
    "released-code": SARBConfig(
        blend_space="map", blended_target="soft", legacy_shrink=True, location_limit=100, overwrite_known=True
    ),
    "released-conference": SARBConfig(
        prototypes="kmeans", per_batch_prototype=True, blended_target="soft", overwrite_known=True
    ),
    "tern": SARBConfig(
        csrl="prior",
        start="semantic",
        width=None,
        project=False,
        blended_target="full",
        learn_alpha=False,
        learn_beta=False,
        contrastive="off",
        blend_from=1,
    ),
}


def named(name: str, **overrides: Any) -> SARBConfig:
    """The preset `name` with single fields replaced; unknown names say what exists."""
    if name not in PRESETS:
        raise ValueError(f"no preset {name!r}; there are {', '.join(PRESETS)}")
    known = {f.name for f in fields(SARBConfig)}
    if strange := sorted(set(overrides) - known):
        raise ValueError(f"unknown settings {', '.join(strange)}; there are {', '.join(sorted(known))}")
    return replace(PRESETS[name], **overrides)
