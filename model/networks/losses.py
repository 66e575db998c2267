"""Losses over labels that may be unknown. Targets: t > 0 present (softly below 1), t < 0 absent, 0 unknown."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

Permute = Callable[[int], Tensor]
Reduction = Literal["batch", "image", "sum", "none"]


def elementwise_bce(logits: Tensor, targets: Tensor, margin: float = 0.0) -> Tensor:
    """Binary cross entropy per entry, 0 where |target| <= margin; a target t < 0 is an absence of strength -t."""
    known = targets.abs() > margin
    value = F.softplus(torch.where(targets > 0, logits, -logits)) - targets * logits
    return torch.where(known, value, torch.zeros_like(value))


def partial_bce(logits: Tensor, targets: Tensor, reduction: Reduction = "batch", margin: float = 0.0) -> Tensor:
    """Cross entropy over known labels (paper eq. 14); 0 with zero gradient when nothing is known.

    `batch`: mean over all known entries of the batch, as the released code does. `image`: mean over the known
    labels of each image, summed over images, as the paper writes it.
    """
    value, known = elementwise_bce(logits, targets, margin), targets.abs() > margin
    if reduction == "none":
        return value
    if reduction == "sum":
        return value.sum()
    if reduction == "image":
        return (value.sum(1) / known.sum(1).clamp(min=1)).sum()
    return value.sum() / known.sum().clamp(min=1)


def proportion_bce(logits: Tensor, targets: Tensor, a: float = -4.45, b: float = 5.45, gamma: float = 1.0) -> Tensor:
    """Partial BCE of Durand et al. (CVPR 2019): g(p)/C times the sum over known labels, g(p) = a p^gamma + b, where p
    is the share of known labels of the image; mean over the images that have any."""
    known = targets != 0
    share = known.float().mean(1)
    some = share > 0
    factor = torch.where(some, a * share.clamp(min=1e-6) ** gamma + b, torch.zeros_like(share))
    per_image = elementwise_bce(logits, targets).sum(1) * factor / targets.shape[1]
    return per_image.sum() / some.sum().clamp(min=1)


def asymmetric(
    logits: Tensor,
    targets: Tensor,
    negative: float = 4.0,
    positive: float = 0.0,
    shift: float = 0.05,
    eps: float = 1e-8,
) -> Tensor:
    """Asymmetric loss (Ben-Baruch et al., ICCV 2021) over known labels, mean over all entries.

    Negatives are focused by p_m^negative with p_m = max(p - shift, 0), positives by (1-p)^positive; the focusing
    weights carry no gradient.
    """
    p = torch.sigmoid(logits)
    shifted = (p - shift).clamp(min=0)
    present, absent = (targets > 0).to(p.dtype), (targets < 0).to(p.dtype)
    with torch.no_grad():
        weight = present * (1 - p) ** positive + absent * shifted**negative
    value = present * p.clamp(min=eps).log() + absent * (1 - shifted).clamp(min=eps).log()
    return -(weight * value).mean()


def cosines(vectors: Tensor, eps: float = 1e-9) -> Tensor:
    """Cosine of every pair of images per class, from [B, C, D] to [C, B, B]: a Gram matrix a class, no gather."""
    unit = (vectors / vectors.norm(dim=2, keepdim=True).clamp(min=eps)).transpose(0, 1)
    return unit @ unit.transpose(1, 2)


def contrastive(vectors: Tensor, targets: Tensor, permute: Permute = torch.randperm) -> Tensor:
    """Contrastive loss as released: unordered pairs with both labels known, 1 - cos if both present, else 1 + cos.

    With P present-present terms, the present-absent and the absent-absent terms are each thinned to 2P random ones
    plus the P largest; without any, all are kept. Mean over what is left. Nothing known by two images gives 0 (the
    released code gives NaN). `permute(n)` returns the random order of n terms listed by (pair, class).
    """
    first, second = torch.triu_indices(len(vectors), len(vectors), 1, device=vectors.device)
    cos = cosines(vectors)[:, first, second].T
    a, b = targets[first], targets[second]
    alike = (1 - cos)[(a > 0) & (b > 0)]
    kinds = [(1 + cos)[mask] for mask in (a * b < 0, (a < 0) & (b < 0))]
    if len(alike):
        kinds = [_thin(terms, len(alike), permute) for terms in kinds]
    terms = torch.cat([alike, *kinds])
    return terms.mean() if len(terms) else vectors.sum() * 0


def _thin(terms: Tensor, positives: int, permute: Permute) -> Tensor:
    """2P random terms without replacement, then the P largest (a hard term may stand twice, as published)."""
    picked = permute(len(terms))[: 2 * positives].to(terms.device)
    hard = torch.topk(terms, min(positives, len(terms))).values
    return torch.cat([terms[picked], hard])


def contrastive_all_pairs(vectors: Tensor, targets: Tensor) -> Tensor:
    """Contrastive loss as the paper writes it (eq. 3-4): sum over all ordered pairs and classes, 1 - cos where both
    are known present, 1 + cos otherwise, unknown labels included."""
    present = (targets > 0).T
    alike = present[:, :, None] & present[:, None, :]
    cos = cosines(vectors)
    return torch.where(alike, 1 - cos, 1 + cos).sum()
