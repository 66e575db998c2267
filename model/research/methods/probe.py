"""The tuned linear probe, the same with the semantic prior, the prior alone, and Tern's own convex model.

Probe: pooled features, centred, unit length; per category a logistic regression on its known labels, L2 penalty on the
summed loss chosen by cross-validation on known labels, full-batch L-BFGS for all categories at once.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from model.arrays import F32
from model.research.task import Method, Task

PENALTIES = (0.03, 0.1, 0.3, 1.0)
FOLDS = 5


def logistic(x: Tensor, y: Tensor, penalty: float, z: Tensor | None = None) -> list[Tensor]:
    """Weights [C, D], bias [C] and, with zero-shot scores z [N, C], the shared and own trust in them.

    logit = w x + b + (s0 + s) z. Minimises the logistic loss summed over known labels + penalty / 2 |w|^2 + |s|^2 / 2.
    """
    classes = y.shape[1]
    parameters = [torch.zeros(classes, x.shape[1]), torch.zeros(classes), torch.ones(()), torch.zeros(classes)]
    used = [p.requires_grad_() for p in (parameters if z is not None else parameters[:2])]
    optimiser = torch.optim.LBFGS(used, max_iter=200, tolerance_grad=1e-4, line_search_fn="strong_wolfe")
    known = y != 0

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = (F.softplus(-y * _score(x, parameters, z)) * known).sum()
        loss = loss + penalty / 2 * parameters[0].square().sum() + 1e-3 * parameters[1].square().sum()
        loss = loss + 0.5 * parameters[3].square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return [p.detach() for p in parameters]


def _score(x: Tensor, parameters: list[Tensor], z: Tensor | None) -> Tensor:
    weight, bias, shared, own = parameters
    linear = x @ weight.T + bias
    return linear if z is None else linear + (shared + own) * z


def chosen_penalty(x: Tensor, y: Tensor, z: Tensor | None, seed: int) -> float:
    """The penalty of least held-out loss over folds of the known entries."""
    fold = torch.as_tensor(np.random.default_rng(seed).integers(0, FOLDS, y.shape))
    loss = np.zeros(len(PENALTIES))
    for k in range(FOLDS):
        train = torch.where(fold == k, torch.zeros_like(y), y)
        held = torch.where(fold == k, y, torch.zeros_like(y))
        for i, penalty in enumerate(PENALTIES):
            score = _score(x, logistic(x, train, penalty, z), z)
            loss[i] += float((F.softplus(-held * score) * (held != 0)).sum())
    return PENALTIES[int(loss.argmin())]


def pooled(task: Task) -> tuple[Tensor, Tensor]:
    """Pooled features of both parts, centred on the training part, unit length."""
    parts = []
    for inputs, key in ((task.train, "pooled"), (task.test, "test_pooled")):
        if key in task.facts:
            parts.append(torch.as_tensor(task.facts[key], dtype=torch.float32))
            continue
        rows = [inputs.get(range(i, min(i + 256, len(inputs))), None, 0) for i in range(0, len(inputs), 256)]
        parts.append(torch.cat([x.mean((2, 3)) for x in rows]))
    center = parts[0].mean(0)
    return F.normalize(parts[0] - center, dim=1), F.normalize(parts[1] - center, dim=1)


def probe(task: Task, with_prior: bool = False) -> F32:
    """Test scores [M, C] of the tuned probe."""
    x, test = pooled(task)
    y = torch.as_tensor(task.labels, dtype=torch.float32)
    z, test_z = _zero_shot(task) if with_prior else (None, None)
    parameters = logistic(x, y, chosen_penalty(x, y, z, task.seed), z)
    return _score(test, parameters, test_z).numpy()


def _zero_shot(task: Task) -> tuple[Tensor, Tensor]:
    if task.train_scores is None or task.test_scores is None:
        raise ValueError("this method needs zero-shot scores; build the task with a semantic prior")
    return torch.as_tensor(task.train_scores), torch.as_tensor(task.test_scores)


def prior(task: Task) -> F32:
    """Test scores from the labels' names alone."""
    return _zero_shot(task)[1].numpy()


METHODS = [
    Method("probe", "tuned linear probe on pooled features", solve=probe),
    Method("probe-prior", "tuned linear probe with the semantic prior", solve=lambda task: probe(task, True)),
    Method("prior", "the labels' names alone, no training", solve=prior),
]
