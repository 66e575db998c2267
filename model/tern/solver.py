"""Penalised logistic regression for many labels at once, by Newton's method on each label's own rows.

Label c has rows X_c (padded to the longest label, weight 0), targets in [0, 1] and a zero-shot column z. It solves

    min  sum_i v_i * bce(w.x_i + b + s z_i, t_i) + lambda/2 |w|^2 + pull_b/2 (b - b0)^2 + pull_s/2 (s - s0)^2

where b0 and s0 are shared by all labels and weakly held to where they start: a label with few marks borrows from the
others, a label whose name misleads walks away from s0. Shared and own values are minimised together: a label's own
optimum moves linearly with the shared values (implicit function theorem), which leaves a 2 x 2 system for them.

Labels are taken in groups whose rows fit the processor's cache, each group to its own optimum for given shared values,
several groups beside each other; then the shared values move. The expensive part of a group is its matrices of second
derivatives. They are made once and used for several steps, and kept while the shared values settle.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from model.cores import side_by_side

STEPS = 12
# Steps that share one matrix of second derivatives, and how far they may move before it is made again.
CHORDS = 6
TOLERANCE = 2e-3
STALE = 0.2
HALVINGS = 6
# Numbers of a group's rows, 1.6 MB: three passes over rows in the cache cost about as much as one over rows outside it.
GROUP_NUMBERS = 400_000


@dataclass
class Rows:
    """Training rows by label: x [C, n, K], z [C, n], target [C, n] in [0, 1], weight [C, n] (0 = padding).

    `joined` is what `design` gives, for those who have it already: x is the largest array of a fit.
    """

    x: Tensor
    z: Tensor
    target: Tensor
    weight: Tensor
    joined: Tensor | None = None

    @classmethod
    def empty(cls, labels: int, longest: int, width: int) -> Rows:
        """Rows of weight 0 to be filled in; x and z are parts of the joined array."""
        joined = torch.zeros(labels, longest, width + 2)
        joined[..., width] = 1
        target, weight = torch.zeros(2, labels, longest)
        return cls(joined[..., :width], joined[..., width + 1], target, weight, joined)

    def design(self) -> Tensor:
        """[C, n, K + 2]: x, a column of ones, z."""
        if self.joined is not None:
            return self.joined
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
    """Vectors w [C, K], own b and s [C], shared b0 and s0; `factor` [C, K + 2, K + 2] Cholesky factors of H."""

    w: Tensor
    b: Tensor
    s: Tensor
    b0: float
    s0: float
    factor: Tensor | None = None

    def theta(self) -> Tensor:
        """[C, K + 2]: w, b, s side by side."""
        return torch.cat([self.w, self.b[:, None], self.s[:, None]], 1)


def start(labels: int, width: int, penalty: Penalty) -> Solution:
    """Where fitting begins, and what is left when nothing is known: the zero-shot score alone."""
    filled = torch.full((labels,), penalty.start_b), torch.full((labels,), penalty.start_s)
    return Solution(torch.zeros(labels, width), *filled, penalty.start_b, penalty.start_s)


def solve(rows: Rows, penalty: Penalty, warm: Solution, steps: int = STEPS) -> Solution:
    """Newton steps from `warm` until no parameter moves more than the tolerance. Never gives NaN."""
    theta, common = warm.theta().clone(), torch.tensor([warm.b0, warm.s0])
    labels, longest, width = rows.x.shape
    group = max(1, GROUP_NUMBERS // max(1, longest * (width + 2)))
    design, ridge = rows.design(), penalty.ridge(width)
    # Zeros until made.
    factor, response = torch.zeros(labels, width + 2, width + 2), torch.zeros(labels, width + 2, 2)

    def descend(first: int) -> None:
        part = slice(first, first + group)
        mine = Group(design[part], rows.target[part], rows.weight[part], ridge[part], common)
        theta[part], made = mine.descend(theta[part], factor[part] if factor[first, 0, 0] else None, steps)
        if made is not None:
            factor[part] = made
            response[part] = inverse_ends(made) * ridge[part, None, -2:]

    for _ in range(steps if labels else 0):
        before = theta.clone()
        side_by_side(descend, range(0, labels, group))
        moved = shared_move(penalty, ridge[:, width:], response, theta, common)
        theta += response @ moved
        common += moved
        if float((theta - before).abs().max()) < TOLERANCE:
            break
    return Solution(theta[:, :width], theta[:, width], theta[:, width + 1], float(common[0]), float(common[1]), factor)


@dataclass
class Group:
    """Some labels' rows: design [c, n, K + 2], target and weight [c, n], ridge [c, K + 2], shared values (b0, s0)."""

    design: Tensor
    target: Tensor
    weight: Tensor
    ridge: Tensor
    common: Tensor

    def descend(self, theta: Tensor, factor: Tensor | None, steps: int) -> tuple[Tensor, Tensor | None]:
        """The labels' optimum for the shared values, begun at `theta`; with factors if those given did not do."""
        made = None
        for _ in range(steps):
            if factor is None:
                factor = made = self.factorise(theta)
            begun, logit = theta, torch.bmm(self.design, theta[..., None])[..., 0]
            for _ in range(CHORDS):
                before = theta
                theta, logit = self.step(theta, logit, factor)
                if float((theta - before).abs().max()) < TOLERANCE:
                    break
            if float((theta - begun).abs().max()) < STALE:
                break
            factor = None
        return theta, made

    def factorise(self, theta: Tensor) -> Tensor:
        """Cholesky factors of the second derivatives, [c, K + 2, K + 2]."""
        p = torch.sigmoid(torch.bmm(self.design, theta[..., None])[..., 0])
        scaled = self.design * (p * (1 - p) * self.weight).sqrt()[..., None]
        hessian = torch.bmm(scaled.transpose(1, 2), scaled) + torch.diag_embed(self.ridge + 1e-6)
        factor: Tensor = torch.linalg.cholesky(hessian)
        return factor

    def step(self, theta: Tensor, logit: Tensor, factor: Tensor) -> tuple[Tensor, Tensor]:
        """One step of every label, halved until it does not increase that label's objective; parameters and logits."""
        away = theta.clone()
        away[:, -2:] -= self.common
        residual = (torch.sigmoid(logit) - self.target) * self.weight
        gradient = torch.bmm(residual[:, None], self.design)[:, 0] + self.ridge * away
        move = torch.cholesky_solve(gradient[..., None], factor)[..., 0]
        slope = torch.bmm(self.design, move[..., None])[..., 0]
        before = self.objective(logit, away)
        size = torch.ones(len(theta), 1)
        for _ in range(HALVINGS):
            after = self.objective(logit - size * slope, away - size * move)
            worse = after > before + 1e-4 + 1e-6 * before.abs()
            if not worse.any():
                break
            size[worse] *= 0.5
        else:
            after = self.objective(logit - size * slope, away - size * move)
            size[after > before + 1e-3] = 0.0
        return theta - size * move, logit - size * slope

    def objective(self, logit: Tensor, away: Tensor) -> Tensor:
        """Penalised loss of each label [c], given its logits and how far its parameters are from their centre."""
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logit, self.target, reduction="none")
        return (loss * self.weight).sum(1) + 0.5 * (self.ridge * away**2).sum(1)


def shared_move(penalty: Penalty, pulls: Tensor, response: Tensor, theta: Tensor, common: Tensor) -> Tensor:
    """Move of (b0, s0) to the joint optimum of the quadratic model.

    `pulls` [C, 2] are penalties of (b, s), `response` [C, K + 2, 2] how labels' parameters answer to (b0, s0).
    """
    curvature = (torch.diag_embed(pulls) - pulls[..., None] * response[:, -2:]).sum(0) + penalty.hold * torch.eye(2)
    origin = torch.tensor([penalty.start_b, penalty.start_s])
    gradient = (pulls * (common - theta[:, -2:])).sum(0) + penalty.hold * (common - origin)
    return -torch.linalg.solve(curvature, gradient)


def inverse_ends(factor: Tensor) -> Tensor:
    """The last two columns of the inverse of each factorised matrix, [C, K + 2, 2]."""
    ends = torch.zeros(factor.shape[1], 2)
    ends[-2:] = torch.eye(2)
    return torch.cholesky_solve(ends.expand(len(factor), -1, -1), factor)


def uncertainty(penalty: Penalty, solution: Solution) -> Tensor:
    """Covariance of each label's (b, s), [C, 2, 2], by Laplace's approximation; that of the shared values included."""
    assert solution.factor is not None
    pulls = penalty.ridge(solution.w.shape[1])[:, -2:]
    own = inverse_ends(solution.factor)[:, -2:]
    response = own * pulls[:, None, :]
    curvature = torch.diag_embed(pulls) - pulls[..., None] * response
    common = torch.linalg.inv(curvature.sum(0) + penalty.hold * torch.eye(2))
    return own + response @ common @ response.transpose(1, 2)
