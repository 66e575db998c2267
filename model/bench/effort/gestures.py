"""What a person does on one page of the label view, counted action by action.

A page shows tiles in falling order of probability with a cut line: tiles before it are suggested present, the others
absent. An **action** is one key press or one mouse button press; a range or drag is two.

    flip   click on a tile: the opposite of what is shown                                     1 action
    pin    Alt + click: keep what is shown, wherever the cut line ends                      1 action
    range  flip or pin a run of tiles (drag over them, then one key)                          2 actions
    commit Enter: write the page as it stands                                                 1 action
    commit_at  Shift + Enter: the cut line goes after the tile under the pointer, and the page is written   1 action
    cut    click between two tiles: the cut line goes there (only when commit_at is not to be had)  1 action
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from model.arrays import F64, Bool

Bools = Bool
Kind = Literal["flip", "pin", "range", "commit", "commit_at", "cut"]
RANGE_ACTIONS = 2


@dataclass(frozen=True)
class Gesture:
    """One gesture on tiles first .. last - 1 (commit and cut: the cut line stands before tile `first`)."""

    kind: Kind
    first: int
    last: int = 0
    pins: bool = False

    @property
    def actions(self) -> int:
        """Keys and buttons pressed."""
        return RANGE_ACTIONS if self.kind == "range" else 1

    @property
    def clicks(self) -> int:
        """Those of them that need the pointer; the others are keys alone."""
        return 0 if self.kind == "commit" else self.actions


def repair_costs(wrong: ArrayLike) -> F64:
    """Least actions that put right the first k tiles, for every k [n + 1].

    A wrong tile takes one click; a range takes two and needs one more for every tile in it that was right.
    """
    outside, inside, costs = 0.0, np.inf, [0.0]
    for bad in np.asarray(wrong, dtype=bool):
        outside, inside = min(outside, inside) + bad, min(inside, outside + RANGE_ACTIONS) + (not bad)
        costs.append(min(outside, inside))
    return np.array(costs)


def repairs(wrong: ArrayLike) -> list[tuple[int, int]]:
    """Runs [first, last) to act on, the cheapest set: single tiles and ranges, then tiles to undo inside a range."""
    bad = np.asarray(wrong, dtype=bool)
    states = [(0.0, np.inf)]
    for b in bad:
        outside, inside = states[-1]
        states.append((min(outside, inside) + b, min(inside, outside + RANGE_ACTIONS) + (not b)))
    runs: list[tuple[int, int]] = []
    ranging, end = states[-1][1] < states[-1][0], len(bad)
    for i in range(len(bad) - 1, -1, -1):
        outside, inside = states[i]
        if ranging:
            if not bad[i]:
                runs.append((i, i + 1))
            if outside + RANGE_ACTIONS < inside:
                runs.append((i, end))
                ranging = False
        else:
            if bad[i]:
                runs.append((i, i + 1))
            ranging, end = inside < outside, i
    return runs[::-1]


def best_cut(present: ArrayLike) -> tuple[int, F64]:
    """The cut line that leaves the least to repair, and the cost of every cut [n + 1]."""
    truth = np.asarray(present, dtype=bool)
    costs = repair_costs(~truth) + repair_costs(truth[::-1])[::-1]
    return int(np.argmin(costs)), costs


def work_on_page(present: ArrayLike, suggested: int, one_key: bool = True) -> list[Gesture]:
    """The gestures of somebody who sees which tiles are `present` [n] and takes the shortest way.

    `suggested` is where the page put the cut line. With `one_key` the line is moved by the key that commits.
    """
    truth = np.asarray(present, dtype=bool)
    cut, costs = best_cut(truth)
    moving = 0 if one_key else 1
    if costs[suggested] <= costs[cut] + moving:
        cut = suggested
    before = [] if one_key or cut == suggested else [Gesture("cut", cut)]
    shown_cut = suggested if one_key else cut
    done: list[Gesture] = []
    for start, wrong in ((0, ~truth[:cut]), (cut, truth[cut:])):
        for first, last in repairs(wrong):
            done += _acts(start + first, start + last, shown_cut, cut)
    if one_key and cut != suggested:
        return [*done, Gesture("commit_at", cut)]
    return [*before, *done, Gesture("commit", cut)]


def _acts(first: int, last: int, shown: int, cut: int) -> list[Gesture]:
    """One run as gestures. Tiles between the line shown and the final one already look as they should: pin them."""
    low, high = min(shown, cut), max(shown, cut)
    pins = low <= first < high
    if last - first == 1:
        return [Gesture("pin" if pins else "flip", first, last, pins)]
    return [Gesture("range", first, last, pins)]


def replay(tiles: int, suggested: int, gestures: list[Gesture]) -> Bools:
    """What a page with `tiles` tiles writes after these gestures, by the page's own rules.

    A range sets its tiles to the opposite of what the first of them shows (or pins that value); a second gesture on
    a tile turns it round.
    """
    cut = suggested
    held: dict[int, bool] = {}
    for gesture in gestures:
        if gesture.kind in ("cut", "commit", "commit_at"):
            cut = gesture.first
            continue
        value = (gesture.first < cut) == gesture.pins
        for tile in range(gesture.first, gesture.last):
            held[tile] = value if gesture.kind == "range" or tile not in held else not held[tile]
    written = np.arange(tiles) < cut
    for tile, value in held.items():
        written[tile] = value
    return written
