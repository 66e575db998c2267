"""A data set as frozen features for the tables: maps on half the grid, zero-shot scores, word vectors.

Features come from the same run directories and cache as the app's own training (`python -m model train`).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.arrays import F16, F32
from model.networks.inputs import Maps
from model.priors import word_vectors
from model.priors.create import create_prior
from model.research.datasets import Labelled
from model.research.datasets.base import drop_labels
from model.research.task import Task
from model.storage.durable import checksum, write_array
from model.storage.features import FeatureCache
from model.training.by_hand import run_directory, train_run
from model.vision import backbones


@dataclass(frozen=True)
class Frozen:
    """Features of a training and a test part, in this order: `maps` float16 [N + M, P, D] on `grid`."""

    train: Labelled
    test: Labelled
    maps: F16
    grid: tuple[int, int]
    words: F32
    directions: F32
    scores: F32
    hashes: list[str]
    backbone: str
    size: int
    cache: Path

    def task(self, known: float, seed: int) -> Task:
        """The problem at a proportion of known labels, dropped with the authors' stream at `seed`."""
        n = len(self.train.paths)
        rows = np.arange(len(self.maps))
        return Task(
            self.train.names,
            Maps(self.maps, self.grid, rows[:n]),
            drop_labels(self.train.labels, known, seed),
            Maps(self.maps, self.grid, rows[n:]),
            self.maps.shape[2],
            self.grid,
            self.words,
            self.directions,
            self.scores[:n],
            self.scores[n:],
            seed=seed,
            facts={"frozen": self},
        )


def extract(
    name: str, parts: tuple[Labelled, Labelled], backbone: str, size: int, cache: Path, word_source: str
) -> Frozen:
    """Features of a data set, from the cache when they are there."""
    train, test = (part.checked() for part in parts)
    paths = train.paths + test.paths
    stored = cache / f"{name}-{backbone.replace('/', '_')}-{size}.npy"
    hashes = [checksum(path) for path in paths]
    if not stored.exists():
        config = {"level": "prior", "backbone": backbone, "image_size": size, "cache_dir": str(cache.resolve())}
        unknown = np.zeros((len(paths), len(train.names)), np.int8)
        train_run(run_directory(cache / f"{stored.stem}-run", paths, hashes, train.names, unknown, config))
        features = FeatureCache.open(cache, backbone, size)
        write_array(
            stored, np.stack([_halved(_map(features, h, p), features.grid) for h, p in zip(hashes, paths, strict=True)])
        )
    maps = np.load(stored, mmap_mode="r")
    side = round(maps.shape[1] ** 0.5)
    directions, scores = _prior(train.names, maps, len(train.paths), backbone, size, cache)
    return Frozen(
        train,
        test,
        maps,
        (side, maps.shape[1] // side),
        word_vectors.load(word_source, train.names),
        directions,
        scores,
        hashes,
        backbone,
        size,
        cache,
    )


def _map(features: FeatureCache, key: str, path: Path) -> F32:
    found = features.map_of(key)
    if found is None:
        raise RuntimeError(f"no features of {path}: it is unreadable, or the cache {features.folder} too small")
    return found


def _halved(one: F32, grid: tuple[int, int]) -> F16:
    """Average over 2 x 2 positions (the paper's trunk ends with such a pooling); an odd last row or column is left."""
    h, w = grid[0] // 2 * 2, grid[1] // 2 * 2
    if min(h, w) < 4:
        return one.astype(np.float16)
    cut = one.reshape(*grid, -1)[:h, :w].reshape(h // 2, 2, w // 2, 2, -1)
    return cut.mean((1, 3)).reshape(h * w // 4, -1).astype(np.float16)


def _prior(names: list[str], maps: F16, known: int, backbone: str, size: int, cache: Path) -> tuple[F32, F32]:
    """Directions [C, D] and zero-shot scores [N + M, C] of whole pictures, standardised on the training part."""
    prior = create_prior(backbones.create(backbone, size), cache)
    reading = prior.read([[name] for name in names])
    pooled = np.concatenate([np.asarray(maps[i : i + 256], np.float32).mean(1) for i in range(0, len(maps), 256)])
    variants = prior.raw_scores(prior.evidence(pooled[:, None]), reading)
    z = np.mean([(v - v[:known].mean(0)) / (v[:known].std(0) + 1e-6) for v in variants], axis=0)
    return reading.directions, (z / (z[:known].std(0) + 1e-6)).astype(np.float32)
