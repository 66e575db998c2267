"""Stores of what is made from maps, beside the maps: reduced maps, and what the prior keeps of a picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.arrays import F16, F32
from model.priors.reading import SemanticPrior
from model.storage.features import FeatureCache, digest
from model.vision.grid import coarse_grid

REDUCE_CHUNK = 64


def reduced_store(source: FeatureCache, basis: F32) -> FeatureCache:
    """Where maps of `source` reduced to `basis` are kept."""
    grid, width = coarse_grid(source.grid), basis.shape[1]
    return FeatureCache.create(source.folder, "reduced", width, digest(basis.tobytes()), grid, width)


def evidence_store(source: FeatureCache, prior: SemanticPrior) -> FeatureCache:
    """Where the prior's evidence [n, 1, E] is kept."""
    width = prior.evidence(np.zeros((1, 1, source.dim), np.float32)).shape[1]
    return FeatureCache.create(source.folder, "evidence", width, digest(prior.name.encode()), (1, 1), width)


def derived(source: FeatureCache, store: FeatureCache, hashes: list[str], make: Callable[[F16], F32]) -> F16:
    """Records of `store` [n, P, K]; missing ones are made from the maps of `source`, or are NaN where there is none."""
    if not store.dim:
        return np.zeros((len(hashes), store.positions, 0), np.float16)
    out, sound = store.maps(hashes)
    missing = np.flatnonzero(~sound)
    for first in range(0, len(missing), REDUCE_CHUNK):
        part = missing[first : first + REDUCE_CHUNK]
        maps, there = source.maps([hashes[i] for i in part])
        out[part[~there]] = np.nan
        if there.any():
            made, rows = make(maps[there]), part[there]
            store.add([hashes[i] for i in rows], made)
            out[rows] = made
    return out


def single(half: F16) -> F32:
    """Half to single precision, by the faster of the two libraries at hand."""
    import torch

    out: F32 = torch.from_numpy(half).float().numpy()
    return out


def grown(
    old: dict[str, int], kept: NDArray[Any], hashes: list[str], read: Callable[[list[str]], NDArray[Any]]
) -> NDArray[Any]:
    """Rows for `hashes`: those kept in memory are copied, the others (unknown, or rows of NaN) read."""
    rows = np.array([old.get(h, -1) for h in hashes], np.int64)
    rows[(rows >= 0) & np.isnan(kept[rows, :1]).any(1)] = -1
    out = np.empty((len(hashes), kept.shape[1]), kept.dtype)
    out[rows >= 0] = kept[rows[rows >= 0]]
    fresh = np.flatnonzero(rows < 0)
    out[fresh] = read([hashes[i] for i in fresh])
    return out
