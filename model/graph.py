"""The label graph from known labels, and the gated graph network over category vectors (paper eq. 5)."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


def conditional(labels: ArrayLike, legacy_nan: bool = False) -> NDArray[np.float64]:
    """A[i, j] = n(i and j) / n(i) over known positives of labels [N, C], diagonal 1.

    A class without a known positive gets a zero row and a unit diagonal; with `legacy_nan` its row is NaN, as in the
    released code, where it spoils every logit.
    """
    present = (np.asarray(labels) > 0).astype(np.float64)
    together, alone = present.T @ present, present.sum(0)
    if legacy_nan:
        return np.divide(together, alone[:, None], out=np.full_like(together, np.nan), where=alone[:, None] > 0)
    graph = together / np.maximum(alone, 1)[:, None]
    np.fill_diagonal(graph, 1.0)
    return graph


LARGE = 2**24  # elements of h beyond which a step is recomputed in the backward pass instead of kept


def _lean(function: Callable[..., Tensor], *inputs: Tensor) -> Tensor:
    """Call, keeping only the inputs for the backward pass when they are large (1,000 labels at batch 32)."""
    if torch.is_grad_enabled() and max(t.numel() for t in inputs) > LARGE:
        return checkpoint(function, *inputs, use_reentrant=False, preserve_rng_state=False)
    return function(*inputs)


def _slots(rows: Tensor) -> Tensor:
    """Number of each entry within its row, for entries sorted by row."""
    return torch.arange(len(rows), device=rows.device) - torch.searchsorted(rows, rows)


class FirstStep(NamedTuple):
    """The linear parts of step 1, reused by passes that change few categories: message [B, C, 3D] = W [A h ; A^T h],
    state [B, C, 2D] = U h, and h [B, C, D] itself."""

    message: Tensor
    state: Tensor
    h: Tensor


class Change(NamedTuple):
    """Replaced category vectors: of copy `row` (0..R-1) of image `images[row]`, category `classes`, to `vectors`."""

    images: Tensor  # [R] rows of the base batch that are run again
    rows: Tensor  # [E]
    classes: Tensor  # [E]
    vectors: Tensor  # [E, D]


class GatedGraph(nn.Module):
    """T steps of a gated graph network over categories.

    m = [A h ; A^T h]; z = s(W1 m + U1 h); r = s(W2 m + U2 h); g = tanh(W3 m + U3 (r h)); h <- (1-z) h + z g.
    W1..3 and U1..2 are each held as one matrix (`message`, `state`), U3 is `candidate`; the reset gate has its own
    U2 (the original SSGRL code reuses U1 by mistake). `residual` adds a learned strength that starts at 0, so that
    the graph begins as identity.
    """

    def __init__(self, width: int, steps: int = 3, residual: bool = False) -> None:
        super().__init__()
        if steps < 1:
            raise ValueError("a gated graph needs at least one step")
        self.message, self.state = nn.Linear(2 * width, 3 * width), nn.Linear(width, 2 * width)
        self.candidate = nn.Linear(width, width)
        self.steps = steps
        self.strength = nn.Parameter(torch.zeros(())) if residual else None

    def start(self, h: Tensor, graph: Tensor) -> FirstStep:
        """Linear parts of step 1 for h [B, C, D] under the conditional matrix graph [C, C]."""
        return FirstStep(self.message(torch.cat([graph @ h, graph.T @ h], 2)), self.state(h), h)

    def changed(self, first: FirstStep, graph: Tensor, change: Change) -> FirstStep:
        """Step 1 of passes with few replaced vectors: a rank-1 update per changed category instead of a new product.

        W [A h' ; A^T h'] = W m + A[:, c] (W_in d) + A^T[:, c] (W_out d) for d = h'_c - h_c; U h' changes in row c.
        """
        h, at = first.h[change.images], (change.rows, change.classes)
        d = change.vectors.to(h.dtype) - h[at]
        values = (d @ self.message.weight.to(d.dtype).T.view(2, h.shape[2], -1)).transpose(0, 1)
        columns = torch.stack([graph.T[change.classes], graph[change.classes]], 1).to(d.dtype)
        slot = _slots(change.rows)
        shape = (len(change.images), int(slot.max()) + 1 if len(slot) else 1, 2)
        left = d.new_zeros(*shape, h.shape[1]).index_put((change.rows, slot), columns)
        right = d.new_zeros(*shape, values.shape[2]).index_put((change.rows, slot), values.to(d.dtype))
        message = torch.baddbmm(first.message[change.images], left.flatten(1, 2).transpose(1, 2), right.flatten(1, 2))
        state = first.state[change.images].index_put(at, d @ self.state.weight.to(d.dtype).T, accumulate=True)
        return FirstStep(message, state, h.index_put(at, change.vectors.to(h.dtype)))

    def run(self, first: FirstStep, graph: Tensor, needed: Tensor) -> Tensor:
        """Outputs at the needed entries only: needed [B, C] boolean -> [E, D] in row-major order.

        The last step is computed for these entries alone, because no loss reads any other.
        """
        if self.steps == 1:
            h = self._gate(first.message[needed], first.state[needed], first.h[needed])
        else:
            h = _lean(self._gate, *first)
            for _ in range(self.steps - 2):
                h = _lean(self._step, h, graph)
            h = _lean(self._step, h, graph, needed)
        if self.strength is None:
            return h
        before = first.h[needed]
        return before + self.strength * (h - before)

    def _step(self, h: Tensor, graph: Tensor, needed: Tensor | None = None) -> Tensor:
        mixed = torch.cat([graph @ h, graph.T @ h], 2)
        mixed, h = (mixed, h) if needed is None else (mixed[needed], h[needed])
        return self._gate(self.message(mixed), self.state(h), h)

    def _gate(self, message: Tensor, state: Tensor, h: Tensor) -> Tensor:
        width = h.shape[-1]
        gates = torch.sigmoid(message[..., : 2 * width] + state)
        update, reset = gates.chunk(2, -1)
        proposal = torch.tanh(message[..., 2 * width :] + self.candidate(reset * h))
        return torch.lerp(h, proposal, update)
