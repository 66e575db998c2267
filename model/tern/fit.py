"""Fitting tern: rows from known cells and blends, choices by cross-validation on known cells, out-of-fold logits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray

from model.calibrate import calibrate
from model.tern.blend import Cells, blended
from model.tern.solver import Penalty, Rows, Solution, solve, start

Floats = NDArray[np.float32]
FOLDS = 5
# From the fit on everything, leaving out a fifth of the pictures is two Newton steps away.
FOLD_STEPS = 2
# Rows a label may bring to a fit. Positives always come; of the rest the newest, so that cost has a bound.
MOST_ROWS = 2000
# With fewer known cells than this, or no known positive, choosing by cross-validation is choosing by noise.
LEAST_KNOWN = 40


@dataclass(frozen=True)
class Choices:
    """What cross-validation decides: penalty, share of blended rows, pull of labels towards the shared trust in z."""

    lam: float = 0.1
    blend: float = 1.0
    pull_s: float = 1.0
    plrb: bool = True

    def as_dict(self) -> dict[str, float | bool]:
        """For result.json."""
        return asdict(self)


GRID = [Choices(lam, blend) for lam, blend in product((0.05, 0.1, 0.2, 0.5, 1.0), (0.0, 1.0))]

DEEP_GRID = [replace(choice, pull_s=pull) for choice in GRID for pull in (0.3, 1.0, 3.0)]


@dataclass
class Problem:
    """Known cells, the cells that may be blended, and the number of labels."""

    known: Cells
    unknown: Cells
    labels: int
    seed: int = 0


def by_label(labels: NDArray[np.int64], count: int) -> list[NDArray[np.int64]]:
    """Indices of cells of each label, ascending."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.searchsorted(labels[order], np.arange(1, count)))


def rows_of(problem: Problem, keep: NDArray[np.bool_], choices: Choices) -> Rows:
    """Padded training rows of the known cells in `keep`, blends included."""
    known, unknown = by_label(problem.known.label, problem.labels), by_label(problem.unknown.label, problem.labels)
    parts: list[tuple[Floats, Floats, Floats, Floats]] = []
    rng = np.random.default_rng(problem.seed)
    for label in range(problem.labels):
        mine = known[label][keep[known[label]]]
        positive = mine[problem.known.value[mine] == 1]
        negative = mine[problem.known.value[mine] == -1]
        positive, negative = positive[-MOST_ROWS:], negative[-max(MOST_ROWS - len(positive), MOST_ROWS // 2) :]
        cells = problem.known.take(np.concatenate([positive, negative]))
        target = np.concatenate([np.ones(len(positive)), np.zeros(len(negative))]).astype(np.float32)
        x, z, weight = cells.x, cells.z, np.ones(len(cells), np.float32)
        lenders = problem.known.take(positive)
        if choices.blend > 0 and len(positive) and len(unknown[label]):
            more_x, more_z = blended(problem.unknown.take(unknown[label]), lenders, rng, choices.plrb)
            each = choices.blend * len(positive) / len(more_z)
            x, z = np.concatenate([x, more_x]), np.concatenate([z, more_z])
            target = np.concatenate([target, np.ones(len(more_z), np.float32)])
            weight = np.concatenate([weight, np.full(len(more_z), each, np.float32)])
        parts.append((x, z, target, weight))
    return padded(parts, problem.known.x.shape[1])


def padded(parts: list[tuple[Floats, Floats, Floats, Floats]], width: int) -> Rows:
    """Labels side by side, short ones filled with rows of weight 0."""
    longest = max([len(part[1]) for part in parts], default=0)
    x = np.zeros((len(parts), longest, width), np.float32)
    rest = np.zeros((3, len(parts), longest), np.float32)
    for label, (vectors, *others) in enumerate(parts):
        x[label, : len(vectors)] = vectors
        for row, values in enumerate(others):
            rest[row, label, : len(values)] = values
    z, target, weight = torch.from_numpy(rest)
    return Rows(torch.from_numpy(x), z, target, weight)


def penalty_of(choices: Choices, labels: int) -> Penalty:
    """The solver's penalties for these choices."""
    return Penalty(torch.full((labels,), choices.lam), choices.pull_s)


def fit(problem: Problem, choices: Choices, warm: Solution | None = None) -> Solution:
    """Fit on all known cells."""
    penalty = penalty_of(choices, problem.labels)
    rows = rows_of(problem, np.ones(len(problem.known), bool), choices)
    return solve(rows, penalty, warm or start(problem.labels, problem.known.x.shape[1], penalty))


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


def out_of_fold(
    problem: Problem, choices: Choices, fold: NDArray[np.int64], warm: Solution, stop: Callable[[], None]
) -> Floats:
    """Logits of known cells, each from a fit that saw no cell of that picture's group."""
    penalty = penalty_of(choices, problem.labels)
    out = np.zeros(len(problem.known), np.float32)
    mine = fold[problem.known.image]
    for number in np.unique(mine):
        stop()
        held = mine == number
        solution = solve(rows_of(problem, ~held, choices), penalty, warm, FOLD_STEPS)
        out[held] = logits(solution, problem.known.take(held))
    return out


def calibrated_loss(problem: Problem, scores: Floats) -> float:
    """Mean logistic loss of out-of-fold logits once calibrated: blends shift the level, which calibration undoes."""
    known = problem.known
    p = calibrate(scores, known.label, known.value, problem.labels).probability(scores, known.label)
    return float(-np.log(np.where(known.value == 1, p, 1 - p)).mean())


def choose(
    problem: Problem, fold: NDArray[np.int64], stop: Callable[[], None], grid: list[Choices] | None = None
) -> tuple[Choices, dict[Choices, float]]:
    """The choices with the least out-of-fold loss on known cells, and the loss of every candidate."""
    if len(problem.known) < LEAST_KNOWN or not (problem.known.value == 1).any():
        return replace(Choices(), lam=1.0), {}
    losses = {}
    for candidate in grid or GRID:
        warm = fit(problem, candidate)
        losses[candidate] = calibrated_loss(problem, out_of_fold(problem, candidate, fold, warm, stop))
    return min(losses, key=lambda choice: losses[choice]), losses
