"""The news of a project: written with the change itself, numbered without gaps."""

from collections.abc import Sequence

from django.db import connection
from django.utils import timezone

from annotator.errors import NotFound
from annotator.models import Event, Project
from annotator.news.kinds import MarkNews, News, ProjectNews
from annotator.sql.inserts import insert_all
from annotator.sql.rows import rows_of

LOCKED = ("id", "event_seq", "next_row", "next_column", "allow_closing", "deleted_at")
COUNTED = "UPDATE annotator_project SET event_seq = %s WHERE id = %s"
CELLS_PER_EVENT = 500
# Above this, whoever listens is quicker when told once to read everything again.
CELLS_WORTH_TELLING = 5_000


def lock_project(project_id: int) -> Project:
    """The project's row, locked until the caller's transaction ends; only counters and switches are loaded.

    Whatever changes marks, rows, columns or event numbers of a project does so under this lock: changes of one
    project happen one after the other. SQLite needs no lock, its IMMEDIATE transactions already exclude each other.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("lock_project() and publish() must run inside transaction.atomic(), with the change itself.")
    wait = "FOR UPDATE" if connection.features.has_select_for_update else ""
    found = rows_of(Project, f"WHERE id = %s {wait}", project_id, only=LOCKED)
    if not found:
        raise NotFound("This project was removed for good.")
    return found[0]


def publish_many(project_id: int, news: Sequence[News]) -> int:
    """Write events in order and return the last one's number, also when there are none."""
    return write_news(lock_project(project_id), news)


def write_news(project: Project, news: Sequence[News]) -> int:
    """`publish_many` for a project that this transaction has just locked and not published to since."""
    if not news:
        return project.event_seq
    first, now = project.event_seq + 1, timezone.now()
    project.event_seq += len(news)
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [project.event_seq, project.pk])
    insert_all(
        [
            Event(project_id=project.pk, seq=seq, kind=one.event, payload=one.payload(), at=now)
            for seq, one in enumerate(news, start=first)
        ]
    )
    return project.event_seq


def publish(project_id: int, news: News) -> int:
    """Write one event and return its number. Must run inside the caller's transaction, which it rolls back with."""
    return publish_many(project_id, [news])


def mark_news(by: int, cells: Sequence[list[int]]) -> list[News]:
    """Events for changed cells [[image, label, value, version], ...], 500 each; for very many the project's."""
    if len(cells) > CELLS_WORTH_TELLING:
        return [ProjectNews()]
    starts = range(0, len(cells), CELLS_PER_EVENT)
    return [MarkNews(by, list(cells[at : at + CELLS_PER_EVENT])) for at in starts]


def publish_marks(project_id: int, by: int, cells: Sequence[list[int]]) -> int:
    """Tell of changed cells [[image, label, value, version], ...]; the last event's number."""
    return publish_many(project_id, mark_news(by, cells))
