"""Penalised logistic regression for many labels at once, by Newton's method on each label's own rows.

Label c has rows X_c (padded to the longest label, weight 0), targets in [0, 1] and a zero-shot column z. It solves

    min  sum_i v_i * bce(w.x_i + b + s z_i, t_i) + lambda/2 |w|^2 + pull/2 (b - b0)^2 + pull/2 (s - s0)^2

where b0 and s0 are shared by all labels and re-estimated as the (weakly held) mean of the labels' own b and s: a label
with few marks borrows from the others, a label whose name misleads walks away from s0.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

STEPS = 25
TOLERANCE = 1e-2
HALVINGS = 6
MEMORY_ELEMENTS = 40_000_000


@dataclass
class Rows:
    """Training rows by label: x [C, n, K], z [C, n], target [C, n] in [0, 1], weight [C, n] (0 = padding)."""

    x: Tensor
    z: Tensor
    target: Tensor
    weight: Tensor


@dataclass
class Penalty:
    """`lam` [C] of the vectors, `pull_s` and `pull_b` towards the shared values, and where those start themselves."""

    lam: Tensor
    pull_s: float = 1.0
    pull_b: float = 0.1
    start_s: float = 1.0
    start_b: float = -2.5
    hold: float = 1.0


@dataclass
class Solution:
    """Vectors w [C, K], own b and s [C], shared b0 and s0."""

    w: Tensor
    b: Tensor
    s: Tensor
    b0: float
    s0: float

    def theta(self) -> Tensor:
        """[C, K + 2]: w, b, s side by side."""
        return torch.cat([self.w, self.b[:, None], self.s[:, None]], 1)


def start(labels: int, width: int, penalty: Penalty) -> Solution:
    """Where fitting begins, and what is left when nothing is known: the zero-shot score alone."""
    filled = torch.full((labels,), penalty.start_b), torch.full((labels,), penalty.start_s)
    return Solution(torch.zeros(labels, width), *filled, penalty.start_b, penalty.start_s)


@contextmanager
def one_thread() -> Iterator[None]:
    """Small batched factorisations are up to twenty times slower on two busy cores than on one."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@one_thread()
def solve(rows: Rows, penalty: Penalty, warm: Solution, steps: int = STEPS) -> Solution:
    """Newton steps from `warm` until no parameter moves more than the tolerance. Never gives NaN."""
    theta, b0, s0 = warm.theta(), warm.b0, warm.s0
    width = rows.x.shape[2]
    design = torch.cat([rows.x, torch.ones_like(rows.z)[..., None], rows.z[..., None]], 2)
    ridge = torch.cat(
        [
            penalty.lam[:, None].expand(-1, width),
            torch.tensor([[penalty.pull_b, penalty.pull_s]]).expand(len(theta), -1),
        ],
        1,
    )
    active = torch.ones(len(theta), dtype=torch.bool)
    for _ in range(steps):
        centre = torch.zeros_like(theta)
        centre[:, width], centre[:, width + 1] = b0, s0
        for labels in chunks(torch.nonzero(active).flatten(), design):
            part = Rows(design[labels], rows.z[labels], rows.target[labels], rows.weight[labels])
            old = theta[labels]
            theta[labels] = new = newton_step(part, old, centre[labels], ridge[labels])
            active[labels] = (new - old).abs().amax(1) > TOLERANCE
        moved_b = shared(theta[:, width], penalty.start_b, penalty.pull_b, penalty.hold)
        moved_s = shared(theta[:, width + 1], penalty.start_s, penalty.pull_s, penalty.hold)
        still = abs(moved_b - b0) < TOLERANCE and abs(moved_s - s0) < TOLERANCE
        b0, s0 = moved_b, moved_s
        if not still:
            active[:] = True
        elif not active.any():
            break
    return Solution(theta[:, :width], theta[:, width], theta[:, width + 1], b0, s0)


def chunks(labels: Tensor, design: Tensor) -> list[Tensor]:
    """Labels in groups whose weighted copy of the design stays within a fixed amount of memory."""
    size = max(1, MEMORY_ELEMENTS // max(1, design.shape[1] * design.shape[2]))
    return list(labels.split(size)) if len(labels) else []


def shared(values: Tensor, origin: float, pull: float, hold: float) -> float:
    """Most probable common value of labels held to it by `pull`, itself held to `origin` by `hold`."""
    return float((pull * values.sum() + hold * origin) / (pull * len(values) + hold))


def objective(part: Rows, theta: Tensor, centre: Tensor, ridge: Tensor) -> Tensor:
    """Penalised loss of each label [c]."""
    logit = torch.bmm(part.x, theta[..., None])[..., 0]
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logit, part.target, reduction="none")
    return (loss * part.weight).sum(1) + 0.5 * (ridge * (theta - centre) ** 2).sum(1)


def newton_step(part: Rows, theta: Tensor, centre: Tensor, ridge: Tensor) -> Tensor:
    """One step per label, halved until it does not increase that label's objective. `part.x` is the full design."""
    logit = torch.bmm(part.x, theta[..., None])[..., 0]
    p = torch.sigmoid(logit)
    gradient = torch.bmm(((p - part.target) * part.weight)[:, None], part.x)[:, 0] + ridge * (theta - centre)
    curvature = (p * (1 - p) * part.weight).clamp_min(1e-9 if part.x.shape[1] else 0.0)
    hessian = torch.bmm((part.x * curvature[..., None]).transpose(1, 2), part.x) + torch.diag_embed(ridge + 1e-6)
    step = torch.cholesky_solve(gradient[..., None], torch.linalg.cholesky(hessian))[..., 0]
    before = objective(part, theta, centre, ridge)
    size = torch.ones(len(theta), 1)
    for _ in range(HALVINGS):
        worse = objective(part, theta - size * step, centre, ridge) > before + 1e-4 + 1e-6 * before.abs()
        if not worse.any():
            break
        size[worse] *= 0.5
    size[objective(part, theta - size * step, centre, ridge) > before + 1e-3 + 1e-5 * before.abs()] = 0.0
    return theta - size * step
