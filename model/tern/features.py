"""Category vectors from cached maps: a reduced space, attention of each label, zero-shot scores.

The reduced space holds the principal axes of the project's pooled features, and positions are averaged to a grid of
about 5 x 5: a twentieth of the whole map, and as good on real photographs. Attention (CSRL of the paper, without a
trained parameter): positions weighted by softmax(TAU x standardised response to the label's direction).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from model.arrays import F16, F32, I8, I64, Bool
from model.cores import one_thread
from model.priors.reading import Reading, SemanticPrior
from model.vision.grid import coarse_grid, coarse_maps

WIDTH = 256
BASIS_SAMPLE = 4096
TRACE = 1e-3
TAU = 0.5
CHUNK = 256
# Pictures whose positions settle mean and spread of a label's response, and the centre of its vectors.
STATISTICS = 1024


def basis_of(pooled: F32, classifier: tuple[F32, F32] | None, width: int = WIDTH) -> F32:
    """Orthonormal columns [D, K]: principal axes of pooled features [n, D].

    Pictures of a small project span little; a trace of the scatter of the classifier's rows (or of the identity)
    orders what they leave open.
    """
    dim = pooled.shape[1]
    scatter = np.zeros((dim, dim)) if len(pooled) < 2 else np.cov(pooled[:BASIS_SAMPLE].T.astype(np.float64))
    rows = classifier[0].astype(np.float64) if classifier is not None else np.eye(dim)
    open_scatter = np.cov(rows.T)
    scatter = scatter + TRACE * max(np.trace(scatter), 1e-9) / max(np.trace(open_scatter), 1e-9) * open_scatter
    vectors = np.linalg.eigh(scatter)[1][:, ::-1]
    return np.ascontiguousarray(vectors[:, : min(width, dim)], np.float32)


def reduce_maps(maps: F16, grid: tuple[int, int], basis: F32) -> F32:
    """Maps [n, H*W, D] on the coarse grid and in the basis, [n, h*w, K]."""
    return coarse_maps(maps, grid) @ basis


@dataclass
class Lens:
    """How pictures are looked at for each label; settled once from a sample of pictures, then kept with the weights.

    `guide` [C, K] direction in the reduced space, `response` [2, C] its mean and spread over positions, `centre`
    [C, K] mean category vector, `z_mean` and `z_std` [V, C] of the V zero-shot variants, `z_scale` [C] of their mean.
    `named` [C] is 0 for a label whose name is not believed: no guide, hence even attention, and no zero-shot score.
    """

    guide: F32
    response: F32
    centre: F32
    z_mean: F32
    z_std: F32
    z_scale: F32
    named: F32

    def attention(self, maps: torch.Tensor) -> torch.Tensor:
        """Weights of positions, [n, P, C], of reduced maps [n, P, K]."""
        response = maps @ torch.from_numpy(self.guide.T.copy())
        mean, spread = torch.from_numpy(self.response)
        return torch.softmax(TAU * (response - mean) / spread, 1)

    def attended(self, maps: torch.Tensor) -> torch.Tensor:
        """Category vectors before centring, [n, C, K]."""
        return torch.bmm(self.attention(maps).transpose(1, 2), maps)

    def vectors(self, maps: torch.Tensor) -> torch.Tensor:
        """Category vectors, centred and of unit length, [n, C, K]."""
        return torch.nn.functional.normalize(self.attended(maps) - torch.from_numpy(self.centre), dim=2)

    def zero_shot(self, raw: list[F32]) -> F32:
        """Standardised zero-shot score [N, C] from a prior's variants."""
        parts = [(x - m) / s for x, m, s in zip(raw, self.z_mean, self.z_std, strict=True)]
        return (np.mean(parts, axis=0) / self.z_scale * self.named).astype(np.float32)


def spread_of(x: F32, axis: int = 0) -> F32:
    """Standard deviation, 1 where there is none to divide by."""
    std = x.std(axis)
    return np.where(std > 1e-6, std, 1.0).astype(np.float32)


@one_thread()
def settle(sample: F32, raw: list[F32], reading: Reading, basis: F32, named: Bool | None = None) -> Lens:
    """Fit a lens to a sample of reduced maps [n, P, K] and the raw zero-shot scores of (all) pictures."""
    labels = len(reading.directions)
    believed = np.ones(labels, np.float32) if named is None else named.astype(np.float32)
    guide = ((reading.directions @ basis) * believed[:, None]).astype(np.float32)
    z_mean = np.stack([x.mean(0) for x in raw]).astype(np.float32)
    z_std = np.stack([spread_of(x) for x in raw])
    lens = Lens(
        guide,
        np.stack([np.zeros(labels), np.ones(labels)]).astype(np.float32),
        np.zeros_like(guide),
        z_mean,
        z_std,
        np.ones(labels, np.float32),
        np.ones(labels, np.float32),
    )
    lens.z_scale = spread_of(lens.zero_shot(raw))
    lens.named = believed
    flat = (sample.reshape(-1, sample.shape[2]) @ guide.T) if len(sample) else np.zeros((1, labels), np.float32)
    lens.response = np.stack([flat.mean(0), spread_of(flat)]).astype(np.float32)
    if len(sample):
        total = sum(lens.attended(torch.from_numpy(part)).sum(0) for part in split(sample))
        lens.centre = (total / len(sample)).numpy()  # type: ignore[union-attr]
    return lens


def split(array: F32) -> Iterator[F32]:
    """An array in chunks of pictures."""
    for first in range(0, len(array), CHUNK):
        yield np.ascontiguousarray(array[first : first + CHUNK], np.float32)


@dataclass
class Pictures:
    """Features of N pictures: pooled [N, D] in memory, reduced maps by chunks of indices from the cache.

    `evidence` [N, E] is what the semantic prior keeps of them.
    """

    pooled: F32
    reduced: Callable[[I64], F32]
    evidence: F16

    def __len__(self) -> int:
        return len(self.pooled)

    def centre(self) -> F32:
        """Mean over an evenly spaced sample of pictures and all positions, [K]."""
        sample = self.sample()
        return sample.mean((0, 1)) if len(sample) else np.zeros(sample.shape[2], np.float32)

    def sample(self, size: int = STATISTICS) -> F32:
        """Reduced maps of an evenly spaced sample."""
        indices = np.unique(np.linspace(0, len(self) - 1, min(size, len(self))).astype(np.int64))
        return self.reduced(indices) if len(self) else self.reduced(np.zeros(0, np.int64))


def quadrants(attention: torch.Tensor, grid: tuple[int, int]) -> I8:
    """Quadrant of the peak of attention [n, P, C] on a map of `grid`, [n, C]: 0 and 1 above, 2 and 3 below."""
    h, w = coarse_grid(grid)
    row, column = np.divmod(attention.argmax(1).numpy(), w)
    return (2 * (row >= h / 2) + (column >= w / 2)).astype(np.int8)


def plain_vectors(pictures: Pictures, images: I64, centre: F32) -> F32:
    """What a label without a name sees: pooled vectors, centred and of unit length, [n, K]."""
    out = np.zeros((len(images), len(centre)), np.float32)
    for first in range(0, len(images), CHUNK):
        part = slice(first, first + CHUNK)
        out[part] = pictures.reduced(images[part]).mean(1) - centre
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


@one_thread()
def vectors_of_cells(pictures: Pictures, lens: Lens, images: I64, labels: I64, grid: tuple[int, int]) -> tuple[F32, I8]:
    """Category vectors [n, K] of chosen cells and the quadrant of their attention's peak [n], in one pass.

    `images` must ascend, so that cells of one picture lie together and no N x C x K array is ever made.
    """
    out = np.zeros((len(images), lens.guide.shape[1]), np.float32)
    quadrant = np.zeros(len(images), np.int8)
    unique, inverse = np.unique(images, return_inverse=True)
    for first in range(0, len(unique), CHUNK):
        part = unique[first : first + CHUNK]
        cells = slice(*np.searchsorted(inverse, [first, first + len(part)]))
        where = inverse[cells] - first, labels[cells]
        maps = torch.from_numpy(pictures.reduced(part))
        attention = lens.attention(maps)
        attended = torch.bmm(attention.transpose(1, 2), maps).numpy()
        out[cells] = attended[where] - lens.centre[labels[cells]]
        quadrant[cells] = quadrants(attention, grid)[where]
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    return out, quadrant


@one_thread()
def linear_scores(pictures: Pictures, lens: Lens, w: F32, tick: Callable[[int], None] = lambda done: None) -> F32:
    """w_c . f_nc of every picture and label, [N, C], by chunks of pictures."""
    out = np.zeros((len(pictures), len(w)), np.float32)
    weights = torch.from_numpy(w)
    offset = torch.from_numpy((lens.centre * w).sum(1))
    centre = torch.from_numpy(lens.centre)
    for first in range(0, len(pictures), CHUNK):
        part = np.arange(first, min(first + CHUNK, len(pictures)))
        maps = torch.from_numpy(pictures.reduced(part))
        attended = lens.attended(maps)
        length = (attended - centre).norm(dim=2).clamp_min(1e-9)
        out[part] = (((attended * weights).sum(2) - offset) / length).numpy()
        tick(len(part))
    return out


def raw_zero_shot(evidence: F16, prior: SemanticPrior, reading: Reading) -> list[F32]:
    """Zero-shot variants of pictures by their evidence [N, E], by chunks of them."""
    starts = range(0, max(1, len(evidence)), 2048)
    parts = [prior.raw_scores(evidence[i : i + 2048].astype(np.float32), reading) for i in starts]
    return [np.concatenate(variant) for variant in zip(*parts, strict=True)]
