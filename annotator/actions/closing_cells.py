"""Closing, as the database does it: very many cells made absent, or unknown again, by a few statements.

Marks and history, inside one transaction.

The rules are those of `Board`, which reads each cell into memory: at 800,000 cells that took minutes. The caller holds
the project's lock.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from annotator.actions.board import SAY_ANEW, Board
from annotator.actions.past import Past, rows_at
from annotator.models import MarkEvent, Source
from annotator.sql.inserts import insert_all
from annotator.sql.quick import fetch, with_lists

CLOSINGS = ("close_label", "close_all")
"""Kinds of operations that close, without and with all labels; every undo goes back to one of them."""
EVENT_COLUMNS = "project_id, image_id, label_id, annotator_id, version, old, new, source, rule_version, operation, at"
# Cells that are unknown, that nobody touched after event `ceiling`, of which this person did not say "can't tell", and
# whose picture nobody else has open.
# "+e.id" leaves the planner the index of the cell: by number it would read all later changes, for each cell again.
CLOSE = f"""
INSERT INTO annotator_markevent ({EVENT_COLUMNS})
SELECT image.project_id, image.id, label.id, %s,
  COALESCE((SELECT MAX(e.version) FROM annotator_markevent e WHERE e.image_id = image.id AND e.label_id = label.id), 0)
    + 1, 0, -1, %s, label.rule_version, %s, %s
FROM annotator_image image CROSS JOIN annotator_label label
WHERE image.project_id = %s AND image.row BETWEEN %s AND %s AND NOT image.row IN %s
  AND image.deleted_at IS NULL AND image.flagged = '' AND label.id IN %s AND label.deleted_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM annotator_mark m WHERE m.image_id = image.id AND m.label_id = label.id AND m.resolved)
  AND NOT EXISTS (SELECT 1 FROM annotator_markevent e
    WHERE e.image_id = image.id AND e.label_id = label.id AND +e.id > %s)
  AND NOT EXISTS (SELECT 1 FROM annotator_canttell c
    WHERE c.image_id = image.id AND c.label_id = label.id AND c.annotator_id = %s)
  AND NOT EXISTS (SELECT 1 FROM annotator_lease l
    WHERE l.image_id = image.id AND l.annotator_id <> %s AND l.expires_at > %s)
ORDER BY image.row, label.id
"""  # noqa: S608 - the columns stand above
# "(... ) IS TRUE" leaves the planner the numbers alone: by its operation it would read all earlier parts again.
# `now` is the cell's last change: what event `e` made of the cell stands when both are of one state (past.py).
STANDS = """
JOIN annotator_markevent now ON now.image_id = e.image_id AND now.label_id = e.label_id AND now.version >= e.version
  AND COALESCE(now.restores, now.version) = COALESCE(e.restores, e.version)
  AND NOT EXISTS (SELECT 1 FROM annotator_markevent later
    WHERE later.image_id = now.image_id AND later.label_id = now.label_id AND later.version > now.version)
"""
STANDING_BEFORE = """
COALESCE((SELECT COALESCE(b.restores, b.version) FROM annotator_markevent b
  WHERE b.image_id = e.image_id AND b.label_id = e.label_id AND b.version = e.version - 1), 0)
"""
REOPEN = f"""
INSERT INTO annotator_markevent ({EVENT_COLUMNS}, restores)
SELECT e.project_id, e.image_id, e.label_id, %s, now.version + 1, e.new, 0, %s, label.rule_version, %s, %s,
  {STANDING_BEFORE}
FROM annotator_markevent e JOIN annotator_label label ON label.id = e.label_id {STANDS}
WHERE (e.operation = %s) IS TRUE AND e.id > %s AND e.id <= %s AND e.old = 0
"""  # noqa: S608 - the parts stand above
CLOSE_AGAIN = f"""
INSERT INTO annotator_markevent ({EVENT_COLUMNS}, restores)
SELECT e.project_id, e.image_id, e.label_id, %s, now.version + 1, 0, e.old, b.source, b.rule_version, %s, %s,
  {STANDING_BEFORE}
FROM annotator_markevent e {STANDS} JOIN annotator_markevent b
  ON b.image_id = e.image_id AND b.label_id = e.label_id AND b.version = e.version - 1
WHERE (e.operation = %s) IS TRUE AND e.id > %s AND e.id <= %s
"""  # noqa: S608 - the parts stand above
MARKS_OF_EVENTS = f"""
INSERT INTO annotator_mark
  (project_id, image_id, label_id, annotator_id, value, resolved, version, rule_version, source, updated_at)
SELECT project_id, image_id, label_id, annotator_id, new, TRUE, version, rule_version, source, at
FROM annotator_markevent WHERE (operation = %s) IS TRUE AND id > %s
{SAY_ANEW}"""  # noqa: S608 - the clause is the board's
MARKS_GONE = """
DELETE FROM annotator_mark WHERE id IN (
  SELECT m.id FROM annotator_markevent e JOIN annotator_mark m
    ON m.image_id = e.image_id AND m.label_id = e.label_id AND m.version = e.version - 1 AND m.resolved
  WHERE (e.operation = %s) IS TRUE AND e.id > %s)
"""
WITH_A_PAST = """
SELECT image_id, label_id, restores FROM annotator_markevent WHERE (operation = %s) IS TRUE AND id > %s AND restores > 0
"""
ROWS_TOUCHED = """
SELECT COUNT(*), MIN(image.row), MAX(image.row)
FROM annotator_markevent e JOIN annotator_image image ON image.id = e.image_id
WHERE (e.operation = %s) IS TRUE AND e.id > %s
"""
LAST_EVENT = "SELECT COALESCE(MAX(id), 0) FROM annotator_markevent"
SPAN = "SELECT MIN(+id), MAX(+id) FROM annotator_markevent WHERE operation = %s"
PART = """
SELECT MAX(id) FROM (
  SELECT id FROM annotator_markevent WHERE (operation = %s) IS TRUE AND id > %s AND id <= %s ORDER BY id LIMIT %s) part
"""


@dataclass(frozen=True)
class Plan:
    """The cells that somebody agreed to make absent, as far as nobody touches them first.

    `rows`: image rows below this number, without those in `left_out`; `labels`: ids; `ceiling`: the last change of a
    mark at that time. A cell that is unknown and was not changed after it was unknown then.
    """

    labels: list[int]
    rows: int
    left_out: list[int]
    ceiling: int


@dataclass(frozen=True)
class Author:
    """In whose name a change is made, by which operation, and when."""

    project: int
    user: int
    operation: UUID
    at: datetime

    @property
    def stamp(self) -> tuple[Any, Any]:
        """Operation and time, as the database takes them."""
        return stored("operation", self.operation), stored("at", self.at)


@dataclass(frozen=True)
class Touched:
    """How many cells changed, and the first and last image row among them; -1 when nothing changed."""

    cells: int
    first: int = -1
    last: int = -1


def stored(field: str, value: Any) -> Any:
    """A value of MarkEvent as the database takes it."""
    (column,) = (one for one in MarkEvent._meta.concrete_fields if one.name == field)
    return column.get_db_prep_save(value, connection)


def last_event() -> int:
    """The number of the last change of a mark; under the project's lock, later ones of the project are larger."""
    ((last,),) = fetch(LAST_EVENT)
    return int(last)


def close(plan: Plan, first: int, last: int, by: Author) -> Touched:
    """Make absent the plan's cells on image rows `first` to `last`, both included. Doing it again changes nothing."""
    before = last_event()
    left_out = [row for row in plan.left_out if first <= row <= last] or [-1]
    execute(
        CLOSE, by.user, Source.CLOSED.value, *by.stamp, by.project, first, last, left_out, plan.labels, plan.ceiling,
        by.user, by.user, by.stamp[1],
    )  # fmt: skip
    execute(MARKS_OF_EVENTS, by.stamp[0], before)
    return touched(by, before)


def span_of(operation: UUID) -> tuple[int, int]:
    """The first and last event of an operation; (0, 0) when it changed nothing."""
    ((first, last),) = fetch(SPAN, stored("operation", operation))
    return (first, last) if first is not None else (0, 0)


def part_of(operation: UUID, after: int, until: int, cells: int) -> int | None:
    """The last of the operation's next `cells` events in after < event <= until; None when there are no more."""
    ((last,),) = fetch(PART, stored("operation", operation), after, until, cells)
    return last


def reopen(target: UUID, after: int, until: int, by: Author, whose: int | None = None) -> Touched:
    """Make unknown again what events after..until of `target` made known; cells that were changed since stay.

    `whose`: whose marks those of `target` are, when it is not the same person who takes them back.
    """
    before = last_event()
    execute(REOPEN, by.user, Source.HUMAN.value, *by.stamp, stored("operation", target), after, until)
    execute(MARKS_GONE, by.stamp[0], before)
    bring_back(by, before, by.user if whose is None else whose)
    return touched(by, before)


def bring_back(by: Author, before: int, whose: int) -> None:
    """Give reopened cells the person's own marks that stood behind: of few cells, whose history says what they were."""
    found = fetch(WITH_A_PAST, by.stamp[0], before)
    board = Board(by.project, {}, by.at)
    board.load({image for image, _, _ in found}, {label for _, label, _ in found})
    past = Past(board)
    past.load_cells((image, label) for image, label, _ in found)
    marks = []
    for image, label, version in found:
        cell = board.cell(image, label)
        row = rows_at(cell, past.events(cell), version).get(whose)
        if row is not None:
            marks.append(board.mark(cell, whose, row))
    insert_all(marks, SAY_ANEW)


def close_again(target: UUID, after: int, until: int, by: Author) -> Touched:
    """Make absent again what events after..until of `target`, which reopened cells, made unknown."""
    before = last_event()
    execute(CLOSE_AGAIN, by.user, *by.stamp, stored("operation", target), after, until)
    execute(MARKS_OF_EVENTS, by.stamp[0], before)
    return touched(by, before)


def touched(by: Author, before: int) -> Touched:
    """What the operation changed after event `before`."""
    ((cells, first, last),) = fetch(ROWS_TOUCHED, by.stamp[0], before)
    return Touched(cells, first, last) if cells else Touched(0)


def execute(sql: str, *params: Any) -> None:
    """Run a statement; `params` as in `fetch`."""
    with connection.cursor() as cursor:
        cursor.execute(*with_lists(sql, params))
