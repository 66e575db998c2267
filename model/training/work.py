"""One run in hand: what it says, what stays warm for it, how it tells and is told, and its pictures' features."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.arrays import F16, F32, Bool
from model.priors.reading import Reading, SemanticPrior
from model.storage.durable import BadInput
from model.storage.features import FeatureCache
from model.storage.progress import Clock, Progress, Watch
from model.storage.run import Run
from model.tern import weights as stored
from model.tern.features import Pictures, basis_of, reduce_maps
from model.tern.weights import Weights
from model.training.stores import derived, evidence_store, grown, reduced_store, single
from model.training.two_sizes import TwoSizes, enlarged_size
from model.training.warm import Memory, Warm
from model.vision import backbones
from model.vision.backbones import Backbone
from model.vision.grid import coarse_maps

SHARES = {"features": 60.0, "fit": 25.0, "score": 10.0, "calibrate": 5.0}


@dataclass
class Work:
    """What every stage of a run is given. `valid` [N] says which pictures have features, `unreadable` {index: error}
    which could not be read; both are settled by `model.training.extract`."""

    run: Run
    warm: Warm
    watch: Watch
    progress: Progress = field(init=False)
    clock: Clock = field(default_factory=Clock)
    valid: Bool = field(init=False)
    unreadable: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.progress = Progress(self.run.folder, SHARES)
        self.valid = np.zeros(len(self.run.images), bool)

    @classmethod
    def alone(cls, run: Run) -> Work:
        """A run in a process that does nothing else and that nobody watches, as in a benchmark."""
        return cls(run, Warm(), Watch(run.folder))

    @cached_property
    def backbone(self) -> Backbone:
        """The run's backbone, at the project's size."""
        return self.warm.backbone(self.run.config)

    @cached_property
    def prior(self) -> SemanticPrior:
        """What reads names for this backbone."""
        return self.warm.prior(self.run.config)

    @cached_property
    def reading(self) -> Reading:
        """What the labels' names are read as."""
        return self.prior.read([label.names for label in self.run.labels])

    @cached_property
    def cache(self) -> FeatureCache:
        """Where maps are kept."""
        config, backbone = self.run.config, self.backbone
        return FeatureCache.create(
            config.cache_dir, backbone.name, config.image_size, backbone.weights_id, backbone.grid, backbone.dim
        )

    @cached_property
    def two_sizes(self) -> TwoSizes:
        """Where pictures seen at two sizes are kept."""
        size = self.run.config.image_size
        larger = enlarged_size(size) if backbones.takes_any_size(self.run.config.backbone) else size
        return TwoSizes(self.cache, larger, self.prior)

    @property
    def made_by(self) -> tuple[str, str]:
        """What weights of a version must have been made with: backbone at its size, and its weights."""
        return f"{self.run.config.backbone}-{self.run.config.image_size}", self.backbone.weights_id

    @cached_property
    def previous(self) -> Weights | None:
        """The version before, or None when there is none, it is unreadable, or another backbone made it."""
        if not self.run.config.previous:
            return None
        try:
            old = stored.load(Path(self.run.config.previous) / "weights.safetensors")
        except BadInput:
            return None
        return old if (old.backbone, old.weights_id) == self.made_by else None

    @property
    def memory(self) -> Memory:
        """Features in the order of the run's pictures; rows of pictures seen before are carried over."""
        cache, hashes, memory = self.cache, self.run.hashes, self.warm.memory
        if memory is None or memory.folder != cache.folder:
            memory = self.warm.memory = Memory(cache.folder, hashes, cache.pooled(hashes))
        elif memory.hashes != hashes or np.isnan(memory.pooled).any():
            rows = {h: i for i, h in enumerate(memory.hashes)}
            evidence = memory.evidence
            memory = self.warm.memory = Memory(cache.folder, hashes, grown(rows, memory.pooled, hashes, cache.pooled))
            if evidence is not None and evidence[0] == self.prior.name:
                memory.evidence = evidence[0], grown(rows, evidence[1], hashes, self._evidence)
        return memory

    @property
    def pooled(self) -> F32:
        """Pooled features [N, D] of the run's pictures, NaN rows where there are none; kept for the next command."""
        return self.memory.pooled

    @property
    def evidence(self) -> F16:
        """The prior's evidence [N, E] of the run's pictures, NaN rows where there are no features; kept likewise."""
        memory, name = self.memory, self.prior.name
        if memory.evidence is None or memory.evidence[0] != name:
            memory.evidence = name, self._evidence(memory.hashes)
        return memory.evidence[1]

    def pictures(self, basis: F32 | None, enlarged: bool = False) -> tuple[Pictures, F32]:
        """The valid pictures, reduced to `basis` (made from them when None); also returns the basis.

        `enlarged` takes what was seen at two sizes where it is there; a picture that came later is seen as it is.
        """
        hashes = [h for h, ok in zip(self.run.hashes, self.valid, strict=True) if ok]
        memory = self.memory
        if basis is None:
            basis = basis_of(memory.pooled[self.valid], self.backbone.classifier)
        reduced = memory.reduced if memory.basis is not None and np.array_equal(memory.basis, basis) else None
        fits = (memory.closer is not None) == enlarged
        if reduced is None or not fits or not len(reduced) == len(hashes) == len(memory.hashes):
            reduced, closer = self._reduced(self.cache, hashes, basis), None
            if enlarged:
                closer = self._closer(hashes, basis, reduced)
            memory.reduced, memory.basis, memory.closer = reduced, basis, closer
        store, evidence = reduced, self.evidence[self.valid] if memory.closer is None else memory.closer
        return Pictures(memory.pooled[self.valid], lambda indices: single(store[indices]), evidence), basis

    def _closer(self, hashes: list[str], basis: F32, reduced: F16) -> F16:
        """Put what was seen at two sizes in the place of plain pictures; the evidence to go with it."""
        closer = self._reduced(self.two_sizes.records, hashes, basis)
        there = ~np.isnan(closer[:, 0, 0])
        reduced[there] = closer[there]
        evidence = self.evidence[self.valid]
        seen, sound = self.two_sizes.evidence.maps(hashes)
        evidence[sound] = seen[sound, 0]
        return evidence

    def _reduced(self, source: FeatureCache, hashes: list[str], basis: F32) -> F16:
        """Maps of `source` reduced to `basis` [n, h*w, K]; NaN where there is no map."""

        def reduce(maps: NDArray[Any]) -> F32:
            self.watch.check()
            return reduce_maps(maps, source.grid, basis)

        return derived(source, reduced_store(source, basis), hashes, reduce)

    def _evidence(self, hashes: list[str]) -> F16:
        """Evidence of pictures from the store; what is missing there is made from their maps."""

        def make(maps: NDArray[Any]) -> F32:
            self.watch.check()
            return self.prior.evidence(coarse_maps(maps, self.cache.grid))[:, None]

        return derived(self.cache, evidence_store(self.cache, self.prior), hashes, make)[:, 0]
