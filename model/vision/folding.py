"""A network rewritten for inference without changing what it says: batch norm and uneven padding go into convolutions.

TensorFlow's "same" padding of a strided convolution is uneven, which timm does by copying every map into a larger one.
Rows and columns of zeros in front of the kernel do the same, to the last bit, for a sixth less time of the whole
EfficientNet-Lite0 at 320 px (docs/results-small-data.md).
"""

from __future__ import annotations

import itertools
from typing import Any, cast

import torch
from torch import nn


def fold_batch_norm(module: nn.Module) -> nn.Module:
    """Fold each evaluated BatchNorm2d that directly follows a convolution into it, in place, keeping its act.

    Returns the module. See "Exact shortcuts" in docs/method.md.
    """
    for parent in list(module.modules()):
        children = list(parent.named_children())
        for (_, conv), (norm_name, norm) in itertools.pairwise(children):
            if not (isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)):
                continue
            if conv.out_channels == norm.num_features:
                absorb(conv, norm)
                setattr(parent, norm_name, getattr(norm, "act", nn.Identity()))
    return module


def absorb(conv: nn.Conv2d, norm: Any) -> None:
    """Scale a convolution's weights and bias so that it does what convolution and evaluated batch norm did."""
    scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
    bias = conv.bias if conv.bias is not None else torch.zeros_like(norm.running_mean)
    conv.weight.data = conv.weight * scale.view(-1, 1, 1, 1)
    conv.bias = nn.Parameter((bias - norm.running_mean) * scale + norm.bias, requires_grad=False)


def fold_padding(module: nn.Module, x: torch.Tensor) -> None:
    """Replace, in place, timm's "same" convolutions by plain ones that are equal for inputs of the shape of `x`."""
    from timm.layers import Conv2dSame

    sides: dict[nn.Module, tuple[int, int]] = {}

    def note(conv: nn.Module, given: tuple[torch.Tensor]) -> None:
        sides[conv] = (given[0].shape[2], given[0].shape[3])

    uneven = [part for part in module.modules() if isinstance(part, Conv2dSame) and part.dilation == (1, 1)]
    if not uneven:
        return
    hooks = [conv.register_forward_pre_hook(note) for conv in uneven]
    module(x)
    for hook in hooks:
        hook.remove()
    for parent in list(module.modules()):
        for name, conv in list(parent.named_children()):
            if conv in sides:
                setattr(parent, name, evenly_padded(cast("nn.Conv2d", conv), sides[conv]))


def evenly_padded(conv: nn.Conv2d, sides: tuple[int, int]) -> nn.Conv2d:
    """A convolution with the same padding on both sides that does what "same" padding does to maps of these sides."""
    pads = [same_padding(conv, axis, side) for axis, side in enumerate(sides)]
    front = [after - before for before, after in pads]
    plain = nn.Conv2d(
        conv.in_channels,
        conv.out_channels,
        cast("tuple[int, int]", tuple(k + zeros for k, zeros in zip(conv.kernel_size, front, strict=True))),
        cast("tuple[int, int]", conv.stride),
        padding=(pads[0][1], pads[1][1]),
        groups=conv.groups,
        bias=conv.bias is not None,
    )
    weight = nn.functional.pad(conv.weight, (front[1], 0, front[0], 0)).contiguous(memory_format=torch.channels_last)
    plain.weight = nn.Parameter(weight, requires_grad=False)
    plain.bias = conv.bias
    return plain


def same_padding(conv: nn.Conv2d, axis: int, side: int) -> tuple[int, int]:
    """Zeros before and after a map of `side` along an axis: TensorFlow's rule, the odd one comes after."""
    kernel, stride = conv.kernel_size[axis], conv.stride[axis]
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2
