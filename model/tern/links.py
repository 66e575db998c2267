"""What the known marks of a picture say about its other labels, learnt as a correction of calibrated logits.

The paper passes messages between labels through a graph; here the graph is one sparse column of evidence a label
(model/context.py), fitted to what out-of-fold logits leave unexplained and kept only if that lowers the loss on
pictures left out (sarb.md 17.3). A picture without marks is not changed.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from model.context import EXTRA, columns
from model.tern.solver import Penalty, Rows, left_out, solve, start

Floats = NDArray[np.float32]
PENALTIES = (3.0, 1.0, 0.3)
# The loss must fall by this share, or the labels say nothing about each other.
LEAST_GAIN = 0.005
FIRM = 1e6


def fit_links(
    marks: NDArray[np.int8],
    group: NDArray[np.int64],
    image: NDArray[np.int64],
    label: NDArray[np.int64],
    level: Floats,
) -> tuple[Floats, Floats]:
    """Weights [C, C + EXTRA], and what they add to each cell [n] when its own group is left out; zeros if useless.

    `level` [n] are calibrated out-of-fold logits of known cells (image, label) of `marks` [N, C]; `group` [N].
    """
    labels = marks.shape[1]
    best, weights, added = loss(level, marks[image, label]) * (1 - LEAST_GAIN), no_links(labels), np.zeros_like(level)
    if not len(level):
        return weights, added
    rows, block, cell = context_rows(marks, group, image, label, level)
    warm = None
    for strength in PENALTIES:
        penalty = Penalty(torch.full((labels,), strength), FIRM, FIRM, 1.0, 0.0, FIRM)
        warm = solve(rows, penalty, warm or start(labels, labels + EXTRA, penalty))
        scored = left_out(rows, warm, block).numpy()
        corrected = np.empty_like(level)
        corrected[cell[cell >= 0]] = scored[cell >= 0]
        found = loss(corrected, marks[image, label])
        if found < best:
            best, weights, added = found, warm.w.numpy().copy(), corrected - level
    return weights, added


def no_links(labels: int) -> Floats:
    """Weights that change nothing."""
    return np.zeros((labels, labels + EXTRA), np.float32)


def loss(level: Floats, value: NDArray[np.int8]) -> float:
    """Summed logistic loss of logits."""
    return float(np.logaddexp(0, -level * value).sum())


def context_rows(
    marks: NDArray[np.int8], group: NDArray[np.int64], image: NDArray[np.int64], label: NDArray[np.int64], level: Floats
) -> tuple[Rows, NDArray[np.int64], NDArray[np.int64]]:
    """Padded rows with context as x and the logit as z; blocks and indices of cells [C, n]."""
    labels = marks.shape[1]
    order = np.argsort(label, kind="stable")
    mine = np.split(order, np.searchsorted(label[order], np.arange(1, labels)))
    longest = max(len(cells) for cells in mine)
    x = np.zeros((labels, longest, labels + EXTRA), np.float32)
    rest = np.zeros((3, labels, longest), np.float32)
    index = np.full((2, labels, longest), -1, np.int64)
    for row, cells in enumerate(mine):
        x[row, : len(cells)] = columns(marks[image[cells]], row, 1.0)
        rest[:, row, : len(cells)] = level[cells], marks[image[cells], row] == 1, np.ones(len(cells))
        index[:, row, : len(cells)] = group[image[cells]], cells
    z, target, weight = torch.from_numpy(rest)
    return Rows(torch.from_numpy(x), z, target, weight), index[0], index[1]


def add_links(level: Floats, marks: NDArray[np.int8], weights: Floats) -> Floats:
    """Calibrated logits [n, C] of pictures corrected by their marks [n, C], all labels at once."""
    if not weights.any():
        return level
    out = level.copy()
    touched = np.flatnonzero((marks != 0).any(1))
    for label in np.flatnonzero(weights.any(1)):
        out[touched, label] += columns(marks[touched], int(label), 1.0) @ weights[label]
    return out
