"""Doubts: marks with which a model that never saw them, and the nearest neighbours, disagree.

Both witnesses must speak against a mark: its out-of-fold probability (from a fit without its image's group) and the
known marks of the same label on the images that look most alike. Doubts are ranked by a weighted sum of both, in log
odds. With the share of wrong marks, which is estimated from the list itself, that sum says how likely a mark is wrong;
a mark stands out down to a chance of WORTH_LISTING. The first ones are kept although none may stand out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit

from model.arrays import F32, F64, I8, I64

NEIGHBOURS = 10
LEAST_NEIGHBOURS = 3
MAJORITY = 0.5
"""Share of neighbours, and of probability, that must stand against a mark (more than this)."""
CHUNK = 512
MODEL, LOOK_ALIKES, BOTH = 0.95, 0.45, -0.6
"""Log odds that a mark is wrong: MODEL x log odds of the model + LOOK_ALIKES x those of the neighbours + BOTH + those
of the share of wrong marks. Fitted to planted mistakes (0.5, 2 and 5 % of all marks) on the training part of coco."""
LISTED = 0.85
"""Share of wrong marks that reach the list at all, from the same fits."""
FALSE_ALARMS = 0.0017
"""Share of right marks that look as wrong ones do: small objects that neither witness sees. No evidence against a mark
counts for more than this allows; otherwise right marks confirm each other (on voc20 with nothing planted, two thirds of
a list were said to be wrong)."""
USUAL_SHARE, TRUST = 0.02, 200
"""Share of wrong marks before any list is seen, worth as much as so many marks: in a small project a handful of
mistakes is too few to learn the share from, and forgetting what is usual would call every one of them unlikely."""
WORTH_LISTING, ALWAYS_KEPT = 0.5, 50
"""Chance of being wrong down to which a mark stands out, and how many are kept whatever their chance: in a small
project nothing is that sure, and the order is much better than the chances."""
SHARES = np.geomspace(1e-5, 0.5, 300)
"""Shares of wrong marks between which the list decides."""


@dataclass(frozen=True)
class Doubt:
    """One doubtful mark: `value` is what is marked, `probability` out-of-fold chance of "present".

    `against` of `of` nearest marked images say the opposite; `weight` ranks, larger is more doubtful.
    """

    image: int
    label: int
    value: int
    probability: float
    against: int
    of: int
    weight: float

    @property
    def reason(self) -> str:
        """In words, for the page."""
        word = "absent" if self.value == 1 else "present"
        return f"{self.against} of {self.of} look-alikes are {word}"


def look_alikes(
    unit: F32, asked: I64, marked: I64, groups: ArrayLike, neighbours: int = NEIGHBOURS
) -> Iterator[tuple[I64, I64]]:
    """Nearest of the `marked` images, of another group, for each of `asked`: yields (rows, their neighbours [n, k]).

    `unit` [N, D] are features of unit length; -1 stands where there are fewer candidates than wanted.
    """
    x, kind = unit[marked], np.asarray(groups)
    k = min(neighbours, len(marked))
    for first in range(0, len(asked), CHUNK):
        part = asked[first : first + CHUNK]
        likeness = unit[part] @ x.T
        likeness[kind[part, None] == kind[None, marked]] = -np.inf
        near = np.argpartition(-likeness, k - 1, axis=1)[:, :k]
        found = np.isfinite(np.take_along_axis(likeness, near, 1))
        yield part, np.where(found, marked[near], -1)


def doubts(
    out_of_fold: ArrayLike,
    marks: ArrayLike,
    features: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    neighbours: int = NEIGHBOURS,
) -> list[Doubt]:
    """All doubtful marks, the most doubtful first.

    `out_of_fold` [N, C] probability of each known cell by a model that did not train on its image (NaN: not judged),
    `marks` [N, C], `features` [N, D], `groups` [N] group numbers (None: every image alone).
    """
    p, y = np.asarray(out_of_fold, dtype=np.float64), np.asarray(marks, dtype=np.int8)
    if p.shape != y.shape:
        raise ValueError(f"out-of-fold probabilities {p.shape} and marks {y.shape} must both be [images, labels]")
    kind = np.arange(len(y)) if groups is None else np.asarray(groups)
    x = np.asarray(features, dtype=np.float32)
    unit = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    found: list[Doubt] = []
    for label in range(y.shape[1]):
        marked = np.flatnonzero((y[:, label] != 0) & np.isfinite(p[:, label]))
        if len(marked) > LEAST_NEIGHBOURS:
            # The cheap witness first: neighbours are looked for only where it speaks against the mark.
            asked = marked[opposite_of(p[marked, label], y[marked, label]) > MAJORITY]
            for rows, near in look_alikes(unit, asked, marked, kind, neighbours):
                found += _against(label, rows, near, p[:, label], y[:, label])
    return sorted(found, key=lambda d: (-d.weight, d.image, d.label))


def opposite_of(p: F64, marks: I8) -> F64:
    """Probability of the opposite of each mark."""
    return np.where(marks == 1, 1 - p, p)


def _against(label: int, rows: I64, near: I64, p: F64, y: I8) -> list[Doubt]:
    """Doubts of one label among some rows."""
    own = y[rows]
    judged = (near >= 0).sum(1)
    against = ((y[near] == -own[:, None]) & (near >= 0)).sum(1)
    opposite = opposite_of(p[rows], own)
    chosen = (judged >= LEAST_NEIGHBOURS) & (against > MAJORITY * judged)
    share = (against + 0.5) / (judged + 1)
    weight = MODEL * logit(opposite.clip(1e-4, 1 - 1e-4)) + LOOK_ALIKES * logit(share)
    return [
        Doubt(int(rows[i]), label, int(own[i]), float(p[rows[i]]), int(against[i]), int(judged[i]), float(weight[i]))
        for i in np.flatnonzero(chosen)
    ]


def chances(found: list[Doubt], marks: int) -> F64:
    """How likely each doubted mark is wrong [n], when the list was made of so many known `marks`.

    Averaged over the share of wrong marks, as likely as the list and what is usual make each share.
    """
    odds = np.exp(np.array([doubt.weight for doubt in found], np.float64) + BOTH)
    odds /= 1 - FALSE_ALARMS + FALSE_ALARMS * odds
    share = SHARES[:, None]
    listed = 1 - share + share * odds
    # The last two are a Beta distribution of mean USUAL_SHARE and size TRUST, on a grid of even logarithms.
    likely = np.log(listed).sum(1) + (marks - len(found)) * np.log1p(-LISTED * SHARES)
    likely += USUAL_SHARE * TRUST * np.log(SHARES) + ((1 - USUAL_SHARE) * TRUST - 1) * np.log1p(-SHARES)
    weight = np.exp(likely - likely.max())
    return np.asarray((weight / weight.sum()) @ (share * odds / listed))


def worth_keeping(found: list[Doubt], marks: int) -> tuple[list[Doubt], F64]:
    """The marks that stand out, or the first ALWAYS_KEPT when fewer do, with the chance of each to be wrong."""
    chance = chances(found, marks)
    count = max(int((chance >= WORTH_LISTING).sum()), ALWAYS_KEPT)
    return found[:count], chance[:count]
