"""What the known marks of a picture say about its other labels, learnt as a correction of calibrated logits.

The paper passes messages between labels through a graph; here the graph is one sparse column of evidence a label
(model/tern/context.py), fitted to what out-of-fold logits leave unexplained and kept only if that lowers the loss on
pictures left out (docs/method.md). A picture without marks is not changed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from model.arrays import F32, I8, I64
from model.tern.context import EXTRA, PENALTY, columns
from model.tern.solver import Penalty, Rows, Solution, solve, start

PENALTIES = (1.0, 0.3)
# The loss must fall by this share, or the labels say nothing about each other.
LEAST_GAIN = 0.005
FIRM = 1e6


def fit_links(
    marks: I8,
    folds: I64,
    image: I64,
    label: I64,
    level: F32,
) -> tuple[F32, F32]:
    """Weights [C, C + EXTRA], and what they add to each cell [n] when its own fold is left out; zeros if useless.

    `level` [n] are calibrated out-of-fold logits of known cells (image, label) of `marks` [N, C]; `folds` [N].
    """
    labels = marks.shape[1]
    best, weights, added = loss(level, marks[image, label]) * (1 - LEAST_GAIN), no_links(labels), np.zeros_like(level)
    if not len(level):
        return weights, added
    rows, cell = context_rows(marks, image, label, level)
    fold = folds[image]
    whole: Solution | None = None
    for strength in PENALTIES:
        penalty = Penalty(torch.full((labels,), strength), FIRM, FIRM, 1.0, 0.0, FIRM)
        begin = whole or start(labels, labels + EXTRA, penalty)
        whole = solve(rows, penalty, replace(begin, factor=None))
        corrected = np.empty_like(level)
        for number in np.unique(fold):
            kept = torch.from_numpy((cell >= 0) & (fold[cell] != number))
            part = solve(replace(rows, weight=rows.weight * kept), penalty, whole)
            scored = torch.bmm(rows.design(), part.theta()[..., None])[..., 0].numpy()
            held = (cell >= 0) & (fold[cell] == number)
            corrected[cell[held]] = scored[held]
        found = loss(corrected, marks[image, label])
        if found < best:
            best, weights, added = found, whole.w.numpy().copy(), corrected - level
    return weights, added


def no_links(labels: int) -> F32:
    """Weights that change nothing."""
    return np.zeros((labels, labels + EXTRA), np.float32)


def loss(level: F32, value: I8) -> float:
    """Summed logistic loss of logits."""
    return float(np.logaddexp(0, -level * value).sum())


def context_rows(marks: I8, image: I64, label: I64, level: F32) -> tuple[Rows, I64]:
    """Padded rows with context as x and the logit as z; indices of their cells [C, n], -1 for padding."""
    labels = marks.shape[1]
    order = np.argsort(label, kind="stable")
    mine = np.split(order, np.searchsorted(label[order], np.arange(1, labels)))
    longest = max(len(cells) for cells in mine)
    x = np.zeros((labels, longest, labels + EXTRA), np.float32)
    rest = np.zeros((3, labels, longest), np.float32)
    index = np.full((labels, longest), -1, np.int64)
    for row, cells in enumerate(mine):
        x[row, : len(cells)] = columns(marks[image[cells]], row, 1.0)
        rest[:, row, : len(cells)] = level[cells], marks[image[cells], row] == 1, np.ones(len(cells))
        index[row, : len(cells)] = cells
    z, target, weight = torch.from_numpy(rest)
    return Rows(torch.from_numpy(x), z, target, weight), index


def add_links(level: F32, marks: I8, weights: F32) -> F32:
    """Calibrated logits [n, C] of pictures corrected by their marks [n, C], all labels at once.

    The same as `columns` of each label times its weights; a label's own mark is taken out of counts instead of copies.
    """
    if not weights.any():
        return level
    out = level.copy()
    touched = np.flatnonzero((marks != 0).any(1))
    present, absent = ((marks[touched] == value).astype(np.float32) for value in (1, -1))
    some = present.sum(1, keepdims=True) - present > 0
    share = (absent.sum(1, keepdims=True) - absent) / marks.shape[1]
    to_labels, (of_some, of_nothing, of_absent) = weights[:, :-EXTRA].copy(), weights[:, -EXTRA:].T
    np.fill_diagonal(to_labels, 0)
    context = present @ to_labels.T + of_some * some + of_nothing * np.where(some, 0, share) + of_absent * share
    out[touched] += np.float32(np.sqrt(1.0 / PENALTY)) * context
    return out
