"""Pictures seen at two sizes, for a `deep` version: as they are, and enlarged, which shows what is small in them.

A record is the mean of both maps on the coarse grid. What it brings, and that mirrored pictures bring nothing, is in
docs/results-small-data.md, "Levels".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.arrays import F32
from model.priors.reading import SemanticPrior
from model.storage.features import FeatureCache, digest
from model.vision import backbones
from model.vision.backbones import Backbone
from model.vision.grid import coarse_grid, coarse_maps

# Of the usual side: 448 px for 320.
ENLARGED = 1.4
# Sides are multiples of what the strides of all stages multiply to.
STRIDE = 32
BATCH = 8
DECODERS = 2


def enlarged_size(size: int) -> int:
    """Side of an enlarged picture, in pixels."""
    return max(round(size * ENLARGED / STRIDE) * STRIDE, size)


@dataclass
class TwoSizes:
    """Makes and keeps the records beside the `plain` maps. `size` is the enlarged side in pixels."""

    plain: FeatureCache
    size: int
    prior: SemanticPrior

    @property
    def records(self) -> FeatureCache:
        """Mean maps [n, h*w, D] on the coarse grid."""
        grid = coarse_grid(self.plain.grid)
        return FeatureCache.create(self.plain.folder, "views", self.size, "mean", grid, self.plain.dim)

    @property
    def evidence(self) -> FeatureCache:
        """What the prior keeps of both maps, their mean [n, 1, E]."""
        width = self.prior.evidence(np.zeros((1, 1, self.plain.dim), np.float32)).shape[1]
        made_by = f"evidence-{digest(self.prior.name.encode())}"
        return FeatureCache.create(self.plain.folder, "views", self.size, made_by, (1, 1), width)

    def make(self, large: Backbone, hashes: list[str], paths: list[str], tick: Callable[[int, int], None]) -> None:
        """Records of pictures that have a plain map and none yet, by the backbone at the enlarged size.

        `tick` (done, of) may raise to stop; what is made by then stays.
        """
        import torch

        records, evidence = self.records, self.evidence
        place = dict(zip(hashes, paths, strict=True))
        todo = list(dict.fromkeys(hashes[i] for i in records.missing(hashes) if hashes[i] in self.plain))
        batches = backbones.batches(large.preprocessing, [place[h] for h in todo], BATCH, DECODERS)
        done = 0
        # Half the time where the processor computes in bfloat16 itself; features move by a thirtieth of their spread.
        half = torch.autocast("cpu", torch.bfloat16, enabled=computes_in_half())
        with torch.inference_mode():
            for good, pixels, failed in batches:
                tick(done, len(todo))
                fresh = [todo[i] for i in good]
                plain, sound = self.plain.maps(fresh)
                fresh = [h for h, ok in zip(fresh, sound, strict=True) if ok]
                if fresh:
                    with half:
                        maps = large.maps(torch.from_numpy(pixels[sound]))
                    closer = pooled_to(maps.float(), large.grid, coarse_grid(self.plain.grid))
                    small = coarse_maps(plain[sound], self.plain.grid)
                    records.add(fresh, mean_of(small, closer), keep=hashes)
                    seen = mean_of(self.prior.evidence(small), self.prior.evidence(closer))
                    if evidence.dim:
                        evidence.add(fresh, seen[:, None], keep=hashes)
                done += len(good) + len(failed)
        tick(done, len(todo))


def computes_in_half() -> bool:
    """Whether the processor has instructions for bfloat16; without, it would be slower and not faster."""
    import torch

    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def mean_of(small: F32, closer: F32) -> F32:
    """The mean of both looks."""
    mean: F32 = np.mean([small, closer], axis=0)
    return mean


def pooled_to(maps: Any, grid: tuple[int, int], coarse: tuple[int, int]) -> F32:
    """Maps [n, H*W, D] (torch) averaged to a coarser grid, [n, h*w, D]; windows overlap where sides do not divide."""
    from torch.nn.functional import adaptive_avg_pool2d

    pooled = adaptive_avg_pool2d(maps.transpose(1, 2).unflatten(2, grid), coarse)
    out: F32 = pooled.flatten(2).transpose(1, 2).contiguous().numpy()
    return out
