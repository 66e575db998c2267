"""Plain SQL for the few queries that every saved mark and every next image makes.

Building these with the ORM costs several times more than running them.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import connection

# SQLite takes 32,766 values in one statement unless it was built to take more.
IDS_AT_ONCE = 10_000


def in_pieces(ids: Iterable[int]) -> Iterator[list[int]]:
    """The ids in lists that one statement can name; none at all when there are none."""
    wanted = list(ids)
    return (wanted[start : start + IDS_AT_ONCE] for start in range(0, len(wanted), IDS_AT_ONCE))


def with_lists(sql: str, params: Iterable[Any]) -> tuple[str, list[Any]]:
    """Statement and parameters with each collection among `params` spelled out: write IN %s for it."""
    flat: list[Any] = []
    marks: list[str] = []
    for param in params:
        if isinstance(param, Collection) and not isinstance(param, str):
            values = list(param) or [None]
            marks.append("(" + ", ".join(["%s"] * len(values)) + ")")
            flat += values
        else:
            marks.append("%s")
            flat.append(param)
    return sql % tuple(marks), flat


def fetch(sql: str, *params: Any) -> list[tuple[Any, ...]]:
    """All rows. A collection among `params` fills a list: write IN %s for it; an empty one matches nothing."""
    with connection.cursor() as cursor:
        cursor.execute(*with_lists(sql, params))
        return cursor.fetchall()


def moment(value: Any) -> datetime:
    """A time as the database gave it; SQLite keeps times as text, in UTC."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value
