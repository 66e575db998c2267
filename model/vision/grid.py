"""Maps averaged to the coarse grid that attention works on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.arrays import F32

COARSE_SIDE = 5


def coarse_grid(grid: tuple[int, int]) -> tuple[int, int]:
    """The grid attention works on: each side divided by the largest whole factor that leaves about five."""
    return halved(grid[0]), halved(grid[1])


def halved(side: int) -> int:
    """One side of the coarse grid."""
    factor = next(f for f in range(max(1, side // COARSE_SIDE), 0, -1) if side % f == 0)
    return side // factor


def coarse_maps(maps: NDArray[Any], grid: tuple[int, int]) -> F32:
    """Maps [n, H*W, D] averaged to the coarse grid, [n, h*w, D]."""
    h, w = coarse_grid(grid)
    parts = maps.reshape(len(maps), h, grid[0] // h, w, grid[1] // w, maps.shape[2])
    return parts.mean((2, 4), dtype=np.float32).reshape(len(maps), h * w, -1)
