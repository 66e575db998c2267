"""Fitting tern: rows from known cells and blends, scores of known cells out of fold, choices by those scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch

from model.arrays import F32, I8, I64, Bool
from model.tern.blend import Cells, blended
from model.tern.calibrate import calibrate
from model.tern.solver import Penalty, Rows, Solution, solve, start

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
        """For the card and the next fit."""
        return asdict(self)


LAMBDAS = (1.0, 0.3, 0.1, 0.03)
NAMED = [Choices(lam, 0.0) for lam in LAMBDAS]
NAMELESS = [Choices(lam, 0.0, named=False) for lam in LAMBDAS]
GRID = NAMED + NAMELESS
# What a quick refit tries when the marks have doubled since the last choice.
QUICK_GRID = [Choices(lam, 0.0) for lam in (0.3, 0.05)] + [Choices(0.1, 0.0, named=False)]
# Blending is tried at the penalty that is best without it. On draws from the training parts this share gained up to
# 0.4 mAP and lost at most 0.2; a full share lost up to 0.8.
BLEND_SHARE = 0.3
# Candidates are compared as if none were surer than this, so that no single cell decides.
LEAST_CHANCE = 0.002
# By so many nats a label must do better without its name before the name is dropped: with a handful of marks it often
# seems to, by chance (1 mAP lost at 1 % and 5 % known without this, up to 1.3 lost with it if all names are wrong).
NAME_CREDIT = 0.5


@dataclass
class Problem:
    """Known cells, the cells that may be blended, and the number of labels.

    `fold` [n] is the fold of each known cell's picture; `plain` and `plain_unknown` hold the same cells as a label
    without a name sees them (None where no such label is to be fitted).
    """

    known: Cells
    unknown: Cells
    labels: int
    fold: I64
    seed: int = 0
    plain: F32 | None = None
    plain_unknown: F32 | None = None

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


def by_label(labels: I64, count: int) -> list[I64]:
    """Indices of cells of each label, ascending."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.searchsorted(labels[order], np.arange(1, count)))


def newest(value: I8) -> I64:
    """Positions of the cells of one label that are fitted: all positives first, then the newest negatives."""
    positive, negative = np.flatnonzero(value == 1)[-MOST_ROWS:], np.flatnonzero(value == -1)
    return np.concatenate([positive, negative[-max(MOST_ROWS - len(positive), MOST_ROWS // 2) :]])


def rows_of(problem: Problem, choices: Sequence[Choices], keep: Bool | None = None) -> Rows:
    """Padded training rows of the known cells (those in `keep`), blends included, with one choice a label."""
    nameless = problem.nameless() if problem.plain is not None else problem
    known, unknown = by_label(problem.known.label, problem.labels), by_label(problem.unknown.label, problem.labels)
    parts = []
    for label, choice in enumerate(choices):
        mine = known[label] if keep is None else known[label][keep[known[label]]]
        source = problem if choice.named else nameless
        parts.append(label_rows(source, mine, unknown[label], choice, label))
    return padded(parts, problem.known.x.shape[1])


Part = tuple[F32, F32, F32, F32]


def label_rows(problem: Problem, known: I64, unknown: I64, choice: Choices, label: int) -> Part:
    """Rows of one label: vectors, z, target, weight."""
    cells = problem.known.take(known[newest(problem.known.value[known])])
    target = (cells.value == 1).astype(np.float32)
    x, z, weight = cells.x, cells.z, np.ones(len(cells), np.float32)
    positive = np.flatnonzero(target)
    if choice.blend > 0 and len(positive) and len(unknown):
        rng = np.random.default_rng([problem.seed, label])
        more_x, more_z = blended(problem.unknown.take(unknown), cells.take(positive), rng, choice.plrb)
        each = choice.blend * len(positive) / len(more_z)
        x, z = np.concatenate([x, more_x]), np.concatenate([z, more_z])
        target = np.concatenate([target, np.ones(len(more_z), np.float32)])
        weight = np.concatenate([weight, np.full(len(more_z), each, np.float32)])
    return x, z, target, weight


def padded(parts: list[Part], width: int) -> Rows:
    """Labels side by side, short ones filled with rows of weight 0."""
    rows = Rows.empty(len(parts), max([len(part[1]) for part in parts], default=0), width)
    for label, part in enumerate(parts):
        for whole, values in zip((rows.x, rows.z, rows.target, rows.weight), part, strict=True):
            # Copied by numpy, because torch shares a copy among threads, which wait for each other on busy cores.
            whole.numpy()[label, : len(values)] = values
    return rows


def each_label(problem: Problem, choices: Choices | Sequence[Choices]) -> tuple[list[Choices], Penalty]:
    """One choice a label, and the penalties they make."""
    each = [choices] * problem.labels if isinstance(choices, Choices) else list(choices)
    return each, Penalty(torch.tensor([choice.lam for choice in each], dtype=torch.float32))


def fit(problem: Problem, choices: Choices | Sequence[Choices], warm: Solution | None = None) -> Solution:
    """Fit on known cells with the same choice for all labels, or one a label."""
    each, penalty = each_label(problem, choices)
    begin = warm or start(problem.labels, problem.known.x.shape[1], penalty)
    return solve(rows_of(problem, each), penalty, begin)


def out_of_fold(
    problem: Problem,
    choices: Choices | Sequence[Choices],
    whole: Solution,
    stop: Callable[[], None] = lambda: None,
) -> F32:
    """Logits of known cells [n], each from a fit that saw no cell of its fold; such fits begin at the `whole` one."""
    each, penalty = each_label(problem, choices)
    out = np.zeros(len(problem.known), np.float32)
    named = np.array([choice.named for choice in each], bool)

    for number in np.unique(problem.fold):
        stop()
        held = problem.fold == number
        solution = solve(rows_of(problem, each, ~held), penalty, whole)
        cells = problem.known.take(held)
        if problem.plain is not None:
            plain = ~named[cells.label]
            cells.x = np.where(plain[:, None], problem.plain[held], cells.x)
            cells.z = np.where(plain, 0, cells.z)
        out[held] = logits(solution, cells)
    return out


def logits(solution: Solution, cells: Cells) -> F32:
    """Scores of cells, in logits."""
    w, b, s = solution.w.numpy(), solution.b.numpy(), solution.s.numpy()
    label = cells.label
    return (np.einsum("nk,nk->n", cells.x, w[label]) + b[label] + s[label] * cells.z).astype(np.float32)


def folds_of(groups: I64, seed: int, folds: int = FOLDS) -> I64:
    """Fold of each image; images of one group share it."""
    unique = np.unique(groups)
    assigned = np.random.default_rng(seed).permutation(len(unique)) % folds
    return assigned[np.searchsorted(unique, groups)]


def calibrated_loss(problem: Problem, held: F32) -> F32:
    """Logistic loss of known cells by label [C], of out-of-fold logits once calibrated (blends shift the level)."""
    label, value = problem.known.label, problem.known.value
    p = calibrate(held, label, value, problem.labels).probability(held, label)
    p = np.clip(p, LEAST_CHANCE, 1 - LEAST_CHANCE)
    return np.bincount(label, -np.log(np.where(value == 1, p, 1 - p)), problem.labels).astype(np.float32)


@dataclass
class Chosen:
    """One choice a label, the choice that is best for all together, and the loss of every candidate [K, C]."""

    labels: list[Choices]
    shared: Choices
    losses: F32


def choose(problem: Problem, stop: Callable[[], None], grid: Sequence[Choices] = GRID, blend: bool = True) -> Chosen:
    """For each label the candidate with the least out-of-fold loss, its own and (SHARING) that of all labels.

    With `blend`, blended rows are tried with the best of an unblended grid.
    """
    if len(problem.known) < LEAST_KNOWN or not (problem.known.value == 1).any():
        first = replace(grid[0], lam=max(choice.lam for choice in grid))
        return Chosen([first] * problem.labels, first, np.zeros((0, problem.labels), np.float32))
    usable = [choice for choice in grid if choice.named or problem.plain is not None]
    table = losses_of(problem, usable, stop)
    if any(choice.blend > 0 for choice in usable) or not blend:
        more: list[Choices] = []
    else:
        named = [k for k, choice in enumerate(usable) if choice.named] or list(range(len(usable)))
        best = usable[min(named, key=lambda k: float(table[k].sum()))]
        more = [replace(best, blend=BLEND_SHARE)]
        table = np.concatenate([table, losses_of(problem, more, stop)])
    usable = usable + more
    credited = table + np.array([[0.0 if choice.named else NAME_CREDIT] for choice in usable], np.float32)
    total = credited.sum(1, keepdims=True)
    chosen = np.argmin(credited + SHARING * total, axis=0)
    return Chosen([usable[k] for k in chosen], usable[int(total.argmin())], table)


def losses_of(problem: Problem, candidates: Sequence[Choices], stop: Callable[[], None]) -> F32:
    """Out-of-fold loss of candidates by label [K, C]; each fit begins where the one before ended."""
    losses, warm = [], None
    for candidate in candidates:
        stop()
        warm = fit(problem, candidate, warm and replace(warm, factor=None))
        losses.append(calibrated_loss(problem, out_of_fold(problem, candidate, warm, stop)))
    return np.stack(losses)
