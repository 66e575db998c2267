"""Write marks that an import says, many at once. A value that a person gave is never overwritten."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.utils import timezone

from annotator.actions.board import Board, Cell
from annotator.imports.said import Said
from annotator.models import Mark, MarkEvent, Source
from annotator.news.publish import lock_project, publish_marks


@dataclass
class Tally:
    """What became of imported values. `conflicts` holds (what was said, the value that stays)."""

    new: int = 0
    same: int = 0
    changed: int = 0
    conflicts: list[tuple[Said, int]] = field(default_factory=list)


def import_marks(
    project_id: int, by: int, cells: Sequence[Said], rules: dict[int, int], operation: UUID, write: bool = True
) -> Tally:
    """Take the values of distinct cells: unknown cells get a mark, an earlier import is corrected, people are right.

    `rules` gives the rule version of each label. Runs inside the caller's transaction; locks the project. Without
    `write` it only tells what would happen.
    """
    if write:
        lock_project(project_id)
    tally, now = Tally(), timezone.now()
    seen = cells_with_history({cell.image for cell in cells})
    fresh = [cell for cell in cells if (cell.image, cell.label) not in seen]
    older = [cell for cell in cells if (cell.image, cell.label) in seen]
    tally.new += len(fresh)
    board = Board(project_id, rules, now)
    board.load({cell.image for cell in older}, {cell.label for cell in older})
    for said in older:
        settle(board, board.cell(said.image, said.label), said, by, operation, tally)
    if not write:
        return tally
    insert_fresh(project_id, by, fresh, rules, operation, now)
    board.write()
    changes = [[cell.image, cell.label, cell.value, 1] for cell in fresh] + board.changes()
    if changes:
        publish_marks(project_id, by, changes)
    return tally


def settle(board: Board, cell: Cell, said: Said, by: int, operation: UUID, tally: Tally) -> None:
    """Decide between what a cell with a history holds and what the import says."""
    found = cell.resolved
    if found and found[1].value == said.value:
        tally.same += 1
    elif found and found[1].source != Source.IMPORTED:
        tally.conflicts.append((said, found[1].value))
    else:
        board.put(cell, said.value, by, Source.IMPORTED, operation)
        tally.changed += found is not None
        tally.new += found is None


def cells_with_history(images: Iterable[int]) -> set[tuple[int, int]]:
    """The cells of these images that were ever marked."""
    events = MarkEvent.objects.filter(image_id__in=images).order_by()
    return set(events.values_list("image_id", "label_id").distinct())


def insert_fresh(
    project_id: int, by: int, cells: Sequence[Said], rules: dict[int, int], operation: UUID, now: Any
) -> None:
    """First marks of cells and the events that tell of them. Without model instances: an import may bring a million."""
    shared = {"project": project_id, "annotator": by, "version": 1, "source": Source.IMPORTED.value}
    insert(
        Mark,
        ("image", "label", "value", "rule_version"),
        shared | {"resolved": True, "updated_at": now},
        ((cell.image, cell.label, cell.value, rules.get(cell.label, 1)) for cell in cells),
    )
    insert(
        MarkEvent,
        ("image", "label", "new", "rule_version"),
        shared | {"old": 0, "operation": operation, "at": now},
        ((cell.image, cell.label, cell.value, rules.get(cell.label, 1)) for cell in cells),
    )


def insert(
    model: type[models.Model], varying: Sequence[str], shared: dict[str, Any], rows: Iterator[tuple[Any, ...]]
) -> None:
    """INSERT rows of the varying fields, whole numbers all, with the shared values in every one of them."""
    fields = {field.name: field for field in model._meta.concrete_fields}
    columns = [connection.ops.quote_name(str(fields[name].column)) for name in (*varying, *shared)]
    constants = tuple(fields[name].get_db_prep_save(value, connection) for name, value in shared.items())
    table = connection.ops.quote_name(model._meta.db_table)
    places = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - names come from the models
    with connection.cursor() as cursor:
        cursor.executemany(sql, [row + constants for row in rows])
