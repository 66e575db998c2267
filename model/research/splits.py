"""Draws of real photographs for `evaluate`: data sets as runs, and how they part into training and test.

`given` is the data set's own split. `balanced` draws a test part in which classes are about evenly present, another one
for every seed. `voc12-voc07` and `voc12-coco` train on one source and test on another (the 20 classes they share).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.arrays import I8, Bool
from model.research.datasets.base import rows, state
from model.research.datasets.folder import WIDE
from model.research.datasets.voc import AS_WORDS
from model.storage.durable import checksum
from model.storage.run import Config, Label, Picture, Run

SPLITS = ("given", "balanced", "voc12-voc07", "voc12-coco")
# Positives of each class in a balanced test part, at most, and at most this share of those there are.
BALANCED_POSITIVES, BALANCED_SHARE = 15, 0.5


@dataclass
class Dataset:
    """A benchmark: a run over all its pictures, true marks [N, C], source and own part ("train", …) of each picture."""

    run: Run
    truth: I8
    source: NDArray[np.str_]
    part: NDArray[np.str_]

    def training(self, split: str, seed: int) -> tuple[Bool, Bool]:
        """Which pictures are for training and which for test. Raises ValueError where the split does not apply."""
        if split == "given":
            return self.part == "train", self.part != "train"
        if split == "balanced":
            test = balanced(self.truth, seed)
            return ~test, test
        here, there = split.split("-")
        if here not in self.source or there not in self.source:
            raise ValueError(
                f"split {split}: this data set holds only {', '.join(sorted(set(self.source)))}; use voc20"
            )
        return self.source == here, self.source == there


def balanced(truth: I8, seed: int) -> Bool:
    """A test part [N]: pictures of the class that is still rarest in it are added until every class has its share."""
    rng = np.random.default_rng(seed)
    present = truth == 1
    wanted = np.minimum(BALANCED_POSITIVES, (present.sum(0) * BALANCED_SHARE).astype(int))
    test = np.zeros(len(truth), bool)
    while True:
        have = present[test].sum(0)
        short = np.flatnonzero(have < wanted)
        if not len(short):
            return test
        rarest = short[np.argmin((have / np.maximum(wanted, 1))[short])]
        free = np.flatnonzero(present[:, rarest] & ~test)
        crowd = present[free][:, have >= wanted].sum(1)
        test[rng.choice(free[crowd == crowd.min()])] = True


def read_dataset(data: Path, name: str, backbone: str, size: int, cache: Path, weights: Path | None = None) -> Dataset:
    """`voc20` or `coco` below `data`/photos; `weights` is a file for the backbone, None = packaged.

    Raises DataError or FileNotFoundError naming the file.
    """
    photos = data / "photos"
    table = photos / ("voc20.csv" if name == "voc20" else "coco/labels.csv")
    folder, split = (photos, "split") if name == "voc20" else (photos / "coco/images", "lab_split")
    lines = [row for _, row in rows(table, WIDE)]
    names = [key for key in lines[0] if key not in {"image", "split", "lab_split", "source"}]
    paths = [folder / row["image"] for row in lines]
    images = [Picture(number, checksum(path), str(path), "") for number, path in enumerate(paths)]
    truth = np.array([[state(row[name], f"{table}, {row['image']},") for name in names] for row in lines], np.int8)
    labels = [Label(number, AS_WORDS.get(label, label)) for number, label in enumerate(names)]
    cache.mkdir(parents=True, exist_ok=True)
    overrides = {"backbone_weights": str(weights)} if weights else {}
    config = Config(str(cache), backbone=backbone, image_size=size, overrides=overrides)
    run = Run(cache, labels, images, config, np.zeros_like(truth), None, None)
    source = np.array([row.get("source") or name for row in lines])
    return Dataset(run, truth, source, np.array([row[split] for row in lines]))
