"""Write what an import says, many cells at once. What people say is only changed where that was agreed to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, models

from annotator.actions.board import Board, Cell
from annotator.actions.closing_cells import Author
from annotator.models import CantTell, Mark, MarkEvent, Source
from annotator.news.publish import lock_project, publish_marks
from annotator.planning.standing import EARLIER, PEOPLE, SURE_ONLY, UNSURE, WITHDRAWN
from annotator.planning.words import Policy
from annotator.sql.quick import fetch, in_pieces

CANT_TELL = "SELECT image_id, label_id FROM annotator_canttell WHERE image_id IN %s AND label_id IN %s"
LAST = """
SELECT e.image_id, e.label_id, e.id, e.new, COALESCE(e.restores, e.version), e.source, e.operation
FROM annotator_markevent e WHERE e.image_id IN %s AND e.label_id IN %s
AND NOT EXISTS (SELECT 1 FROM annotator_markevent l
  WHERE l.image_id = e.image_id AND l.label_id = e.label_id AND l.version > e.version)
"""


class Word(NamedTuple):
    """What a line of a table says of one cell; `value` is 1, -1, 2 for can't tell, or 0 to take a mark back."""

    image: int
    label: int
    value: int
    line: int


class Last(NamedTuple):
    """The last change of a cell."""

    event: int
    new: int
    standing: int
    source: str
    operation: UUID | None


@dataclass(frozen=True)
class Importer(Author):
    """In whose name an import writes, when it began, and what was agreed. Later events than `ceiling` are others'."""

    ceiling: int
    policy: Policy
    rules: dict[int, int]


@dataclass
class Tally:
    """What became of the words: already so, left to people, and changed by others while the import ran."""

    same: int = 0
    meanwhile: int = 0
    kept: int = 0
    conflicts: list[tuple[Word, int]] = field(default_factory=list)


def import_marks(author: Importer, words: Sequence[Word]) -> Tally:
    """Take the words on distinct cells. Runs inside the caller's transaction; locks the project.

    Words that were taken already, by an attempt that died, change nothing again.
    """
    lock_project(author.project)
    images, labels = {word.image for word in words}, {word.label for word in words}
    last, unsure = last_changes(images, labels), unsure_cells(images, labels)
    fresh = [word for word in words if word.value in (1, -1) and (word[:2]) not in last and word[:2] not in unsure]
    known = set(fresh)
    older = [word for word in words if word not in known]
    board, tally = Board(author.project, author.rules, author.at), Tally()
    board.load({word.image for word in older}, {word.label for word in older})
    receipts: list[Word] = []
    for word in older:
        settle(board, board.cell(word.image, word.label), word, last.get(word[:2]), unsure, author, tally, receipts)
    insert_fresh(author, fresh)
    board.write()
    write_receipts(author, receipts)
    changes = [[word.image, word.label, word.value, 1] for word in fresh] + board.changes()
    if changes:
        publish_marks(author.project, author.user, changes)
    return tally


def settle(
    board: Board, cell: Cell, word: Word, last: Last | None, unsure: set[tuple[int, int]], author: Importer,
    tally: Tally, receipts: list[Word],
) -> None:  # fmt: skip
    """Decide between what a cell holds and what the import says of it."""
    mark, policy = cell.resolved, author.policy
    if last is not None and last.operation == author.operation:
        return
    if last is not None and last.event > author.ceiling:
        tally.meanwhile += 1
    elif word.value == 0:
        kind = EARLIER if mark and mark[1].source == Source.IMPORTED else PEOPLE
        if mark and policy.clears(kind):
            board.put(cell, 0, author.user, Source.IMPORTED, author.operation)
    elif word.value == SURE_ONLY:
        if mark or word[:2] in unsure:
            tally.same += 1
        else:
            receipts.append(word)
    elif mark and mark[1].value == word.value:
        tally.same += 1
    elif policy.writes(kind := kind_of(cell, last, word, unsure)):
        board.put(cell, word.value, author.user, Source.IMPORTED, author.operation)
    else:
        tally.kept += 1
        if kind == PEOPLE and mark:
            tally.conflicts.append((word, mark[1].value))


def kind_of(cell: Cell, last: Last | None, word: Word, unsure: set[tuple[int, int]]) -> int:
    """What the word meets, as `planning.standing` judges it."""
    if cell.resolved:
        return EARLIER if cell.resolved[1].source == Source.IMPORTED else PEOPLE
    if word[:2] in unsure:
        return UNSURE
    taken_back = last is not None and last.new == 0 and last.standing > 0 and last.source != Source.IMPORTED
    return WITHDRAWN if taken_back else 0


def last_changes(images: set[int], labels: set[int]) -> dict[tuple[int, int], Last]:
    """The last change of each of the cells that was ever changed."""
    to_uuid = MarkEvent._meta.get_field("operation").to_python
    rows = (row for some in in_pieces(images) for row in fetch(LAST, some, labels))
    return {
        (image, label): Last(event, new, standing, source, to_uuid(operation))
        for image, label, event, new, standing, source, operation in rows
    }


def unsure_cells(images: set[int], labels: set[int]) -> set[tuple[int, int]]:
    """Cells of which somebody could not tell."""
    return {(image, label) for some in in_pieces(images) for image, label in fetch(CANT_TELL, some, labels)}


def write_receipts(author: Importer, words: Sequence[Word]) -> None:
    """Say that the importer could not tell; the moment names the import that said so."""
    CantTell.objects.bulk_create(
        CantTell(
            project_id=author.project, image_id=word.image, label_id=word.label, annotator_id=author.user, at=author.at
        )
        for word in words
    )


def insert_fresh(author: Importer, words: Sequence[Word]) -> None:
    """First marks of cells and the events that tell of them. Without model instances: an import may bring a million."""
    shared = {"project": author.project, "annotator": author.user, "version": 1, "source": Source.IMPORTED.value}
    rules = author.rules
    rows = [(word.image, word.label, word.value, rules.get(word.label, 1)) for word in words]
    insert(
        Mark, ("image", "label", "value", "rule_version"), shared | {"resolved": True, "updated_at": author.at}, rows
    )
    insert(
        MarkEvent,
        ("image", "label", "new", "rule_version"),
        shared | {"old": 0, "operation": author.operation, "at": author.at},
        rows,
    )


def insert(
    model: type[models.Model], varying: Sequence[str], shared: dict[str, Any], rows: Sequence[tuple[Any, ...]]
) -> None:
    """INSERT rows of the varying fields, whole numbers all, with the shared values in every one of them."""
    if not rows:
        return
    fields = {field.name: field for field in model._meta.concrete_fields}
    columns = [connection.ops.quote_name(str(fields[name].column)) for name in (*varying, *shared)]
    constants = tuple(fields[name].get_db_prep_save(value, connection) for name, value in shared.items())
    table = connection.ops.quote_name(model._meta.db_table)
    places = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - names come from the models
    with connection.cursor() as cursor:
        cursor.executemany(sql, [row + constants for row in rows])


def batches(cells: int, sizes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ranges of pictures, first and end, of about so many cells each; `sizes`: words on each picture."""
    first = total = 0
    for place, size in enumerate(sizes):
        total += size
        if total >= cells:
            yield first, place + 1
            first, total = place + 1, 0
    if first < len(sizes):
        yield first, len(sizes)
