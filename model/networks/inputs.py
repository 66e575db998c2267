"""Images with partial labels: label dropping, inputs of a fit, augmentation and evaluation of the paper."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2 import functional as T

from model.arrays import I64

IMAGENET = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
Rows = Sequence[int] | I64
AHEAD = 3  # batches decoded while one is trained on


class Inputs(Protocol):
    """N items that become network input; `epoch` None means evaluation, a number seeds the augmentation."""

    def __len__(self) -> int: ...

    def get(self, indices: Rows, epoch: int | None, seed: int) -> Tensor:
        """Input of the items, stacked."""


class Maps:
    """Frozen maps [N, P, D] (any float type, memory-mapped or not) as inputs [B, D, H, W] float32."""

    def __init__(self, maps: NDArray, grid: tuple[int, int], rows: I64 | None = None) -> None:
        if maps.shape[1] != grid[0] * grid[1]:
            raise ValueError(f"maps have {maps.shape[1]} positions, the grid {grid[0]} x {grid[1]}")
        self.maps, self.grid, self.rows = maps, grid, np.arange(len(maps)) if rows is None else rows

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, indices: Rows, epoch: int | None, seed: int) -> Tensor:
        """Maps of the items; frozen maps know no augmentation."""
        taken = torch.from_numpy(np.asarray(self.maps[self.rows[list(indices)]], dtype=np.float32))
        return taken.transpose(1, 2).unflatten(2, self.grid)


class Photos:
    """Image files under the paper's protocol: resize, random square crop from five sizes, resize to the input, flip."""

    crops = (512, 448, 384, 320, 256)

    def __init__(
        self,
        paths: Sequence[Path],
        size: int = 448,
        scale: int = 512,
        mean: Sequence[float] = IMAGENET[0],
        std: Sequence[float] = IMAGENET[1],
    ) -> None:
        self.paths, self.size, self.scale, self.mean, self.std = list(paths), size, scale, list(mean), list(std)

    def __len__(self) -> int:
        return len(self.paths)

    def get(self, indices: Rows, epoch: int | None, seed: int) -> Tensor:
        """Normalised images [B, 3, size, size]; the same (seed, epoch, item) always gives the same crop."""
        return torch.stack([self._one(i, epoch, seed) for i in indices])

    def _one(self, index: int, epoch: int | None, seed: int) -> Tensor:
        try:
            with Image.open(self.paths[index]) as file:
                picture = file.convert("RGB")
        except (OSError, ValueError) as error:
            raise ValueError(f"{self.paths[index]} is no readable image ({error}); restore or remove it") from error
        if epoch is None:
            picture = picture.resize((self.size, self.size), Image.Resampling.BICUBIC)
        else:
            picture = self._augment(picture, np.random.default_rng((seed, epoch, index)))
        return T.normalize(T.to_dtype(T.pil_to_tensor(picture), torch.float32, scale=True), self.mean, self.std)

    def _augment(self, picture: Image.Image, rng: np.random.Generator) -> Image.Image:
        picture = picture.resize((self.scale, self.scale), Image.Resampling.BICUBIC)
        side = round(int(rng.choice(self.crops)) * self.scale / 512)
        top, left = rng.integers(0, self.scale - side + 1, 2).tolist()
        picture = T.resized_crop(picture, top, left, side, side, [self.size, self.size], InterpolationMode.BICUBIC)
        return T.horizontal_flip(picture) if rng.random() < 0.5 else picture


def stream(
    inputs: Inputs, batches: Sequence[Rows], epoch: int | None, seed: int = 0, workers: int = 0
) -> Iterator[Tensor]:
    """Input of each batch in order, made ahead by threads when there are workers."""
    if workers == 0:
        yield from (inputs.get(rows, epoch, seed) for rows in batches)
        return
    with ThreadPoolExecutor(workers) as pool:
        rest = iter(batches)
        coming = [pool.submit(inputs.get, rows, epoch, seed) for rows in islice(rest, AHEAD + workers)]
        try:
            while coming:
                yield coming.pop(0).result()
                coming += [pool.submit(inputs.get, rows, epoch, seed) for rows in islice(rest, 1)]
        finally:
            pool.shutdown(cancel_futures=True)
