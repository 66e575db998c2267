"""Prototypes of PLRB: means by location as running sums, or k-means centres of vectors."""

from collections.abc import Iterable

import numpy as np
import torch
from sklearn.cluster import KMeans
from torch import Tensor

from model.networks import group
from model.sarb.blending import location, representation
from model.sarb.config import SARBConfig
from model.sarb.csrl import Categories

Batches = Iterable[tuple[Categories, Tensor]]


class LocationSums:
    """Running sums per (category, location): nothing but counts [C, K] and sums [C, K, D] (or [C, K, P, D] when maps
    are blended under max pooling) is kept, on the device of the data."""

    def __init__(self, classes: int, grid: tuple[int, int], config: SARBConfig) -> None:
        self.grid, self.config, self.cells = grid, config, 4**config.grid_power
        self.counts = torch.zeros(classes, self.cells)
        self.sums: Tensor | None = None

    def add(self, found: Categories, labels: Tensor) -> None:
        """Count in every known positive of a batch; beyond `location_limit` per cell they are left out."""
        images, classes = (labels > 0).nonzero(as_tuple=True)
        as_maps = self.config.blend_space == "map" and self.config.pool == "max"
        rows = representation(found, images, classes, as_maps).detach().float()
        if self.sums is None:
            self.counts = self.counts.to(rows.device)
            self.sums = rows.new_zeros(len(self.counts) * self.cells, *rows.shape[1:])
        cell = classes * self.cells + location(found, images, classes, self.grid, self.config.grid_power)
        if self.config.location_limit is not None:
            keep = self._rank(cell) < self.config.location_limit
            rows, cell = rows[keep], cell[keep]
        self.sums.index_add_(0, cell, rows)
        self.counts.view(-1).index_add_(0, cell, torch.ones_like(cell, dtype=self.counts.dtype))

    def _rank(self, cell: Tensor) -> Tensor:
        """How many samples each entry's cell already holds, earlier entries of this batch included."""
        seen = torch.nn.functional.one_hot(cell, self.counts.numel()).cumsum(0)
        return self.counts.view(-1)[cell] + seen[torch.arange(len(cell), device=cell.device), cell] - 1

    def finish(self) -> tuple[Tensor, Tensor]:
        """Prototypes [C, K, …] and which categories have any [C]. An empty location gets the category's mean; a
        category without positives is not available. `legacy_shrink` divides by n + 1 as released."""
        if self.sums is None:
            raise ValueError("no batch was added; prototypes need the training images")
        counts, sums = group.total(self.counts), group.total(self.sums).view(*self.counts.shape, *self.sums.shape[1:])
        extra = (None,) * (sums.ndim - 2)
        n = counts[..., *extra]
        mean = sums.sum(1) / counts.sum(1).clamp(min=1)[..., *extra]
        by_cell = sums / (n + 1 if self.config.legacy_shrink else n.clamp(min=1))
        return torch.where(n > 0, by_cell, mean[:, None]), counts.sum(1) > 0


def cluster_centres(batches: Batches, clusters: int, seed: int | None = 0) -> tuple[Tensor, Tensor]:
    """K-means centres [C, K, D] of the vectors of known positives, and which categories have any [C].

    A category with fewer distinct vectors than clusters uses its vectors themselves, repeated in turn (the released
    code raises here). `seed` None draws from NumPy's global stream, as released.
    """
    kept = [(found.vectors.detach().float(), labels) for found, labels in batches]
    vectors = group.gather(torch.cat([v for v, _ in kept]))
    labels = group.gather(torch.cat([y for _, y in kept]))
    centres = vectors.new_zeros(vectors.shape[1], clusters, vectors.shape[2])
    available = (labels > 0).any(0)
    for c in available.nonzero()[:, 0].tolist():
        own = vectors[labels[:, c] > 0, c].cpu().numpy()
        distinct = np.unique(own, axis=0)
        if len(distinct) > clusters:
            found = KMeans(clusters, n_init=1, random_state=seed).fit(own).cluster_centers_
        else:
            found = distinct[np.arange(clusters) % len(distinct)]
        centres[c] = torch.as_tensor(found)
    return centres, available


def as_noise(prototypes: Tensor, available: Tensor, seed: int) -> Tensor:
    """Control: normal noise with the mean and spread of the true prototypes, the same for every category."""
    real = prototypes[available]
    if not len(real):
        return prototypes
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(prototypes.shape, generator=generator).to(prototypes.device)
    return real.mean() + noise * (real.std() if real.numel() > 1 else 1.0)
