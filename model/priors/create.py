"""The prior that suits a backbone."""

from __future__ import annotations

from pathlib import Path

from model.priors.imagenet import ImageNetPrior
from model.priors.reading import NoPrior, PriorError, SemanticPrior
from model.vision.backbones import Backbone


def create_prior(backbone: Backbone, folder: Path | None = None, kind: str = "auto") -> SemanticPrior:
    """The prior that suits a backbone.

    `kind` is "auto" (the backbone's ImageNet head if it has one, else none), "imagenet", "none", or
    "open_clip:MODEL" and "open_clip:MODEL=WEIGHTS" for the text tower that belongs to the backbone's pictures.
    Raises PriorError.
    """
    if kind == "none" or (kind == "auto" and backbone.classifier is None):
        return NoPrior(backbone.dim)
    if kind.startswith("open_clip:"):
        from model.priors.clip import open_clip_prior

        model_name, _, weights = kind.removeprefix("open_clip:").partition("=")
        return open_clip_prior(model_name, weights or None, backbone.dim)
    if kind not in {"auto", "imagenet"}:
        raise PriorError(f"unknown prior '{kind}': auto, imagenet, none or open_clip:MODEL=WEIGHTS")
    if backbone.classifier is None:
        raise PriorError(f"{backbone.name} has no ImageNet classifier to read names with; use prior 'none'")
    return ImageNetPrior(*backbone.classifier, folder=folder)
