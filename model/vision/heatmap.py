"""Heat maps: where in a picture a label's direction answers. numpy and Pillow only, for the web process."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from model.arrays import F32

# Positions below the picture's own median stay clear; the strongest is this opaque.
STRONGEST = 200
COLOUR = (255, 96, 32)


def attention(features: F32, direction: F32) -> F32:
    """Response of positions [H*W, D] to a direction [D], scaled to 0..1 (all 0 where the response is flat)."""
    if features.ndim != 2 or direction.shape != features.shape[1:]:
        raise ValueError(f"map {features.shape} and direction {direction.shape} do not fit: [H*W, D] and [D] wanted")
    response = features @ direction
    response = np.maximum(response - np.median(response), 0)
    top = response.max(initial=0)
    return (response / top if top > 1e-9 else np.zeros_like(response)).astype(np.float32)


def heatmap_png(features: F32, direction: F32, grid: tuple[int, int], size: tuple[int, int]) -> bytes:
    """PNG (RGBA, `size` = width, height) to lay over a picture: one colour, opaque where the label is seen."""
    alpha = attention(features, direction).reshape(grid) * STRONGEST
    layer = Image.fromarray(alpha.round().astype(np.uint8), "L").resize(size, Image.Resampling.BICUBIC)
    picture = Image.new("RGBA", size, COLOUR)
    picture.putalpha(layer)
    out = BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
