"""Category-specific representation learning (paper section IV-B): from one map to one vector per category.

Every module takes features [B, P, D] (P = positions) and returns `Categories`. Pooling is linear, so the maps
F_c = a_c x of the paper are never built: f_c = a_c^T x is one matrix product.
"""

from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Pool = Literal["sum", "max"]
CPU_BLOCK, GPU_BLOCK = 2**17, 2**26  # elements of tanh at a time: fits in a core's cache, fills a GPU


class Categories(NamedTuple):
    """Vectors [B, C, D], attention [B, C, P], the features [B, P, D] they weigh, and scores [B, C] if the module has
    logits of its own."""

    vectors: Tensor
    attention: Tensor
    features: Tensor
    scores: Tensor | None = None


def pooled(attention: Tensor, features: Tensor, how: Pool = "sum") -> Tensor:
    """Pool the category maps a_c x over positions: [B, C, P], [B, P, D] -> [B, C, D]."""
    if how == "sum":
        return attention @ features
    per_class = [(attention[:, c, :, None] * features).amax(1) for c in range(attention.shape[1])]
    return torch.stack(per_class, 1)


class _Responses(torch.autograd.Function):
    """e[r, c] = sum_m w_m tanh(q_rm k_cm), some m at a time; the M x R x C tensor is recomputed, never kept. With m
    first, every sum over m, r or c is a matrix product with a vector."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, w: Tensor) -> Tensor:
        ctx.save_for_backward(q, k, w)
        q, k, out = q.T.contiguous(), k.T.contiguous(), q.new_zeros(len(q) * len(k))
        for m in _blocks(q, k):
            out.addmv_(_tanh(q[m], k[m]).flatten(1).T, w[m])
        return out.view(q.shape[1], k.shape[1])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        q, k, w = ctx.saved_tensors
        q, k, grad = q.T.contiguous(), k.T.contiguous(), grad.contiguous()
        dq, dk, dw, kw = torch.empty_like(q), torch.empty_like(k), torch.empty_like(w), k * w[:, None]
        for m in _blocks(q, k):
            t = _tanh(q[m], k[m])
            dw[m] = t.flatten(1) @ grad.flatten()
            slope = torch.ops.aten.tanh_backward(grad.expand_as(t), t)
            dq[m] = (slope @ kw[m, :, None])[..., 0]
            dk[m] = (q[m, None] @ slope)[:, 0]
        return dq.T, (dk * w[:, None]).T, dw


def _tanh(q: Tensor, k: Tensor) -> Tensor:
    return (q[:, :, None] * k[:, None]).tanh_()


def _blocks(q: Tensor, k: Tensor) -> list[slice]:
    budget = CPU_BLOCK if q.device.type == "cpu" else GPU_BLOCK
    step = max(1, budget // max(1, q.shape[1] * k.shape[1]))
    return [slice(i, i + step) for i in range(0, len(q), step)]


def responses(q: Tensor, k: Tensor, w: Tensor) -> Tensor:
    """sum_m w_m tanh(q_rm k_cm) for rows q [R, M] and classes k [C, M] -> [R, C], in O(R C) memory; sums
    run in float32 at least."""
    dtype = torch.promote_types(q.dtype, torch.float32)
    return _Responses.apply(q.to(dtype), k.to(dtype), w.to(dtype))


class SemanticDecoupling(nn.Module):
    """Attention of each category guided by its word vector (SSGRL, as released).

    e = fc4(fc3(tanh(fc1 x * fc2 w))) has no nonlinearity between fc3 and fc4: they act as one vector W3^T w4, and
    both biases cancel in the softmax. They stay separate parameters, because the optimiser's path depends on it.
    """

    def __init__(self, channels: int, words: int, hidden: int = 512, pool: Pool = "sum") -> None:
        super().__init__()
        self.fc1 = nn.Linear(channels, hidden, bias=False)
        self.fc2 = nn.Linear(words, hidden, bias=False)
        self.fc3 = nn.Linear(hidden, hidden)
        self.fc4 = nn.Linear(hidden, 1)
        self.pool: Pool = pool

    def forward(self, features: Tensor, words: Tensor) -> Categories:
        """Features [B, P, D], words [C, W]."""
        b, p, _ = features.shape
        no_effect = 0 * (self.fc3.bias.sum() + self.fc4.bias)  # a zero gradient: weight decay acts as published
        collapsed = self.fc3.weight.T @ self.fc4.weight[0] + no_effect
        e = responses(self.fc1(features).flatten(0, 1), self.fc2(words), collapsed)
        attention = e.view(b, p, len(words)).softmax(1).transpose(1, 2).to(features.dtype)
        return Categories(pooled(attention, features, self.pool), attention, features)


class SemanticAttention(nn.Module):
    """Category activation maps as attention (ADD-GCN): sigmoid of a 1x1 convolution, not normalised over space.

    `normalise`: `sum` divides by the total weight, `positions` by P, `none` leaves the sum, which is so large that
    the tanh behind it saturates. The convolution's spatial maximum is a score of its own.
    """

    def __init__(self, channels: int, classes: int, width: int, normalise: str = "sum", pool: Pool = "sum") -> None:
        super().__init__()
        if normalise not in {"sum", "positions", "none"}:
            raise ValueError(f"normalise must be sum, positions or none, not {normalise!r}")
        self.maps = nn.Linear(channels, classes, bias=False)
        self.transform = nn.Linear(channels, width)
        self.normalise, self.pool = normalise, pool

    def forward(self, features: Tensor, words: Tensor | None = None) -> Categories:
        """Features [B, P, D]; word vectors are not used."""
        raw = self.maps(features).transpose(1, 2)
        attention = raw.sigmoid()
        if self.normalise == "sum":
            attention = attention / attention.sum(2, keepdim=True).clamp(min=1e-6)
        elif self.normalise == "positions":
            attention = attention / attention.shape[2]
        x = self.transform(features)
        return Categories(pooled(attention, x, self.pool), attention, x, raw.amax(2))


class PriorAttention(nn.Module):
    """Attention from the semantic prior: softmax over positions of `sharpness` times the standardised response of
    the map to each label's zero-shot direction [C, D]. No trained parameter."""

    def __init__(self, directions: Tensor, sharpness: float = 0.5, pool: Pool = "sum") -> None:
        super().__init__()
        self.register_buffer("directions", F.normalize(directions, dim=1))
        self.sharpness, self.pool = sharpness, pool

    def forward(self, features: Tensor, words: Tensor | None = None) -> Categories:
        """Features [B, P, D] in the space of the directions."""
        e = features @ self.get_buffer("directions").T.to(features.dtype)
        e = (e - e.mean(1, keepdim=True)) / e.std(1, keepdim=True, unbiased=False).clamp(min=1e-6)
        attention = (self.sharpness * e).softmax(1).transpose(1, 2)
        return Categories(pooled(attention, features, self.pool), attention, features)
