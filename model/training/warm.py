"""What stays warm between commands of one trainer process: backbones, the prior, features of the last project."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.arrays import F16, F32, Bool
from model.priors.create import create_prior
from model.priors.reading import SemanticPrior
from model.storage.features import FeatureCache, digest
from model.storage.progress import Watch
from model.storage.run import Run
from model.tern.features import Pictures, basis_of, reduce_maps
from model.training.two_sizes import Views, enlarged_size
from model.vision import backbones
from model.vision.backbones import Backbone
from model.vision.grid import coarse_grid, coarse_maps

BATCH = 16
DECODERS = 2
REDUCE_CHUNK = 64


@dataclass
class Memory:
    """Features of the pictures of the last run, in the order of `hashes`."""

    folder: Path
    hashes: list[str]
    pooled: F32
    basis: F32 | None = None
    reduced: F16 | None = None
    # The evidence of views that `reduced` was made with; None where pictures are seen as they are.
    closer: F16 | None = None
    evidence: tuple[str, F16] | None = None


@dataclass
class Session:
    """One per process. Every field is filled on first use."""

    watch_parent: int = field(default_factory=os.getppid)
    backbones: dict[tuple[str, int, str | None], Backbone] = field(default_factory=dict)
    priors: dict[tuple[str, str], SemanticPrior] = field(default_factory=dict)
    memory: Memory | None = None

    def backbone(self, run: Run, size: int | None = None) -> Backbone:
        """The run's backbone, folded for inference at the project's size or another."""
        config = run.config
        key = (config.backbone, size or config.image_size, config.overrides.get("backbone_weights"))
        if key not in self.backbones:
            self.backbones[key] = backbones.create(*key).folded()
        return self.backbones[key]

    def prior(self, run: Run) -> SemanticPrior:
        """The prior that suits the run's backbone."""
        backbone = self.backbone(run)
        kind = run.config.overrides.get("prior", "auto")
        key = (backbone.weights_id, kind)
        if key not in self.priors:
            self.priors[key] = create_prior(backbone, Path(run.config.cache_dir), kind)
        return self.priors[key]

    def cache(self, run: Run) -> FeatureCache:
        """The cache of the run's backbone."""
        backbone = self.backbone(run)
        return FeatureCache.create(
            run.config.cache_dir, backbone.name, run.config.image_size, backbone.weights_id, backbone.grid, backbone.dim
        )

    def extract(
        self, run: Run, watch: Watch, tick: Callable[[int, int, str], None], basis: F32 | None = None
    ) -> dict[int, str]:
        """Make the features that are missing, newest picture first. Returns {index: error} of unreadable pictures.

        With a `basis` the maps are reduced to it at once, which saves reading them back.
        """
        import torch

        backbone, cache, prior = self.backbone(run), self.cache(run), self.prior(run)
        evidence, reduced = self.evidence_store(run), None if basis is None else reduced_store(cache, basis)
        hashes = run.hashes
        missing = cache.missing(hashes)[::-1]
        seen: set[str] = set()
        todo = [i for i in missing if not (hashes[i] in seen or seen.add(hashes[i]))]  # type: ignore[func-returns-value]
        errors: dict[int, str] = {}
        done = 0
        paths = [run.images[i].path for i in todo]
        with torch.inference_mode():
            for good, pixels, failed in backbones.batches(backbone.preprocessing, paths, BATCH, DECODERS):
                watch.check()
                errors.update({todo[i]: message for i, message in failed})
                if good:
                    maps = backbone.maps(torch.from_numpy(pixels)).float().numpy()
                    fresh = [hashes[todo[i]] for i in good]
                    coarse = coarse_maps(maps, cache.grid)
                    cache.add(fresh, maps, keep=hashes)
                    if evidence.dim:
                        evidence.add(fresh, prior.evidence(coarse)[:, None], keep=hashes)
                    if basis is not None and reduced is not None:
                        reduced.add(fresh, coarse @ basis, keep=hashes)
                done += len(good) + len(failed)
                tick(done, len(todo), failed[0][1] if failed else "")
        return errors

    def evidence_of(self, run: Run, maps: NDArray[Any]) -> F32:
        """What the prior keeps of pictures, from their maps [n, H*W, D], as records [n, 1, E]."""
        return self.prior(run).evidence(coarse_maps(maps, self.cache(run).grid))[:, None]

    def evidence_store(self, run: Run) -> FeatureCache:
        """Where the prior's evidence is kept, beside the maps it is made from."""
        cache, prior = self.cache(run), self.prior(run)
        width = prior.evidence(np.zeros((1, 1, cache.dim), np.float32)).shape[1]
        return FeatureCache.create(cache.folder, "evidence", width, digest(prior.name.encode()), (1, 1), width)

    def views(self, run: Run) -> Views:
        """Where pictures seen at two sizes are kept."""
        size = run.config.image_size
        larger = enlarged_size(size) if backbones.takes_any_size(run.config.backbone) else size
        return Views(self.cache(run), larger, self.prior(run))

    def look_closer(self, run: Run, watch: Watch, tick: Callable[[int, int], None]) -> None:
        """Make the views that are missing."""

        def step(done: int, total: int) -> None:
            watch.check()
            tick(done, total)

        views = self.views(run)
        views.make(self.backbone(run, views.size), run.hashes, [image.path for image in run.images], step)
        if self.memory is not None:
            self.memory.reduced = None

    def remembered(self, run: Run) -> Memory:
        """Memory in the order of the run's pictures; rows of pictures seen before are carried over."""
        cache, hashes, memory = self.cache(run), run.hashes, self.memory
        if memory is None or memory.folder != cache.folder:
            memory = self.memory = Memory(cache.folder, hashes, cache.pooled(hashes))
        elif memory.hashes != hashes or np.isnan(memory.pooled).any():
            rows = {h: i for i, h in enumerate(memory.hashes)}
            evidence = memory.evidence
            memory = self.memory = Memory(cache.folder, hashes, grown(rows, memory.pooled, hashes, cache.pooled))
            if evidence is not None and evidence[0] == self.prior(run).name:
                memory.evidence = evidence[0], grown(rows, evidence[1], hashes, lambda new: self._evidence(run, new))
        return memory

    def pooled(self, run: Run) -> F32:
        """Pooled features [N, D] of the run's pictures, NaN rows where there are none; kept for the next command."""
        return self.remembered(run).pooled

    def evidence(self, run: Run, watch: Watch) -> F16:
        """The prior's evidence [N, E] of the run's pictures, NaN rows where there are no features; kept likewise."""
        memory, name = self.remembered(run), self.prior(run).name
        if memory.evidence is None or memory.evidence[0] != name:
            memory.evidence = name, self._evidence(run, memory.hashes, watch)
        return memory.evidence[1]

    def _evidence(self, run: Run, hashes: list[str], watch: Watch | None = None) -> F16:
        """Evidence of pictures from the store; what is missing there is made from their maps."""

        def make(maps: F16) -> F32:
            if watch is not None:
                watch.check()
            return self.evidence_of(run, maps)

        return derived(self.cache(run), self.evidence_store(run), hashes, make)[:, 0]

    def pictures(
        self, run: Run, basis: F32 | None, valid: Bool, watch: Watch, enlarged: bool = False
    ) -> tuple[Pictures, F32]:
        """Pictures that have features, reduced to `basis` (made from them when None); also returns the basis.

        `enlarged` takes their views where there are any; a picture that came later is seen as it is.
        """
        hashes = [h for h, ok in zip(run.hashes, valid, strict=True) if ok]
        memory = self.remembered(run)
        if basis is None:
            basis = basis_of(memory.pooled[valid], self.backbone(run).classifier)
        reduced = memory.reduced if memory.basis is not None and np.array_equal(memory.basis, basis) else None
        fits = (memory.closer is not None) == enlarged
        if reduced is None or not fits or not len(reduced) == len(hashes) == len(memory.hashes):
            reduced, closer = self._reduced(run, hashes, basis, watch), None
            if enlarged:
                closer = self._look(run, hashes, basis, watch, reduced, self.evidence(run, watch)[valid])
            memory.reduced, memory.basis, memory.closer = reduced, basis, closer
        store, evidence = reduced, self.evidence(run, watch)[valid] if memory.closer is None else memory.closer
        return Pictures(memory.pooled[valid], lambda indices: single(store[indices]), evidence), basis

    def _look(
        self,
        run: Run,
        hashes: list[str],
        basis: F32,
        watch: Watch,
        reduced: F16,
        evidence: F16,
    ) -> F16:
        """Put views in the place of plain pictures, where there are any; the evidence to go with them."""
        views = self.views(run)
        closer = self._reduced(run, hashes, basis, watch, views.records)
        there = ~np.isnan(closer[:, 0, 0])
        reduced[there] = closer[there]
        seen, sound = views.evidence.maps(hashes)
        evidence[sound] = seen[sound, 0]
        return evidence

    def _reduced(self, run: Run, hashes: list[str], basis: F32, watch: Watch, views: FeatureCache | None = None) -> F16:
        """Maps of pictures, plain or of views, reduced to `basis` [n, h*w, K]; NaN where there is no map."""
        source = self.cache(run) if views is None else views

        def reduce(maps: F16) -> F32:
            watch.check()
            return reduce_maps(maps, source.grid, basis)

        return derived(source, reduced_store(source, basis), hashes, reduce)


def reduced_store(source: FeatureCache, basis: F32) -> FeatureCache:
    """Where maps reduced to `basis` are kept, beside the maps they are made from."""
    grid, width = coarse_grid(source.grid), basis.shape[1]
    return FeatureCache.create(source.folder, "reduced", width, digest(basis.tobytes()), grid, width)


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
