"""The label graph from known labels, and the gated graph network over category vectors (paper eq. 5)."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn import functional as F

from model.arrays import F64


def conditional(labels: ArrayLike, legacy_nan: bool = False) -> F64:
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


def _slots(rows: Tensor) -> Tensor:
    """Number of each entry within its row, for entries sorted by row."""
    return torch.arange(len(rows), device=rows.device) - torch.searchsorted(rows, rows)


def neighbours(h: Tensor, graph: Tensor) -> Tensor:
    """[A h ; A^T h] for h [B, C, D] -> [B, C, 2D], as one product."""
    both = torch.cat([graph, graph.T]).to(h.dtype) @ h
    return both.unflatten(1, (2, h.shape[1])).transpose(1, 2).flatten(2)


def neighbours_of(h: Tensor, graph: Tensor, needed: Tensor) -> Tensor:
    """The same at the entries of needed [B, C] alone: [E, 2D] in row-major order."""
    rows, classes = needed.nonzero(as_tuple=True)
    slot = _slots(rows)
    most = int(slot.max()) + 1 if len(slot) else 1
    if 2 * most > h.shape[1]:
        return neighbours(h, graph)[needed]
    pick = h.new_zeros(len(h), most, 2, h.shape[1])
    pick[rows, slot] = torch.stack([graph[classes], graph.T[classes]], 1).to(h.dtype)
    both = pick.flatten(1, 2) @ h
    return both.unflatten(1, (most, 2)).flatten(2)[rows, slot]


class FirstStep(NamedTuple):
    """The linear parts of step 1 for all images and changed copies: message [B + R, C, 3D] = W [A h ; A^T h], state
    [B + R, C, 2D] = U h, and h [B + R, C, D] itself."""

    message: Tensor
    state: Tensor
    h: Tensor


class Change(NamedTuple):
    """Replaced category vectors: of copy `row` (0..R-1, sorted) of image `images[row]`, category `classes`, to
    `vectors`."""

    images: Tensor  # [R] rows of the base batch that are run again
    rows: Tensor  # [E]
    classes: Tensor  # [E]
    vectors: Tensor  # [E, D]

    def sources(self, batch: int) -> Tensor:
        """The image behind each row of images and copies together [B + R]."""
        return torch.cat([torch.arange(batch, device=self.images.device), self.images])

    def apply(self, vectors: Tensor) -> Tensor:
        """Images and copies together: [B, C, D] -> [B + R, C, D]."""
        at = (self.rows + len(vectors), self.classes)
        return vectors[self.sources(len(vectors))].index_put(at, self.vectors.to(vectors.dtype))

    def within(self, begin: int, end: int) -> tuple[Tensor, "Change"]:
        """Which copies [R] belong to images begin .. end - 1, and the change of these images alone."""
        copies = (self.images >= begin) & (self.images < end)
        entries, number = copies[self.rows], copies.cumsum(0) - 1
        own = Change(
            self.images[copies] - begin, number[self.rows[entries]], self.classes[entries], self.vectors[entries]
        )
        return copies, own


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

    def start(self, h: Tensor, graph: Tensor, change: Change | None = None) -> FirstStep:
        """Linear parts of step 1 for h [B, C, D] under the conditional matrix graph [C, C], and for changed copies.

        A copy costs a rank-1 update per changed category instead of a product of its own: with d = h'_c - h_c,
        W [A h' ; A^T h'] = W m + A[:, c] (W_in d) + A^T[:, c] (W_out d), and U h' changes in row c alone. W_in d and
        W_out d are rows of the one product with W, so that its gradient is one product too.
        """
        b, c, width = h.shape
        mixed = neighbours(h, graph).flatten(0, 1)
        if change is None:
            return FirstStep(self.message(mixed).view(b, c, 3 * width), self.state(h), h)
        d = change.vectors.to(h.dtype) - h[change.images[change.rows], change.classes]
        one = self.message(torch.cat([mixed, F.pad(d, (0, width)), F.pad(d, (width, 0))]))
        two = self.state(torch.cat([h.flatten(0, 1), d]))
        values = (one[b * c :] - self.message.bias).view(2, len(d), 3 * width).transpose(0, 1)
        columns = torch.stack([graph.T[change.classes], graph[change.classes]], 1).to(values.dtype)
        slot, sources, rows = _slots(change.rows), change.sources(b), change.rows + b
        shape = (len(sources), int(slot.max()) + 1 if len(slot) else 1, 2)
        left = values.new_zeros(*shape, c).index_put((rows, slot), columns)
        right = values.new_zeros(*shape, values.shape[2]).index_put((rows, slot), values)
        message = torch.baddbmm(
            one[: b * c].view(b, c, 3 * width)[sources], left.flatten(1, 2).transpose(1, 2), right.flatten(1, 2)
        )
        shift = two[b * c :] - self.state.bias
        state = two[: b * c].view(b, c, 2 * width)[sources].index_put((rows, change.classes), shift, accumulate=True)
        return FirstStep(message, state, change.apply(h))

    def run(self, first: FirstStep, graph: Tensor, needed: Tensor) -> Tensor:
        """Outputs at the needed entries only: needed [B, C] boolean -> [E, D] in row-major order.

        The last step is computed for these entries alone, because no loss reads any other.
        """
        if self.steps == 1:
            h = self._gate(first.message[needed], first.state[needed], first.h[needed])
        else:
            h = self._gate(*first)
            for _ in range(self.steps - 2):
                h = self._step(h, graph)
            h = self._step(h, graph, needed)
        if self.strength is None:
            return h
        before = first.h[needed]
        return before + self.strength * (h - before)

    def _step(self, h: Tensor, graph: Tensor, needed: Tensor | None = None) -> Tensor:
        if needed is None:
            mixed = neighbours(h, graph)
        else:
            mixed, h = neighbours_of(h, graph, needed), h[needed]
        return self._gate(self.message(mixed), self.state(h), h)

    def _gate(self, message: Tensor, state: Tensor, h: Tensor) -> Tensor:
        width = h.shape[-1]
        gates, proposal = message.split([2 * width, width], -1)
        update, reset = torch.sigmoid(gates + state).chunk(2, -1)
        return torch.lerp(h, torch.tanh(proposal + self.candidate(reset * h)), update)
