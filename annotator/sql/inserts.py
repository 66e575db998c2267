"""INSERT for the tables that every saved mark writes to, without building the statement anew each time."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models

# SQLite takes 32,766 values in one statement; no table here has more than twelve columns.
ROWS_AT_ONCE = 2_000


def insert_all(rows: Sequence[models.Model], tail: str = "") -> None:
    """Write new rows of one model as they are, every field set; `tail` is an ON CONFLICT clause.

    A key that the database gives is left to it, and is not read back.
    """
    if not rows:
        return
    begin, fields = _begin(type(rows[0]))
    places = "(" + ", ".join(["%s"] * len(fields)) + ")"
    with connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE]
            values = [
                field.get_db_prep_save(getattr(row, field.attname), connection) for row in part for field in fields
            ]
            cursor.execute(f"{begin} VALUES {', '.join([places] * len(part))} {tail}", values)


@cache
def _begin(model: type[models.Model]) -> tuple[str, list["models.Field[Any, Any]"]]:
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    return f"INSERT INTO {connection.ops.quote_name(model._meta.db_table)} ({columns})", fields
