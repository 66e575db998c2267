"""Instance-level (ILRB) and prototype-level (PLRB) representation blending on single entries.

An entry is one (image, category). Only blended entries are computed: everything else keeps the base vectors and the
base logits. Blending maps with one scalar and then summing them over space equals blending the sums, so the vector
form serves both spaces under sum pooling; under max pooling the maps of the blended entries alone are built.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from model.networks.network import Draws
from model.sarb.config import SARBConfig, Target
from model.sarb.csrl import Categories


class Blend(NamedTuple):
    """Blended entries: `images`, `classes` [E], their `vectors` [E, D], and the `targets` [B, C] of the whole pass."""

    images: Tensor
    classes: Tensor
    vectors: Tensor
    targets: Tensor


def representation(found: Categories, images: Tensor, classes: Tensor, as_maps: bool) -> Tensor:
    """What is blended at some entries: their vectors [E, D], or their maps [E, P, D]."""
    if not as_maps:
        return found.vectors[images, classes]
    return found.attention[images, classes][..., None] * found.features[images]


def _mix(own: Tensor, other: Tensor, share: Tensor) -> Tensor:
    """share own + (1 - share) other, pooled by maximum when these are maps [E, P, D]."""
    share = share.to(own.dtype)[:, *(None,) * (own.ndim - 1)]
    mixed = own + (1 - share) * (other - own)
    return mixed.amax(1) if mixed.ndim == 3 else mixed


def _targets(labels: Tensor, at: tuple[Tensor, Tensor], share: Tensor, sign: Tensor, target: Target) -> Tensor:
    strength = torch.ones_like(share) if target == "full" else 1 - share
    strength = strength.detach() if target == "soft_detached" else strength
    return labels.to(share.dtype).index_put(at, sign.to(share.dtype) * strength)


def _share(coefficient: Tensor, classes: Tensor) -> Tensor:
    return coefficient[classes] if coefficient.ndim else coefficient.expand(len(classes))


def partners(labels: Tensor, both_signs: bool = False) -> Tensor:
    """Entries [B, C] that ILRB fills: unknown here, known present in the partner B-1-i (paper eq. 6)."""
    other = labels.flip(0)
    return (labels == 0) & ((other != 0) if both_signs else (other > 0))


def instance_blend(found: Categories, labels: Tensor, alpha: Tensor, config: SARBConfig) -> Blend:
    """ILRB: the partner's vector is blended into each unknown entry whose label the partner has (eq. 6-9)."""
    images, classes = partners(labels, config.both_signs).nonzero(as_tuple=True)
    mirror = len(labels) - 1 - images
    as_maps, share = _as_maps(config), _share(alpha, classes)
    own = representation(found, images, classes, as_maps)
    vectors = _mix(own, representation(found, mirror, classes, as_maps), share)
    sign = labels[mirror, classes].sign()
    return Blend(images, classes, vectors, _targets(labels, (images, classes), share, sign, config.blended_target))


def _as_maps(config: SARBConfig) -> bool:
    return config.blend_space == "map" and config.pool == "max"


def chosen(labels: Tensor, noise: Tensor, available: Tensor, count: int, overwrite_known: bool) -> Tensor:
    """Entries [B, C] that PLRB fills: per image the `count` unknown categories of highest noise, among those that
    have prototypes. An image without such a category gets none; with `overwrite_known` it gets category 0, known or
    not, as in the released code."""
    open_ = (labels == 0) & available
    order = torch.where(open_, noise, torch.zeros_like(noise)).argsort(dim=1, descending=True, stable=True)[:, :count]
    mask = torch.zeros_like(open_).scatter_(1, order, True)
    return mask & available if overwrite_known else mask & open_


def location(found: Categories, images: Tensor, classes: Tensor, grid: tuple[int, int], power: int) -> Tensor:
    """Cell 0 .. 4^power - 1 of the strongest position of each entry's map, argmax of a_p sum_d x_pd."""
    height, width = grid
    energy = found.attention[images, classes] * found.features.sum(2)[images]
    row, column = (peak := energy.argmax(1)) // width, peak % width
    parts = 2**power
    return parts * _cell(row, height, parts) + _cell(column, width, parts)


def _cell(position: Tensor, length: int, parts: int) -> Tensor:
    """Part of an axis; of 7 positions in halves the first has 3, as in the released code."""
    edges = torch.tensor([i * length // parts for i in range(1, parts)], device=position.device)
    return torch.bucketize(position, edges, right=True)


def prototype_blend(
    found: Categories,
    labels: Tensor,
    beta: Tensor,
    prototypes: Tensor,
    available: Tensor,
    draws: Draws,
    grid: tuple[int, int],
    config: SARBConfig,
) -> Blend:
    """PLRB: a prototype [C, K, D or P, D] is blended into one unknown entry per image (eq. 10-13).

    Location prototypes: uniform over the cells that differ from the image's own. Clusters: uniform.
    """
    mask = chosen(labels, draws.noise, available, config.blended_classes, config.overwrite_known)
    images, classes = mask.nonzero(as_tuple=True)
    count, turn = prototypes.shape[1], draws.turn[images, classes]
    if config.prototypes == "location":
        shift = 1 + (turn * (count - 1)).long().clamp(max=count - 2)
        index = (location(found, images, classes, grid, config.grid_power) - shift) % count
    else:
        turn = draws.pick.expand(len(images)) if config.per_batch_prototype else turn
        index = (turn * count).long().clamp(max=count - 1)
    share = _share(beta, classes)
    own = representation(found, images, classes, _as_maps(config))
    vectors = _mix(own, prototypes[classes, index].to(own.dtype), share)
    sign = torch.ones_like(share)
    return Blend(images, classes, vectors, _targets(labels, (images, classes), share, sign, config.blended_target))
