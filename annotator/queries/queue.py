"""Which image comes next for this person, and why there is none.

Unchecked images come first, one of each near-duplicate group before any second one; then images that only others
have checked; images this person left for later come last. What somebody else has open is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.models import Project
from annotator.queries.leases import open_leases
from annotator.queries.ranking import worth_of
from annotator.queries.state import State, state_of
from annotator.sql.quick import fetch
from annotator.words import counted

SKIPS = "SELECT image_id FROM annotator_skip WHERE project_id = %s AND annotator_id = %s ORDER BY at, id"
TIER = 1e12
SPARE = 24


@dataclass
class Queue:
    """Candidates for one person: rows in the order in which they should be asked; `own` are already theirs.

    `skipped` are the rows this person left for later; `held` counts what would be left to ask were it not excluded.
    """

    state: State
    own: list[int]
    rows: list[int]
    skipped: frozenset[int]
    open_elsewhere: int
    held: int
    remaining: int

    def image_ids(self) -> Iterator[int]:
        """Image ids, own ones first."""
        for row in [*self.own, *self.rows]:
            yield int(self.state.ids[row])


def open_to(state: State, user_id: int) -> NDArray[np.bool_]:
    """Rows that still have something to ask of this person, bool [N]."""
    eligible = state.usable & (state.unknown > 0)
    checked = state.checked.get(user_id)
    if checked:
        rows = np.fromiter(checked, np.int64, len(checked))
        columns = np.fromiter(checked.values(), np.int64, len(checked))
        eligible[rows] &= unknown_from(state, rows, columns)
    undecided = state.cant_tell.get(user_id)
    if undecided:
        cells = np.array(sorted(undecided), np.int64)
        still = (state.values[cells[:, 0], cells[:, 1]] == 0) & state.alive[cells[:, 1]]
        rows, counts = np.unique(cells[still, 0], return_counts=True)
        eligible[rows[state.unknown[rows] <= counts]] = False
    return eligible


def unknown_from(state: State, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each row has an unknown cell in its column `columns[i]` or a later one, bool [rows]."""
    found = np.zeros(len(rows), bool)
    for first in np.unique(columns).tolist():
        if state.alive[first:].any():
            which = columns == first
            found[which] = ((state.values[rows[which], first:] == 0) & state.alive[first:]).any(1)
    return found


def one_per_group(state: State, rows: NDArray[np.int64], taken: set[int]) -> list[int]:
    """The rows, the first of every group first; groups in `taken` count as seen."""
    first: list[int] = []
    second: list[int] = []
    seen = set(taken)
    for row in rows.tolist():
        group = int(state.groups[row])
        (second if group in seen else first).append(row)
        seen.add(group)
    return first + second


def queue_for(project: Project, user_id: int, mode: str, exclude: set[int], count: int) -> Queue:
    """At least `count` candidates, when there are so many, that are neither excluded nor open elsewhere."""
    state = state_of(project)
    with state.lock:
        return pick(project, state, user_id, mode, exclude, count)


def pick(project: Project, state: State, user_id: int, mode: str, exclude: set[int], count: int) -> Queue:
    """`queue_for` while nothing moves."""
    worth = worth_of(project, state, mode)
    eligible = open_to(state, user_id)
    remaining = int(eligible.sum())
    excluded = [state.row_of[image] for image in exclude & state.row_of.keys()]
    held = int(eligible[excluded].sum())
    eligible[excluded] = False
    own, others = leased_rows(project.pk, state, user_id)
    elsewhere = int(eligible[others].sum()) if others else 0
    eligible[others] = False
    skipped = skipped_rows(project.pk, state, user_id)
    # What was left for later is last even while it is still leased: first, it would come back at once and for ever.
    mine = [row for row in own if eligible[row] and row not in skipped]
    eligible[mine] = False
    tier = (state.checks > 0) * 2 + (state.group_checks[state.groups] > 0) if len(worth) else np.zeros(0)
    order = tier * TIER - worth
    order[list(skipped)] = 4 * TIER + np.arange(len(skipped))
    rows = np.flatnonzero(eligible)
    wanted = count + SPARE
    if len(rows) > wanted:
        rows = rows[np.argpartition(order[rows], wanted)[:wanted]]
    rows = rows[np.lexsort((rows, order[rows]))]
    busy = {int(state.groups[row]) for row in others}
    return Queue(state, mine[:count], one_per_group(state, rows, busy), frozenset(skipped), elsewhere, held, remaining)


def leased_rows(project_id: int, state: State, user_id: int) -> tuple[list[int], list[int]]:
    """Rows open with this person, and rows open with others, by leases that have not run out."""
    own: list[int] = []
    others: list[int] = []
    for image, holder in open_leases(project_id):
        if image in state.row_of:
            (own if holder == user_id else others).append(state.row_of[image])
    return own, others


def skipped_rows(project_id: int, state: State, user_id: int) -> dict[int, None]:
    """Rows this person left for later, the longest ago first: an ordered set."""
    skipped = fetch(SKIPS, project_id, user_id)
    return {state.row_of[image]: None for (image,) in skipped if image in state.row_of}


def why_empty(queue: Queue, user_id: int) -> str:
    """Why there is no image to give, and what to do about it."""
    state = queue.state
    if not state.usable.any():
        return "This project has no pictures yet. A lead adds some under Import."
    if not state.alive.any():
        return "This project has no labels yet. A lead adds the first one under Labels."
    if queue.open_elsewhere:
        last = counted(queue.open_elsewhere, "image is", "images are")
        return f"The last {last} open with other people. Try again in a few minutes."
    if queue.held:
        left = counted(queue.held, "image that has", "images that have")
        return f"You have looked at everything: what is left undecided is the {left} just been open here."
    if not (state.usable & (state.unknown > 0)).any():
        return "Done: every label of every image has a value."
    if state.checked.get(user_id):
        return "You have checked every image that still has unknown labels. Thank you."
    return "Nothing is left to ask of you: you could not tell the labels that are still unknown."
