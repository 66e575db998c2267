"""tern's head as the effort benchmark drives it: features once, then one label refitted after each page of marks.

The same lens, solver and context columns as `python -m model train`; only the bookkeeping differs, because a page
changes the marks of one label and everything else stays warm.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.special import expit

from model.arrays import F16, F32, I8, I64
from model.research.datasets import load
from model.storage.durable import checksum
from model.storage.run import read_run
from model.tern.context import columns
from model.tern.features import raw_zero_shot, settle, split
from model.tern.fitting import Choices
from model.tern.solver import Penalty, Rows, Solution, solve, start
from model.training.by_hand import run_directory
from model.training.extract import extract
from model.training.work import Work

HOLD = 3.0
"""How many imagined labels hold the shared offset and slope to where they start."""
FIRM = 1e6
"""A hold under which the solver leaves the shared values alone: they are set here, from all labels."""


@dataclass(frozen=True)
class Photographs:
    """A part of a data set ready for the benchmark.

    `vectors` float16 [N, C, K] category vectors, `zero_shot` [N, C], `pooled` [N, D], `truth` int8 [N, C] where 0 is a
    difficult object: an annotator leaves it absent and no figure counts it.
    """

    name: str
    names: list[str]
    vectors: F16
    zero_shot: F32
    pooled: F32
    truth: I8

    def take(self, rows: I64) -> Photographs:
        """Some of the photographs."""
        return Photographs(
            self.name, self.names, self.vectors[rows], self.zero_shot[rows], self.pooled[rows], self.truth[rows]
        )

    def draw(self, seed: int, share: float = 0.8) -> Photographs:
        """All photographs for seed 0, else a random share of them."""
        if seed == 0:
            return self
        rng = np.random.default_rng(seed)
        return self.take(np.sort(rng.choice(len(self.truth), round(share * len(self.truth)), replace=False)))


def photographs(dataset: str, data: Path, cache: Path) -> Photographs:
    """Features of the training part of a data set, through the application's own run directory and cache."""
    part = load(dataset, data)[0].checked()
    hashes = [checksum(path) for path in part.paths]
    mark = hashlib.sha256("".join(hashes).encode()).hexdigest()[:8]
    config: dict[str, object] = {"level": "prior", "cache_dir": str(cache.resolve())}
    unknown = np.zeros(part.labels.shape, np.int8)
    folder = run_directory(cache / f"effort-{dataset}-{mark}", part.paths, hashes, part.names, unknown, config)
    work = Work.alone(read_run(folder))
    extract(work)
    pooled, (pictures, basis) = work.pooled, work.pictures(None)
    raw = raw_zero_shot(pictures.evidence, work.prior, work.reading)
    lens = settle(pictures.sample(), raw, work.reading, basis)
    parts = [
        lens.vectors(torch.from_numpy(x)).numpy().astype(np.float16) for x in split(pictures.reduced(every(pooled)))
    ]
    return Photographs(dataset, part.names, np.concatenate(parts), lens.zero_shot(raw), pooled, part.labels)


def every(rows: F32) -> I64:
    """Indices of all rows."""
    return np.arange(len(rows))


class Learner:
    """Probabilities of every cell, and the fit behind them. `context` False leaves out marks of other labels."""

    def __init__(self, photographs: Photographs, context: bool = True, choices: Choices | None = None) -> None:
        self.data, self.context = photographs, context
        self.choices = choices or Choices(blend=0.0)
        self.solutions: dict[int, Solution] = {}
        self.probabilities = np.zeros(photographs.truth.shape)
        self.refit(np.zeros(photographs.truth.shape, np.int8), range(photographs.truth.shape[1]))

    def refit(self, marks: I8, labels: range | I64 | list[int]) -> None:
        """Fit some labels again to `marks` [N, C] and renew their probabilities."""
        for label in labels:
            self._refit(marks, int(label))

    def _refit(self, marks: I8, label: int) -> None:
        x = self.data.vectors[:, label].astype(np.float32)
        if self.context:
            x = np.concatenate([x, columns(marks, label, self.choices.lam)], axis=1)
        z = self.data.zero_shot[:, label]
        penalty = self._penalty()
        known = np.flatnonzero(marks[:, label])
        solution = self.solutions.get(label) or start(1, x.shape[1], penalty)
        solution.b0, solution.s0 = penalty.start_b, penalty.start_s
        if len(known):
            target = torch.from_numpy((marks[known, label] > 0).astype(np.float32))[None]
            rows = Rows(
                torch.from_numpy(x[known])[None], torch.from_numpy(z[known])[None], target, torch.ones_like(target)
            )
            solution = self.solutions[label] = solve(rows, penalty, solution)
        w, b, s = solution.w[0].numpy(), float(solution.b[0]), float(solution.s[0])
        self.probabilities[:, label] = expit((x @ w + b + s * z).astype(np.float64))

    def _penalty(self) -> Penalty:
        """Penalties around the offset and slope that labels with marks share."""
        own = Penalty(torch.full((1,), self.choices.lam), hold=FIRM)
        fitted = self.solutions.values()
        count = len(self.solutions) + HOLD
        own.start_b = (sum(float(f.b[0]) for f in fitted) + HOLD * own.start_b) / count
        own.start_s = (sum(float(f.s[0]) for f in fitted) + HOLD * own.start_s) / count
        return own
