"""What stays warm between commands of one trainer process: backbones, the prior, features of the last project."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model import backbones
from model.backbones import Backbone
from model.cache import FeatureCache
from model.priors import SemanticPrior, create_prior
from model.runfiles import Run, append_line
from model.tern.features import Pictures, basis_of, coarse_grid, reduce_maps

Floats = NDArray[np.float32]
BATCH = 16
DECODERS = 2
REDUCE_CHUNK = 64


class Stopped(Exception):
    """Somebody asked for a stop, or the parent is gone; what is done so far can be resumed."""


class Watch:
    """Asks, at every step, whether to go on. Raises Stopped for a `stop` file, SIGTERM or a vanished parent."""

    def __init__(self, folder: Path, parent: int | None = None) -> None:
        self.stop_file = folder / "stop"
        self.parent = os.getppid() if parent is None else parent
        self.terminated = False

    def listen(self) -> None:
        """Take SIGTERM as a request to stop (main thread only)."""
        signal.signal(signal.SIGTERM, self._terminate)

    def _terminate(self, *_: Any) -> None:
        self.terminated = True

    def check(self) -> None:
        """Go on, or raise Stopped."""
        if self.terminated or self.stop_file.exists() or os.getppid() != self.parent:
            raise Stopped


class Progress:
    """Lines of progress.jsonl, with percent over the whole run and an estimate of the time left."""

    def __init__(self, folder: Path, shares: dict[str, float]) -> None:
        self.path = folder / "progress.jsonl"
        total = sum(shares.values()) or 1.0
        self.before, self.share, passed = {}, {}, 0.0
        for stage, share in shares.items():
            self.before[stage], self.share[stage] = passed / total, share / total
            passed += share
        self.begun = time.monotonic()

    def line(self, stage: str, done: int, total: int, message: str, **more: Any) -> None:
        """Append one line. `stage` is a key of the shares, or "done"."""
        part = done / total if total else 1.0
        percent = 1.0 if stage == "done" else self.before[stage] + part * self.share[stage]
        elapsed = time.monotonic() - self.begun
        left = None if percent < 0.02 else round(elapsed * (1 - percent) / percent, 1)
        append_line(
            self.path,
            {
                "stage": stage,
                "done": done,
                "total": total,
                "percent": round(100 * percent, 1),
                "seconds_left": left,
                "message": message,
                **more,
            },
        )


@dataclass
class Memory:
    """Features of the pictures of the last run, in the order of `hashes`."""

    folder: Path
    hashes: list[str]
    pooled: Floats
    basis: Floats | None = None
    reduced: NDArray[np.float16] | None = None
    evidence: tuple[str, Floats] | None = None


@dataclass
class Session:
    """One per process. Every field is filled on first use."""

    watch_parent: int = field(default_factory=os.getppid)
    backbones: dict[tuple[str, int, str | None], Backbone] = field(default_factory=dict)
    priors: dict[tuple[str, str], SemanticPrior] = field(default_factory=dict)
    memory: Memory | None = None

    def backbone(self, run: Run) -> Backbone:
        """The run's backbone, folded for inference."""
        config = run.config
        key = (config.backbone, config.image_size, config.overrides.get("backbone_weights"))
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
        self, run: Run, watch: Watch, tick: Callable[[int, int, str], None], batch: int = BATCH
    ) -> dict[int, str]:
        """Make the features that are missing, newest picture first. Returns {index: error} of unreadable pictures."""
        import torch

        backbone, cache = self.backbone(run), self.cache(run)
        hashes = run.hashes
        missing = cache.missing(hashes)[::-1]
        seen: set[str] = set()
        todo = [i for i in missing if not (hashes[i] in seen or seen.add(hashes[i]))]  # type: ignore[func-returns-value]
        errors: dict[int, str] = {}
        done = 0
        paths = [run.images[i].path for i in todo]
        with torch.inference_mode():
            for good, pixels, failed in backbones.batches(backbone.preprocessing, paths, batch, DECODERS):
                watch.check()
                errors.update({todo[i]: message for i, message in failed})
                if good:
                    maps = backbone.maps(torch.from_numpy(pixels)).float().numpy()
                    cache.add([hashes[todo[i]] for i in good], maps, keep=hashes)
                done += len(good) + len(failed)
                tick(done, len(todo), failed[0][1] if failed else "")
        return errors

    def pooled(self, run: Run) -> Floats:
        """Pooled features [N, D] of the run's pictures, NaN rows where there are none; kept for the next command."""
        cache, hashes = self.cache(run), run.hashes
        memory = self.memory
        if memory is None or memory.folder != cache.folder or memory.hashes != hashes or np.isnan(memory.pooled).any():
            old = {} if memory is None or memory.folder != cache.folder else {h: i for i, h in enumerate(memory.hashes)}
            self.memory = Memory(
                cache.folder, hashes, grown(old, memory.pooled if memory else None, hashes, cache.pooled)
            )
        assert self.memory is not None
        return self.memory.pooled

    def pictures(
        self, run: Run, basis: Floats | None, valid: NDArray[np.bool_], watch: Watch
    ) -> tuple[Pictures, Floats]:
        """Pictures that have features, reduced to `basis` (made from them when None); also returns the basis."""
        cache, hashes = self.cache(run), [h for h, ok in zip(run.hashes, valid, strict=True) if ok]
        pooled = self.pooled(run)[valid]
        if basis is None:
            basis = basis_of(pooled, self.backbone(run).classifier)
        memory = self.memory
        assert memory is not None
        same = memory.basis is not None and np.array_equal(memory.basis, basis) and memory.reduced is not None
        if not (same and memory.reduced is not None and len(memory.reduced) == len(hashes) == len(memory.hashes)):
            memory.reduced, memory.basis = self._reduced(cache, hashes, basis, watch), basis
        store = memory.reduced
        prior = self.prior(run)
        if memory.evidence is None or memory.evidence[0] != prior.name or len(memory.evidence[1]) != len(pooled):
            memory.evidence = prior.name, prior.evidence(pooled)
        return Pictures(pooled, lambda indices: single(store[indices]), memory.evidence[1]), basis

    def _reduced(self, cache: FeatureCache, hashes: list[str], basis: Floats, watch: Watch) -> NDArray[np.float16]:
        """Reduced maps of cached pictures [n, h*w, K]; stored beside the maps, under the basis's own name."""
        import hashlib

        name = hashlib.sha256(basis.tobytes()).hexdigest()[:8]
        grid = coarse_grid(cache.grid)
        store = FeatureCache.create(cache.folder, "reduced", basis.shape[1], name, grid, basis.shape[1])
        out, sound = store.maps(hashes)
        missing = np.flatnonzero(~sound)
        for first in range(0, len(missing), REDUCE_CHUNK):
            watch.check()
            part = missing[first : first + REDUCE_CHUNK]
            maps, _ = cache.maps([hashes[i] for i in part])
            reduced = reduce_maps(maps, cache.grid, basis)
            store.add([hashes[i] for i in part], reduced)
            out[part] = reduced
        return out


def single(half: NDArray[np.float16]) -> Floats:
    """Half to single precision, by the faster of the two libraries at hand."""
    import torch

    out: Floats = torch.from_numpy(half).float().numpy()
    return out


def grown(old: dict[str, int], kept: Floats | None, hashes: list[str], read: Callable[[list[str]], Floats]) -> Floats:
    """Rows for `hashes`: those kept in memory are copied, the others read."""
    if not old or kept is None:
        return read(hashes)
    rows = np.array([old.get(h, -1) for h in hashes])
    rows[(rows >= 0) & np.isnan(kept[rows]).any(1)] = -1
    out = np.empty((len(hashes), kept.shape[1]), np.float32)
    out[rows >= 0] = kept[rows[rows >= 0]]
    fresh = np.flatnonzero(rows < 0)
    out[fresh] = read([hashes[i] for i in fresh])
    return out
