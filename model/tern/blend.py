"""Blending as extra training rows (paper section III-C and III-D, full target 1): half an unknown cell, half a present.

ILRB takes the present half from another picture, PLRB from the label's prototype of another location (quadrant of the
attention's peak). Rows of a label weigh together as much as its known positives, times the chosen share.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.arrays import F32, I8, I64, Bool

ALPHA = 0.5
DRAWS = 200
DRAWS_PER_POSITIVE = 20
QUADRANTS = 4


@dataclass
class Cells:
    """Cells of the matrix with their features, ascending by image: x [n, K], z [n], quadrant [n] of the peak."""

    image: I64
    label: I64
    x: F32
    z: F32
    quadrant: I8
    value: I8

    def __len__(self) -> int:
        return len(self.image)

    def take(self, chosen: I64 | Bool) -> Cells:
        """Some of the cells, in the order given."""
        return Cells(
            self.image[chosen],
            self.label[chosen],
            self.x[chosen],
            self.z[chosen],
            self.quadrant[chosen],
            self.value[chosen],
        )


def cells_to_blend(marks: I8, rng: np.random.Generator) -> tuple[I64, I64]:
    """Unknown cells that may receive a blend: up to DRAWS a label, fewer where few positives could be lent."""
    images, labels = [], []
    for label in range(marks.shape[1]):
        positives = int((marks[:, label] == 1).sum())
        unknown = np.flatnonzero(marks[:, label] == 0)
        count = min(len(unknown), DRAWS, DRAWS_PER_POSITIVE * positives)
        images.append(rng.choice(unknown, count, replace=False) if count else unknown[:0])
        labels.append(np.full(count, label))
    image, label_of = np.concatenate(images).astype(np.int64), np.concatenate(labels).astype(np.int64)
    order = np.argsort(image, kind="stable")
    return image[order], label_of[order]


def prototypes(positive: Cells) -> F32:
    """[4, K + 1] mean vector and zero-shot score by quadrant; an empty quadrant has the mean of all (no zero row)."""
    rows = np.concatenate([positive.x, positive.z[:, None]], 1)
    means = np.repeat(rows.mean(0, keepdims=True), QUADRANTS, 0)
    for quadrant in range(QUADRANTS):
        inside = positive.quadrant == quadrant
        if inside.any():
            means[quadrant] = rows[inside].mean(0)
    return means


def blended(unknown: Cells, positive: Cells, rng: np.random.Generator, plrb: bool = True) -> tuple[F32, F32]:
    """Blended rows (x [m, K], z [m]) of one label: the first half of its unknown cells by ILRB, the rest by PLRB."""
    rows = np.concatenate([unknown.x, unknown.z[:, None]], 1)
    lent = np.concatenate([positive.x, positive.z[:, None]], 1)[rng.integers(0, len(positive), len(unknown))]
    if plrb:
        half = rng.permutation(len(unknown)) >= len(unknown) // 2
        other = (unknown.quadrant + rng.integers(1, QUADRANTS, len(unknown))) % QUADRANTS
        lent[half] = prototypes(positive)[other[half]]
    mixed: F32 = (ALPHA * rows + (1 - ALPHA) * lent).astype(np.float32)
    return mixed[:, :-1], mixed[:, -1]
