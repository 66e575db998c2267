"""Fitting tern: rows from known cells and blends, scores of known cells out of fold, choices by those scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from model.calibrate import calibrate
from model.tern.blend import Cells, blended
from model.tern.solver import Penalty, Rows, Solution, left_out, solve, start

Floats = NDArray[np.float32]
FOLDS = 5
# Rows a label may bring to a fit. Positives always come; of the rest the newest, so that cost has a bound.
MOST_ROWS = 2000
# With fewer known cells than this, or no known positive, choosing by out-of-fold loss is choosing by noise.
LEAST_KNOWN = 40
# A label's choice minimises its own loss plus the mean loss of all labels over this share of all known cells.
SHARING = 0.25


@dataclass(frozen=True)
class Choices:
    """What out-of-fold loss decides for a label: penalty, share of blended rows, and whether its name is believed.

    Without its name a label is a plain probe: no zero-shot score, no attention.
    """

    lam: float = 0.1
    blend: float = 1.0
    plrb: bool = True
    named: bool = True

    def as_dict(self) -> dict[str, float | bool]:
        """For result.json."""
        return asdict(self)


LAMBDAS = (3.0, 1.0, 0.5, 0.2, 0.1, 0.05)
NAMED = [Choices(lam, blend) for blend in (0.0, 1.0) for lam in LAMBDAS]
NAMELESS = [replace(choice, named=False) for choice in NAMED]
GRID = NAMED + NAMELESS
# What a quick refit tries when the marks have doubled since the last choice.
QUICK_GRID = [Choices(lam) for lam in (3.0, 1.0, 0.3, 0.1)] + [Choices(lam, named=False) for lam in (1.0, 0.3, 0.1)]
DEEP_LAMBDAS = (10.0, 5.0, 3.0, 2.0, 1.0, 0.7, 0.5, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.03)
DEEP_GRID = [Choices(lam, blend, named=named) for named in (True, False) for blend in (0.0, 0.5, 1.0, 2.0)
             for lam in DEEP_LAMBDAS]  # fmt: skip


@dataclass
class Problem:
    """Known cells, the cells that may be blended, and the number of labels.

    `group` is the group of each known cell's picture; `plain` and `plain_unknown` hold the same cells as a label
    without a name sees them (None where no such label is to be fitted).
    """

    known: Cells
    unknown: Cells
    labels: int
    group: NDArray[np.int64]
    seed: int = 0
    plain: Floats | None = None
    plain_unknown: Floats | None = None

    def nameless(self) -> Problem:
        """The same problem without names."""
        assert self.plain is not None
        assert self.plain_unknown is not None
        return replace(
            self,
            known=replace(self.known, x=self.plain, z=np.zeros_like(self.known.z)),
            unknown=replace(self.unknown, x=self.plain_unknown, z=np.zeros_like(self.unknown.z)),
            plain=None,
            plain_unknown=None,
        )


def by_label(labels: NDArray[np.int64], count: int) -> list[NDArray[np.int64]]:
    """Indices of cells of each label, ascending."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.searchsorted(labels[order], np.arange(1, count)))


@dataclass
class Training:
    """Padded rows, which known cell each is (-1: none), and its block: what must be left out together with it."""

    rows: Rows
    cell: NDArray[np.int64]
    block: NDArray[np.int64]


def newest(value: NDArray[np.int8]) -> NDArray[np.int64]:
    """Positions of the cells of one label that are fitted: all positives first, then the newest negatives."""
    positive, negative = np.flatnonzero(value == 1)[-MOST_ROWS:], np.flatnonzero(value == -1)
    return np.concatenate([positive, negative[-max(MOST_ROWS - len(positive), MOST_ROWS // 2) :]])


def rows_of(problem: Problem, choices: Sequence[Choices]) -> Training:
    """Training rows of the known cells, blends included, with one choice a label."""
    nameless = problem.nameless() if problem.plain is not None else problem
    known, unknown = by_label(problem.known.label, problem.labels), by_label(problem.unknown.label, problem.labels)
    parts = [
        label_rows(problem if choice.named else nameless, known[label], unknown[label], choice, label)
        for label, choice in enumerate(choices)
    ]
    return padded(parts, problem.known.x.shape[1])


Part = tuple[Floats, Floats, Floats, Floats, NDArray[np.int64], NDArray[np.int64]]


def label_rows(
    problem: Problem, known: NDArray[np.int64], unknown: NDArray[np.int64], choice: Choices, label: int
) -> Part:
    """Rows of one label: vectors, z, target, weight, index of the known cell or -1, block."""
    mine = known[newest(problem.known.value[known])]
    cells, block = problem.known.take(mine), problem.group[mine]
    target = (cells.value == 1).astype(np.float32)
    x, z, weight, cell = cells.x, cells.z, np.ones(len(mine), np.float32), mine
    positive = np.flatnonzero(target)
    if choice.blend > 0 and len(positive) and len(unknown):
        rng = np.random.default_rng([problem.seed, label])
        more_x, more_z, lender = blended(problem.unknown.take(unknown), cells.take(positive), rng, choice.plrb)
        each = choice.blend * len(positive) / len(more_z)
        x, z = np.concatenate([x, more_x]), np.concatenate([z, more_z])
        target = np.concatenate([target, np.ones(len(more_z), np.float32)])
        weight = np.concatenate([weight, np.full(len(more_z), each, np.float32)])
        cell, block = np.concatenate([cell, np.full(len(more_z), -1)]), np.concatenate([block, block[positive[lender]]])
    return x, z, target, weight, cell, block


def padded(parts: list[Part], width: int) -> Training:
    """Labels side by side, short ones filled with rows of weight 0."""
    longest = max([len(part[1]) for part in parts], default=0)
    x = np.zeros((len(parts), longest, width), np.float32)
    rest = np.zeros((3, len(parts), longest), np.float32)
    index = np.full((2, len(parts), longest), -1, np.int64)
    for label, (vectors, z, target, weight, *indices) in enumerate(parts):
        x[label, : len(z)] = vectors
        rest[:, label, : len(z)] = z, target, weight
        index[:, label, : len(z)] = indices
    values = torch.from_numpy(rest)
    return Training(Rows(torch.from_numpy(x), values[0], values[1], values[2]), index[0], index[1])


@dataclass
class Fitted:
    """A solution and the out-of-fold logits of known cells [n]; NaN for cells that were not among the rows."""

    solution: Solution
    held: Floats


def fit(problem: Problem, choices: Choices | Sequence[Choices], warm: Solution | None = None) -> Fitted:
    """Fit on known cells with the same choice for all labels, or one a label."""
    each = [choices] * problem.labels if isinstance(choices, Choices) else list(choices)
    penalty = Penalty(torch.tensor([choice.lam for choice in each], dtype=torch.float32))
    training = rows_of(problem, each)
    begin = warm or start(problem.labels, problem.known.x.shape[1], penalty)
    solution = solve(training.rows, penalty, begin)
    held = np.full(len(problem.known), np.nan, np.float32)
    real = training.cell >= 0
    if problem.labels:
        held[training.cell[real]] = left_out(training.rows, solution, training.block).numpy()[real]
    return Fitted(solution, held)


def logits(solution: Solution, cells: Cells) -> Floats:
    """Scores of cells, in logits."""
    w, b, s = solution.w.numpy(), solution.b.numpy(), solution.s.numpy()
    label = cells.label
    return (np.einsum("nk,nk->n", cells.x, w[label]) + b[label] + s[label] * cells.z).astype(np.float32)


def folds_of(groups: NDArray[np.int64], seed: int, folds: int = FOLDS) -> NDArray[np.int64]:
    """Fold of each image; images of one group share it."""
    unique = np.unique(groups)
    assigned = np.random.default_rng(seed).permutation(len(unique)) % folds
    return assigned[np.searchsorted(unique, groups)]


def calibrated_loss(problem: Problem, held: Floats) -> Floats:
    """Logistic loss of known cells by label [C], of out-of-fold logits once calibrated (blends shift the level)."""
    seen = ~np.isnan(held)
    label, value, scores = problem.known.label[seen], problem.known.value[seen], held[seen]
    p = calibrate(scores, label, value, problem.labels).probability(scores, label)
    return np.bincount(label, -np.log(np.where(value == 1, p, 1 - p)), problem.labels).astype(np.float32)


@dataclass
class Chosen:
    """One choice a label, the choice that is best for all together, and the loss of every candidate [K, C]."""

    labels: list[Choices]
    shared: Choices
    losses: Floats


def choose(problem: Problem, stop: Callable[[], None], grid: Sequence[Choices] = GRID) -> Chosen:
    """For each label the candidate with the least out-of-fold loss, its own and (SHARING) that of all labels."""
    if len(problem.known) < LEAST_KNOWN or not (problem.known.value == 1).any():
        first = replace(grid[0], lam=max(choice.lam for choice in grid))
        return Chosen([first] * problem.labels, first, np.zeros((0, problem.labels), np.float32))
    usable = [choice for choice in grid if choice.named or problem.plain is not None]
    losses, warm = [], None
    for candidate in usable:
        stop()
        fitted = fit(problem, candidate, warm)
        warm = fitted.solution
        losses.append(calibrated_loss(problem, fitted.held))
    table = np.stack(losses)
    mean = table.sum(1, keepdims=True) / len(problem.known)
    best = np.argmin(table + SHARING * len(problem.known) * mean, axis=0)
    return Chosen([usable[k] for k in best], usable[int(mean.argmin())], table)
