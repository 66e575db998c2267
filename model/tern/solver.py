"""Penalised logistic regression for many labels at once, by Newton's method on each label's own rows.

Label c has rows X_c (padded to the longest label, weight 0), targets in [0, 1] and a zero-shot column z. It solves

    min  sum_i v_i * bce(w.x_i + b + s z_i, t_i) + lambda/2 |w|^2 + pull_b/2 (b - b0)^2 + pull_s/2 (s - s0)^2

where b0 and s0 are shared by all labels and weakly held to where they start: a label with few marks borrows from the
others, a label whose name misleads walks away from s0. Shared and own values are minimised together: a label's own
optimum moves linearly with the shared values (implicit function theorem), which leaves a 2 x 2 system for them.

The expensive part is each label's matrix of second derivatives. It is made once and used for several steps; a warm
start needs it once. It also gives the scores of rows left out of the fit (`left_out`) without fitting again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

STEPS = 12
# Steps that share one matrix of second derivatives, and how far they may move before it is made again.
CHORDS = 6
TOLERANCE = 2e-3
STALE = 0.2
HALVINGS = 6
MEMORY_ELEMENTS = 30_000_000


@dataclass
class Rows:
    """Training rows by label: x [C, n, K], z [C, n], target [C, n] in [0, 1], weight [C, n] (0 = padding)."""

    x: Tensor
    z: Tensor
    target: Tensor
    weight: Tensor

    def design(self) -> Tensor:
        """[C, n, K + 2]: x, a column of ones, z."""
        return torch.cat([self.x, torch.ones_like(self.z)[..., None], self.z[..., None]], 2)


@dataclass
class Penalty:
    """`lam` [C] of the vectors, `pull_s` and `pull_b` towards the shared values, and where those start themselves."""

    lam: Tensor
    pull_s: float = 1.0
    pull_b: float = 0.1
    start_s: float = 1.0
    start_b: float = -2.5
    hold: float = 1.0

    def ridge(self, width: int) -> Tensor:
        """Penalty of every parameter, [C, K + 2]."""
        pulls = torch.tensor([[self.pull_b, self.pull_s]]).expand(len(self.lam), -1)
        return torch.cat([self.lam[:, None].expand(-1, width), pulls], 1)


@dataclass
class Solution:
    """Vectors w [C, K], own b and s [C], shared b0 and s0.

    `factor` [C, K + 2, K + 2] is the Cholesky factor of the second derivatives, `curvature` [C, n] what each row adds.
    """

    w: Tensor
    b: Tensor
    s: Tensor
    b0: float
    s0: float
    factor: Tensor | None = None
    curvature: Tensor | None = None

    def theta(self) -> Tensor:
        """[C, K + 2]: w, b, s side by side."""
        return torch.cat([self.w, self.b[:, None], self.s[:, None]], 1)


def start(labels: int, width: int, penalty: Penalty) -> Solution:
    """Where fitting begins, and what is left when nothing is known: the zero-shot score alone."""
    filled = torch.full((labels,), penalty.start_b), torch.full((labels,), penalty.start_s)
    return Solution(torch.zeros(labels, width), *filled, penalty.start_b, penalty.start_s)


def solve(rows: Rows, penalty: Penalty, warm: Solution, steps: int = STEPS) -> Solution:
    """Newton steps from `warm` until no parameter moves more than the tolerance. Never gives NaN."""
    theta, common = warm.theta(), torch.tensor([warm.b0, warm.s0])
    width = rows.x.shape[2]
    design, ridge = rows.design(), penalty.ridge(width)
    factor, curvature = torch.eye(width + 2).expand(len(theta), -1, -1), torch.zeros_like(rows.z)
    for _ in range(steps if len(theta) else 0):
        factor, curvature = factorised(design, rows, theta, ridge)
        begun = theta.clone()
        for _ in range(CHORDS):
            before = theta
            theta, common = step(design, rows, penalty, ridge, factor, theta, common)
            if float((theta - before).abs().max()) < TOLERANCE:
                break
        if float((theta - begun).abs().max()) < STALE:
            break
    own = theta[:, :width], theta[:, width], theta[:, width + 1]
    return Solution(*own, float(common[0]), float(common[1]), factor, curvature)


def factorised(design: Tensor, rows: Rows, theta: Tensor, ridge: Tensor) -> tuple[Tensor, Tensor]:
    """Cholesky factors of each label's second derivatives, [C, K + 2, K + 2], and the curvature of rows [C, n].

    By groups of labels of bounded size.
    """
    out, curvature = torch.empty(len(theta), design.shape[2], design.shape[2]), torch.empty_like(rows.z)
    size = max(1, MEMORY_ELEMENTS // max(1, design.shape[1] * design.shape[2]))
    for first in range(0, len(theta), size):
        part = slice(first, first + size)
        p = torch.sigmoid(torch.bmm(design[part], theta[part, :, None])[..., 0])
        curvature[part] = p * (1 - p) * rows.weight[part]
        scaled = design[part] * curvature[part].sqrt()[..., None]
        out[part] = torch.bmm(scaled.transpose(1, 2), scaled) + torch.diag_embed(ridge[part] + 1e-6)
    return torch.linalg.cholesky(out), curvature


def step(
    design: Tensor, rows: Rows, penalty: Penalty, ridge: Tensor, factor: Tensor, theta: Tensor, common: Tensor
) -> tuple[Tensor, Tensor]:
    """One step of every label, halved until it does not increase that label's objective, then of the shared values."""
    width = design.shape[2] - 2
    centre = torch.zeros_like(theta)
    centre[:, width:] = common
    logit = torch.bmm(design, theta[..., None])[..., 0]
    residual = (torch.sigmoid(logit) - rows.target) * rows.weight
    gradient = torch.bmm(residual[:, None], design)[:, 0] + ridge * (theta - centre)
    move = torch.cholesky_solve(gradient[..., None], factor)[..., 0]
    slope = torch.bmm(design, move[..., None])[..., 0]
    before = objective(rows, logit, theta - centre, ridge)
    size = torch.ones(len(theta), 1)
    for _ in range(HALVINGS):
        after = objective(rows, logit - size * slope, theta - size * move - centre, ridge)
        worse = after > before + 1e-4 + 1e-6 * before.abs()
        if not worse.any():
            break
        size[worse] *= 0.5
    size[objective(rows, logit - size * slope, theta - size * move - centre, ridge) > before + 1e-3] = 0.0
    theta = theta - size * move
    moved, response = shared_move(penalty, ridge, factor, theta, common)
    return theta + response @ moved, common + moved


def objective(rows: Rows, logit: Tensor, away: Tensor, ridge: Tensor) -> Tensor:
    """Penalised loss of each label [c], given its logits and how far its parameters are from their centre."""
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logit, rows.target, reduction="none")
    return (loss * rows.weight).sum(1) + 0.5 * (ridge * away**2).sum(1)


def shared_move(
    penalty: Penalty, ridge: Tensor, factor: Tensor, theta: Tensor, common: Tensor
) -> tuple[Tensor, Tensor]:
    """Move of (b0, s0) to the joint optimum of the quadratic model, and how labels' parameters answer [C, K + 2, 2]."""
    width = theta.shape[1] - 2
    pulls = ridge[:, width:]
    ends = torch.zeros(theta.shape[1], 2)
    ends[width:] = torch.eye(2)
    response = torch.cholesky_solve(ends.expand(len(theta), -1, -1), factor) * pulls[:, None, :]
    curvature = torch.diag_embed(pulls) - pulls[..., None] * response[:, width:]
    origin = torch.tensor([penalty.start_b, penalty.start_s])
    gradient = (pulls * (common - theta[:, width:])).sum(0) + penalty.hold * (common - origin)
    moved = -torch.linalg.solve(curvature.sum(0) + penalty.hold * torch.eye(2), gradient)
    return moved, response


def uncertainty(penalty: Penalty, solution: Solution) -> Tensor:
    """Covariance of each label's (b, s), [C, 2, 2], by Laplace's approximation; that of the shared values included."""
    assert solution.factor is not None
    width = solution.w.shape[1]
    ridge = penalty.ridge(width)
    pulls = ridge[:, width:]
    ends = torch.zeros(width + 2, 2)
    ends[width:] = torch.eye(2)
    own = torch.cholesky_solve(ends.expand(len(ridge), -1, -1), solution.factor)[:, width:]
    response = own * pulls[:, None, :]
    curvature = torch.diag_embed(pulls) - pulls[..., None] * response
    common = torch.linalg.inv(curvature.sum(0) + penalty.hold * torch.eye(2))
    return own + response @ common @ response.transpose(1, 2)


def left_out(rows: Rows, solution: Solution, block: NDArray[np.int64]) -> Tensor:
    """Logits [C, n] of rows, each as a fit without the rows of its own block would score it.

    `block` [C, n] numbers what must be left out together within a label. One Newton step from the fit on everything
    with the block taken out, by Woodbury's identity: with A = X_B H^-1 X_B', residuals r and curvatures c of the block,
    X_B theta + (I - A diag(c))^-1 A r. Exact for a quadratic loss; shared values are kept. The curvatures are those that
    H was made from: then the system is positive definite even where the fit has moved a little since.
    """
    assert solution.factor is not None
    assert solution.curvature is not None
    theta, out = solution.theta(), torch.zeros_like(rows.z)
    for label in range(len(theta)):
        real = torch.nonzero(rows.weight[label] > 0).flatten()
        if not len(real):
            continue
        x = torch.cat([rows.x[label, real], torch.ones(len(real), 1), rows.z[label, real, None]], 1)
        white = torch.linalg.solve_triangular(solution.factor[label], x.T, upper=False).T
        logit = x @ theta[label]
        residual = rows.weight[label, real] * (torch.sigmoid(logit) - rows.target[label, real])
        out[label, real] = logit + correction(
            white, residual, solution.curvature[label, real], block[label, real.numpy()]
        )
    return out


def correction(white: Tensor, residual: Tensor, curvature: Tensor, block: NDArray[np.int64]) -> Tensor:
    """What leaving out their own block adds to the logits of rows; `white` [n, K + 2] are rows times L^-T."""
    order = np.argsort(block, kind="stable")
    _, first, count = np.unique(block[order], return_index=True, return_counts=True)
    out = torch.zeros(len(block))
    for size in np.unique(count):
        members = torch.from_numpy(order[first[count == size][:, None] + np.arange(size)])
        part, r, c = white[members], residual[members], curvature[members]
        a = torch.bmm(part, part.transpose(1, 2))
        system = torch.eye(int(size)) - a * c[:, None, :]
        out[members] = torch.linalg.solve(system, torch.bmm(a, r[..., None]))[..., 0]
    return out
