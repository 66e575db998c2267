"""Penalised logistic regression for many labels at once, by Newton's method on each label's own rows.

Label c has rows X_c (padded to the longest label, weight 0), targets in [0, 1] and a zero-shot column z. It solves

    min  sum_i v_i * bce(w.x_i + b + s z_i, t_i) + lambda/2 |w|^2 + pull_b/2 (b - b0)^2 + pull_s/2 (s - s0)^2

where b0 and s0 are shared by all labels and weakly held to where they start: a label with few marks borrows from the
others, a label whose name misleads walks away from s0. Shared and own values are minimised together: a label's own
optimum moves linearly with the shared values (implicit function theorem), which leaves a 2 x 2 system for them.

The expensive part is each label's matrix of second derivatives. It is made once and used for several steps. The rest of
a step reads the rows twice, for the gradient and for the slope along the move; logits are carried from step to step.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from model.tern.threads import one_thread

STEPS = 12
# Steps that share one matrix of second derivatives, and how far they may move before it is made again.
CHORDS = 6
TOLERANCE = 2e-3
STALE = 0.2
HALVINGS = 6
MEMORY_ELEMENTS = 30_000_000


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


@one_thread()
def solve(rows: Rows, penalty: Penalty, warm: Solution, steps: int = STEPS) -> Solution:
    """Newton steps from `warm` until no parameter moves more than the tolerance. Never gives NaN."""
    theta, common = warm.theta(), torch.tensor([warm.b0, warm.s0])
    width = rows.x.shape[2]
    design, ridge = rows.design(), penalty.ridge(width)
    stale = torch.ones(len(theta), dtype=torch.bool)
    factor = torch.empty(len(theta), width + 2, width + 2)
    for _ in range(steps if len(theta) else 0):
        factorise(factor, stale, design, rows, theta, ridge)
        shared = Shared.of(penalty, ridge, factor, design)
        begun, logit = theta, torch.bmm(design, theta[..., None])[..., 0]
        for _ in range(CHORDS):
            before = theta
            theta, logit = step(design, rows, ridge, factor, theta, common, logit)
            moved = shared.move(theta, common)
            theta, logit, common = theta + shared.response @ moved, logit + shared.slope @ moved, common + moved
            if float((theta - before).abs().max()) < TOLERANCE:
                break
        stale = (theta - begun).abs().amax(1) > STALE
        if not stale.any():
            break
    return Solution(theta[:, :width], theta[:, width], theta[:, width + 1], float(common[0]), float(common[1]), factor)


def factorise(out: Tensor, stale: Tensor, design: Tensor, rows: Rows, theta: Tensor, ridge: Tensor) -> None:
    """Write Cholesky factors of the second derivatives of `stale` labels into `out` [C, K + 2, K + 2].

    By groups of labels of bounded size.
    """
    size = max(1, MEMORY_ELEMENTS // max(1, design.shape[1] * design.shape[2]))
    for part in torch.nonzero(stale).flatten().split(size):
        x = design[part] if len(part) < len(design) else design
        p = torch.sigmoid(torch.bmm(x, theta[part, :, None])[..., 0])
        scaled = x * (p * (1 - p) * rows.weight[part]).sqrt()[..., None]
        hessian = torch.bmm(scaled.transpose(1, 2), scaled) + torch.diag_embed(ridge[part] + 1e-6)
        out[part] = torch.linalg.cholesky(hessian)


def step(
    design: Tensor, rows: Rows, ridge: Tensor, factor: Tensor, theta: Tensor, common: Tensor, logit: Tensor
) -> tuple[Tensor, Tensor]:
    """One step of every label, halved until it does not increase that label's objective; parameters and logits."""
    away = theta.clone()
    away[:, design.shape[2] - 2 :] -= common
    residual = (torch.sigmoid(logit) - rows.target) * rows.weight
    gradient = torch.bmm(residual[:, None], design)[:, 0] + ridge * away
    move = torch.cholesky_solve(gradient[..., None], factor)[..., 0]
    slope = torch.bmm(design, move[..., None])[..., 0]
    before = objective(rows, logit, away, ridge)
    size = torch.ones(len(theta), 1)
    for _ in range(HALVINGS):
        after = objective(rows, logit - size * slope, away - size * move, ridge)
        worse = after > before + 1e-4 + 1e-6 * before.abs()
        if not worse.any():
            break
        size[worse] *= 0.5
    else:
        after = objective(rows, logit - size * slope, away - size * move, ridge)
        size[after > before + 1e-3] = 0.0
    return theta - size * move, logit - size * slope


def objective(rows: Rows, logit: Tensor, away: Tensor, ridge: Tensor) -> Tensor:
    """Penalised loss of each label [c], given its logits and how far its parameters are from their centre."""
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logit, rows.target, reduction="none")
    return (loss * rows.weight).sum(1) + 0.5 * (ridge * away**2).sum(1)


@dataclass
class Shared:
    """The quadratic model of the shared values (b0, s0) for one set of factors.

    `response` [C, K + 2, 2] is how labels' parameters answer to them, `slope` [C, n, 2] how logits do, `curvature`
    [2, 2] the model's second derivatives.
    """

    penalty: Penalty
    pulls: Tensor
    response: Tensor
    slope: Tensor
    curvature: Tensor

    @classmethod
    def of(cls, penalty: Penalty, ridge: Tensor, factor: Tensor, design: Tensor) -> Shared:
        """The model at the place the factors were made for."""
        pulls = ridge[:, -2:]
        response = inverse_ends(factor) * pulls[:, None, :]
        curvature = (torch.diag_embed(pulls) - pulls[..., None] * response[:, -2:]).sum(0)
        slope = torch.bmm(design, response)
        return cls(penalty, pulls, response, slope, curvature + penalty.hold * torch.eye(2))

    def move(self, theta: Tensor, common: Tensor) -> Tensor:
        """Move of (b0, s0) to the joint optimum of the model."""
        origin = torch.tensor([self.penalty.start_b, self.penalty.start_s])
        gradient = (self.pulls * (common - theta[:, -2:])).sum(0) + self.penalty.hold * (common - origin)
        return -torch.linalg.solve(self.curvature, gradient)


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
