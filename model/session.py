"""What stays warm between commands of one trainer process: backbones, the prior, features of the last project."""

from __future__ import annotations

import hashlib
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
from model.tern.features import Pictures, basis_of, coarse_grid, coarse_maps, reduce_maps

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
    evidence: tuple[str, NDArray[np.float16]] | None = None


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

        backbone, cache, evidence = self.backbone(run), self.cache(run), self.evidence_store(run)
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
                    fresh = [hashes[todo[i]] for i in good]
                    cache.add(fresh, maps, keep=hashes)
                    if evidence.dim:
                        evidence.add(fresh, self.evidence_of(run, maps), keep=hashes)
                done += len(good) + len(failed)
                tick(done, len(todo), failed[0][1] if failed else "")
        return errors

    def evidence_of(self, run: Run, maps: NDArray[Any]) -> Floats:
        """What the prior keeps of pictures, from their maps [n, H*W, D], as records [n, 1, E]."""
        return self.prior(run).evidence(coarse_maps(maps, self.cache(run).grid))[:, None]

    def evidence_store(self, run: Run) -> FeatureCache:
        """Where the prior's evidence is kept, beside the maps it is made from."""
        cache, prior = self.cache(run), self.prior(run)
        width = prior.evidence(np.zeros((1, 1, cache.dim), np.float32)).shape[1]
        return FeatureCache.create(cache.folder, "evidence", width, digest(prior.name.encode()), (1, 1), width)

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

    def pooled(self, run: Run) -> Floats:
        """Pooled features [N, D] of the run's pictures, NaN rows where there are none; kept for the next command."""
        return self.remembered(run).pooled

    def evidence(self, run: Run) -> NDArray[np.float16]:
        """The prior's evidence [N, E] of the run's pictures, NaN rows where there are no features; kept likewise."""
        memory, name = self.remembered(run), self.prior(run).name
        if memory.evidence is None or memory.evidence[0] != name:
            memory.evidence = name, self._evidence(run, memory.hashes)
        return memory.evidence[1]

    def _evidence(self, run: Run, hashes: list[str]) -> NDArray[np.float16]:
        """Evidence of pictures from the store; what is missing there is made from their maps."""
        return self._derived(run, self.evidence_store(run), hashes, lambda maps: self.evidence_of(run, maps))[:, 0]

    def pictures(
        self, run: Run, basis: Floats | None, valid: NDArray[np.bool_], watch: Watch
    ) -> tuple[Pictures, Floats]:
        """Pictures that have features, reduced to `basis` (made from them when None); also returns the basis."""
        hashes = [h for h, ok in zip(run.hashes, valid, strict=True) if ok]
        memory = self.remembered(run)
        if basis is None:
            basis = basis_of(memory.pooled[valid], self.backbone(run).classifier)
        reduced = memory.reduced if memory.basis is not None and np.array_equal(memory.basis, basis) else None
        if reduced is None or not len(reduced) == len(hashes) == len(memory.hashes):
            reduced = self._reduced(run, hashes, basis, watch)
            memory.reduced, memory.basis = reduced, basis
        store, evidence = reduced, self.evidence(run)[valid]
        return Pictures(memory.pooled[valid], lambda indices: single(store[indices]), evidence), basis

    def _reduced(self, run: Run, hashes: list[str], basis: Floats, watch: Watch) -> NDArray[np.float16]:
        """Reduced maps of pictures [n, h*w, K]; stored beside the maps, under the basis's own name."""
        cache = self.cache(run)
        grid, width = coarse_grid(cache.grid), basis.shape[1]
        store = FeatureCache.create(cache.folder, "reduced", width, digest(basis.tobytes()), grid, width)

        def reduce(maps: NDArray[np.float16]) -> Floats:
            watch.check()
            return reduce_maps(maps, cache.grid, basis)

        return self._derived(run, store, hashes, reduce)

    def _derived(
        self, run: Run, store: FeatureCache, hashes: list[str], make: Callable[[NDArray[np.float16]], Floats]
    ) -> NDArray[np.float16]:
        """Records of `store` [n, P, K]; missing ones are made from the maps, or are NaN where there is no map."""
        if not store.dim:
            return np.zeros((len(hashes), store.positions, 0), np.float16)
        cache = self.cache(run)
        out, sound = store.maps(hashes)
        missing = np.flatnonzero(~sound)
        for first in range(0, len(missing), REDUCE_CHUNK):
            part = missing[first : first + REDUCE_CHUNK]
            maps, there = cache.maps([hashes[i] for i in part])
            out[part[~there]] = np.nan
            if there.any():
                made, rows = make(maps[there]), part[there]
                store.add([hashes[i] for i in rows], made)
                out[rows] = made
        return out


def digest(of: bytes) -> str:
    """Eight hex digits."""
    return hashlib.sha256(of).hexdigest()[:8]


def single(half: NDArray[np.float16]) -> Floats:
    """Half to single precision, by the faster of the two libraries at hand."""
    import torch

    out: Floats = torch.from_numpy(half).float().numpy()
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
