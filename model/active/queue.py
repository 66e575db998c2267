"""What to ask next: order of images in the queue, and which tiles stand on a page of the label view.

Pure functions of arrays, used by the application and by the effort benchmark alike. `probabilities` [N, C] are
calibrated chances of "present" (NaN where nothing has been scored), `marks` [N, C] hold 1 present, -1 absent,
0 unknown; rows are images, columns labels. Only unknown cells are ever proposed. Ties are broken by row number, so
that the same input always gives the same queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from model.arrays import F64, I8, I64

Strategy = Literal["informative", "positives", "random", "order", "review"]
PageOrder = Literal["score", "likeliest", "uncertainty", "random"]
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
PAGE_ORDERS: tuple[PageOrder, ...] = get_args(PageOrder)

LEAST_TILES, MOST_TILES = 40, 240
"""Bounds of a page's size: below, its key costs more than it saves; above, it no longer fits on one screen."""

FIRST_TILES = 80
"""Least size of a label's first page: ordered by its name alone, it should find enough to learn from."""

DRAWN = 5
"""Of so many tiles of a page, one is drawn at random from the rest of the label: it finds what the model does not look
for, and is the evidence about what closing would miss (docs/effort.md)."""

IMAGE_KEYS = 2
"""Keys of the image view that every picture costs: accept what is suggested, close the rest."""

SMOOTHING = 1.0
"""Imagined marks of each kind added to a label's counts, so that a label without marks has a rarity too."""


def _checked(probabilities: ArrayLike, marks: ArrayLike) -> tuple[F64, I8]:
    p, y = np.asarray(probabilities, dtype=np.float64), np.asarray(marks, dtype=np.int8)
    if p.shape != y.shape or p.ndim != 2:
        raise ValueError(f"probabilities {p.shape} and marks {y.shape} must both be [images, labels]")
    return p, y


def rarity(marks: ArrayLike) -> F64:
    """Weight of each label [C], mean 1: high where few positives are known among many marks or none at all.

    The weight is 1 / sqrt(known positives + SMOOTHING): a tenth positive teaches less than a first one.
    """
    positives = (np.asarray(marks) == 1).sum(0)
    weight = 1.0 / np.sqrt(positives + SMOOTHING)
    return weight / weight.mean()


def entropy(probabilities: ArrayLike) -> F64:
    """Uncertainty of each probability in bits; NaN counts as fully uncertain, 1 bit."""
    p = np.nan_to_num(np.asarray(probabilities, dtype=np.float64), nan=0.5).clip(1e-9, 1 - 1e-9)
    return -(p * np.log2(p) + (1 - p) * np.log2(1 - p))


def informativeness(probabilities: ArrayLike, marks: ArrayLike) -> F64:
    """How much there is to learn from each image [N]: uncertainty of its unknown cells weighted by rarity."""
    p, y = _checked(probabilities, marks)
    return (entropy(p) * (y == 0)) @ rarity(y)


def expected_rare_positives(probabilities: ArrayLike, marks: ArrayLike) -> F64:
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
) -> I64:
    """I64 of images worth asking, best first; one image of each group comes before any second of a group.

    Images without an unknown cell are left out, except for `review`, where `doubts` [N] (see `model.active.doubts`, 0 =
    no doubt) alone decides and images without doubts are left out. Raises ValueError for an unknown strategy.
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


def one_per_group(order: ArrayLike, groups: ArrayLike | None) -> I64:
    """The same rows, the first of every group first, then the others, each part in the given order.

    `groups` [N] holds a group number for every image; None means that every image stands alone.
    """
    rows = np.asarray(order, dtype=np.int64)
    if groups is None or not len(rows):
        return rows
    first = np.zeros(len(rows), dtype=bool)
    first[np.unique(np.asarray(groups)[rows], return_index=True)[1]] = True
    return np.concatenate([rows[first], rows[~first]])


def page(probabilities: ArrayLike, marks: ArrayLike, size: int, order: PageOrder = "score", *, seed: int = 0) -> I64:
    """I64 of the next page of the label view for one label: `probabilities` [N], `marks` [N] of that label.

    `order` says which unknown tiles are taken: the likeliest with one in DRAWN at random from the rest (`score`), the
    likeliest alone, the most uncertain, or random ones. They are always *shown* by falling probability, because a cut
    line only makes sense on a sorted page. Unscored tiles come last.
    """
    if order not in PAGE_ORDERS:
        raise ValueError(f"page order {order!r} is none of {', '.join(PAGE_ORDERS)}")
    p = np.asarray(probabilities, dtype=np.float64)
    rows = np.flatnonzero(np.asarray(marks) == 0)
    likely = np.nan_to_num(p[rows], nan=-1.0)
    rng = np.random.default_rng(seed)
    wanted = -likely
    if order == "uncertainty":
        wanted = np.abs(likely - 0.5)
    elif order == "random":
        wanted = rng.random(len(rows))
    ranked = np.argsort(wanted, kind="stable")
    drawn = size // DRAWN if order == "score" and size < len(rows) else 0
    first, rest = ranked[: max(size - drawn, 0)], ranked[max(size - drawn, 0) :]
    taken = np.concatenate([first, rng.choice(rest, drawn, replace=False)]) if drawn else first
    return rows[taken[np.argsort(-likely[taken], kind="stable")]]


@dataclass(frozen=True)
class PagePlan:
    """A page worth opening: its label, how many tiles, and the positives it is expected to bring for each action."""

    label: int
    size: int
    rate: float


def page_size(probabilities: ArrayLike, least: int = LEAST_TILES, most: int = MOST_TILES) -> tuple[int, float]:
    """Size of the next page of a label, and its expected positives per action.

    `probabilities` [M] of its unknown tiles, any order. A page of the k likeliest costs one key and an expected
    min(p, 1 - p) for each tile; the k between the bounds with the most expected positives for that is taken. What
    is not worth a page is left to a closing, which all labels share.
    """
    p = np.sort(np.nan_to_num(np.asarray(probabilities, dtype=np.float64), nan=0.0))[::-1][:most]
    if not len(p):
        return 0, 0.0
    rate = np.cumsum(p) / (1 + np.cumsum(np.minimum(p, 1 - p)))
    first = min(least, len(p)) - 1
    best = first + int(np.argmax(rate[first:]))
    return best + 1, float(rate[best])


def next_page(
    probabilities: ArrayLike, marks: ArrayLike, least: int = LEAST_TILES, most: int = MOST_TILES
) -> PagePlan | None:
    """The page to open next over all labels: labels without a single mark first, then by positives per action.

    None when no cell is unknown.
    """
    p, y = _checked(probabilities, marks)
    plans = []
    for label in range(p.shape[1]):
        unknown = y[:, label] == 0
        if unknown.any():
            untouched = bool(unknown.all())
            size, rate = page_size(p[unknown, label], max(least, min(FIRST_TILES, most)) if untouched else least, most)
            plans.append((untouched, rate, -label, PagePlan(label, size, rate)))
    return max(plans, key=lambda plan: plan[:3])[3] if plans else None


def expected_actions(probabilities: ArrayLike, marks: ArrayLike, most: int = MOST_TILES) -> dict[str, float]:
    """Expected actions to finish what is unknown, by view: `label` (pages of tiles) and `image` (picture by picture).

    Wrong suggestions cost one action either way; what differs is one key per page against two per picture.
    """
    p, y = _checked(probabilities, marks)
    unknown = y == 0
    likely = np.nan_to_num(p, nan=0.0)
    wrong = float((np.minimum(likely, 1 - likely) * unknown).sum())
    pages = np.ceil(unknown.sum(0) / most).sum()
    return {"label": wrong + float(pages), "image": wrong + IMAGE_KEYS * float(unknown.any(1).sum())}


def recommended_view(probabilities: ArrayLike, marks: ArrayLike) -> str:
    """`label` or `image`, whichever is expected to finish the project with fewer actions."""
    cost = expected_actions(probabilities, marks)
    return "label" if cost["label"] <= cost["image"] else "image"
