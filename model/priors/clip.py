"""What names mean to a CLIP-class model: its text tower, pulled back to the space of its picture tower's features."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch

from model.arrays import F32
from model.priors.reading import PriorError, Reading, spoken, unit


class TextTowerPrior:
    """Directions from the text tower of a CLIP-class model whose image tower made the features.

    `encode_text` maps prompts to [n, D] vectors in the space of the image tower's pooled features; open_clip's
    `lambda prompts: model.encode_text(tokenizer(prompts))` is one.
    """

    prompts: tuple[str, ...] = ("a photo of a {}.", "a photo of many {}.", "a drawing of a {}.")

    def __init__(self, encode_text: Any, name: str = "text-tower") -> None:
        self.encode_text, self.name = encode_text, name

    def read(self, names: Sequence[Sequence[str]]) -> Reading:
        """Unit mean over prompts, names and synonyms of the text vectors."""
        directions = []
        for entry in names:
            prompts = [prompt.format(spoken(name)) for name in entry for prompt in self.prompts]
            directions.append(unit(np.asarray(self.encode_text(prompts), np.float32)).mean(0))
        stacked = unit(np.stack(directions)) if directions else np.zeros((0, 1), np.float32)
        return Reading(stacked, np.zeros((len(names), 0), np.float32), [[(entry[0], 1.0)] for entry in names])

    def evidence(self, maps: F32) -> F32:
        """Pooled features of unit length."""
        return unit(maps.mean(1))

    def raw_scores(self, evidence: F32, reading: Reading) -> list[F32]:
        """Cosine of picture and text."""
        return [evidence @ reading.directions.T]


def open_clip_prior(model_name: str, weights: str | None, dim: int | None = None) -> TextTowerPrior:
    """The text tower of an open_clip model, for picture features of `dim` numbers.

    `weights` is a file, one of open_clip's tags (which downloads), or None for random ones.

    Text lies in the space that pictures and texts share; features lie before the picture tower's last, linear step.
    Directions are pulled back through that step, so that feature times direction is picture times text. Towers that
    pool by attention (CLIP's ResNets) have no such step. Raises PriorError.
    """
    if find_spec("open_clip") is None:
        raise PriorError("the CLIP prior needs open_clip: pip install open_clip_torch")
    import open_clip

    model = open_clip.create_model(model_name, pretrained=weights).eval()
    tokenizer, projection = open_clip.get_tokenizer(model_name), picture_projection(model.visual)
    if projection is None:
        raise PriorError(f"{model_name} has no linear step after its picture features; choose a ViT or ConvNeXt")
    if dim is not None and len(projection) != dim:
        raise PriorError(
            f"{model_name} reads names for features of {len(projection)} numbers; this backbone's have {dim}"
        )

    def encode_text(prompts: list[str]) -> F32:
        with torch.inference_mode():
            return (model.encode_text(tokenizer(prompts)).float() @ projection.T).numpy()

    return TextTowerPrior(encode_text, f"open_clip:{model_name}")


def picture_projection(tower: Any) -> Any:
    """The last linear step [D, shared] of an open_clip picture tower: of its own ViT, or of a timm trunk; or None."""
    own = getattr(tower, "proj", None)
    if own is not None:
        return own.detach().float()
    layer = getattr(getattr(tower, "head", None), "proj", None)
    weight = getattr(layer, "weight", None)
    return None if weight is None else weight.detach().float().T
