"""What to ask next: order of images in the queue, and which tiles stand on a page of the label view.

Pure functions of arrays, used by the application and by the effort benchmark alike. `probabilities` [N, C] are
calibrated chances of "present" (NaN where nothing has been scored), `marks` [N, C] hold 1 present, -1 absent,
0 unknown; rows are images, columns labels. Only unknown cells are ever proposed. Ties are broken by row number, so
that the same input always gives the same queue.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Strategy = Literal["informative", "positives", "random", "order", "review"]
PageOrder = Literal["score", "uncertainty", "random"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
PAGE_ORDERS: tuple[PageOrder, ...] = get_args(PageOrder)

SMOOTHING = 1.0
"""Imagined marks of each kind added to a label's counts, so that a label without marks has a rarity too."""


def _checked(probabilities: ArrayLike, marks: ArrayLike) -> tuple[Floats, NDArray[np.int8]]:
    p, y = np.asarray(probabilities, dtype=np.float64), np.asarray(marks, dtype=np.int8)
    if p.shape != y.shape or p.ndim != 2:
        raise ValueError(f"probabilities {p.shape} and marks {y.shape} must both be [images, labels]")
    return p, y


def rarity(marks: ArrayLike) -> Floats:
    """Weight of each label [C], mean 1: high where few positives are known among many marks or none at all.

    The weight is 1 / sqrt(known positives + SMOOTHING): a tenth positive teaches less than a first one.
    """
    positives = (np.asarray(marks) == 1).sum(0)
    weight = 1.0 / np.sqrt(positives + SMOOTHING)
    return weight / weight.mean()


def entropy(probabilities: ArrayLike) -> Floats:
    """Uncertainty of each probability in bits; NaN counts as fully uncertain, 1 bit."""
    p = np.nan_to_num(np.asarray(probabilities, dtype=np.float64), nan=0.5).clip(1e-9, 1 - 1e-9)
    return -(p * np.log2(p) + (1 - p) * np.log2(1 - p))


def informativeness(probabilities: ArrayLike, marks: ArrayLike) -> Floats:
    """How much there is to learn from each image [N]: uncertainty of its unknown cells weighted by rarity."""
    p, y = _checked(probabilities, marks)
    return (entropy(p) * (y == 0)) @ rarity(y)


def expected_rare_positives(probabilities: ArrayLike, marks: ArrayLike) -> Floats:
    """Expected number of positives among each image's unknown cells [N], those of rare labels counting more."""
    p, y = _checked(probabilities, marks)
    return (np.nan_to_num(p, nan=0.0) * (y == 0)) @ rarity(y)


def queue(
    strategy: Strategy,
    probabilities: ArrayLike,
    marks: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    doubts: ArrayLike | None = None,
    seed: int = 0,
) -> Rows:
    """Rows of images worth asking, best first; one image of each group comes before any second of a group.

    Images without an unknown cell are left out, except for `review`, where `doubts` [N] (see `model.doubts`, 0 = no
    doubt) alone decides and images without doubts are left out. Raises ValueError for an unknown strategy.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"strategy {strategy!r} is none of {', '.join(STRATEGIES)}")
    p, y = _checked(probabilities, marks)
    open_ = (y == 0).any(1)
    if strategy == "review":
        value = np.zeros(len(y)) if doubts is None else np.asarray(doubts, dtype=np.float64)
        open_ = value > 0
    elif strategy == "informative":
        value = informativeness(p, y)
    elif strategy == "positives":
        value = expected_rare_positives(p, y)
    elif strategy == "random":
        value = np.random.default_rng(seed).random(len(y))
    else:
        value = -np.arange(len(y), dtype=np.float64)
    order = np.argsort(-value, kind="stable")
    return one_per_group(order[open_[order]], groups)


def one_per_group(order: ArrayLike, groups: ArrayLike | None) -> Rows:
    """The same rows, the first of every group first, then the others, each part in the given order.

    `groups` [N] holds a group number for every image; None means that every image stands alone.
    """
    rows = np.asarray(order, dtype=np.int64)
    if groups is None or not len(rows):
        return rows
    first = np.zeros(len(rows), dtype=bool)
    first[np.unique(np.asarray(groups)[rows], return_index=True)[1]] = True
    return np.concatenate([rows[first], rows[~first]])


def page(probabilities: ArrayLike, marks: ArrayLike, size: int, order: PageOrder = "score", *, seed: int = 0) -> Rows:
    """Rows of the next page of the label view for one label: `probabilities` [N], `marks` [N] of that label.

    `order` says which unknown tiles are taken (the likeliest, the most uncertain, or random ones); they are always
    *shown* by falling probability, because a cut line only makes sense on a sorted page. Unscored tiles come last.
    """
    if order not in PAGE_ORDERS:
        raise ValueError(f"page order {order!r} is none of {', '.join(PAGE_ORDERS)}")
    p = np.asarray(probabilities, dtype=np.float64)
    rows = np.flatnonzero(np.asarray(marks) == 0)
    likely = np.nan_to_num(p[rows], nan=-1.0)
    if order == "score":
        wanted = -likely
    elif order == "uncertainty":
        wanted = np.abs(likely - 0.5)
    else:
        wanted = np.random.default_rng(seed).random(len(rows))
    taken = np.argsort(wanted, kind="stable")[:size]
    return rows[taken[np.argsort(-likely[taken], kind="stable")]]
