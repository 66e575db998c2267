"""Model instances by plain SQL, for the few rows that every request reads.

The ORM builds its statement anew each time, which costs several times more than running it: at 8 busy clients the
rows read here took a third of the server's time.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models

from annotator.sql.quick import fetch

Row = TypeVar("Row", bound=models.Model)
Convert = Callable[[Any], Any]


def rows_of(model: type[Row], rest: str, *params: Any, only: tuple[str, ...] = ()) -> list[Row]:
    """The rows of `model`'s table that `rest` ("WHERE id = %s") chooses; `params` as in `fetch`.

    `only` names the fields to load, the key first; others are loaded when touched.
    """
    names, select, converters = _plan(model, connection.vendor, only)
    found = []
    for row in fetch(f"{select} {rest}", *params):
        values = list(row)
        for place, convert in converters:
            values[place] = convert(values[place])
        found.append(model.from_db(connection.alias, names, values))
    return found


@cache
def _plan(
    model: type[models.Model], vendor: str, only: tuple[str, ...]
) -> tuple[list[str], str, list[tuple[int, Convert]]]:
    """Names of the fields, the statement's beginning, and how values of this database become those of Python."""
    fields = [field for field in model._meta.concrete_fields if not only or field.name in only]
    table = model._meta.db_table
    columns = ", ".join(f"{table}.{field.column}" for field in fields)
    converters = [(place, convert) for place, field in enumerate(fields) for convert in _converters(field, table)]
    return [str(field.attname) for field in fields], f"SELECT {columns} FROM {table}", converters  # noqa: S608


def _converters(field: "models.Field[Any, Any]", table: str) -> list[Convert]:
    column = field.get_col(table)
    both = connection.ops.get_db_converters(column) + field.get_db_converters(connection)
    return [lambda value, convert=convert: convert(value, column, connection) for convert in both]  # type: ignore[misc]
