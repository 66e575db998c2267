"""Who has which image open. A lease is claimed by one statement that only succeeds where nobody else holds it."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from annotator.models import Skip
from annotator.sql.inserts import insert_all
from annotator.sql.turns import write_turn

# ON CONFLICT ... WHERE decides inside the database: of two people who ask at once, one gets the row.
CLAIM = """
INSERT INTO annotator_lease (image_id, project_id, annotator_id, expires_at) VALUES {rows}
ON CONFLICT (image_id) DO UPDATE SET annotator_id = excluded.annotator_id, expires_at = excluded.expires_at
WHERE annotator_lease.annotator_id = excluded.annotator_id OR annotator_lease.expires_at <= %s
RETURNING image_id
"""
RELEASE = "DELETE FROM annotator_lease WHERE project_id = %s AND image_id = %s AND annotator_id = %s"
SKIPPED_AGAIN = "ON CONFLICT (image_id, annotator_id) DO UPDATE SET at = excluded.at"


def claim(project_id: int, user_id: int, image_ids: Sequence[int], seconds: int) -> set[int]:
    """Lease these images to this person for so long, or prolong the lease; the ids of those that are theirs now."""
    if not image_ids:
        return set()
    now = timezone.now()
    until = connection.ops.adapt_datetimefield_value(now + timedelta(seconds=seconds))
    rows = ", ".join(["(%s, %s, %s, %s)"] * len(image_ids))
    params = [value for image in image_ids for value in (image, project_id, user_id, until)]
    with write_turn(), connection.cursor() as cursor:
        cursor.execute(CLAIM.format(rows=rows), [*params, connection.ops.adapt_datetimefield_value(now)])
        return {image for (image,) in cursor.fetchall()}


def release(project_id: int, user_id: int, image_id: int) -> bool:
    """Give an image back; False when this person did not hold it."""
    with write_turn(), connection.cursor() as cursor:
        cursor.execute(RELEASE, [project_id, image_id, user_id])
        return cursor.rowcount > 0


def leave(project_id: int, user_id: int, left: Mapping[int, bool]) -> None:
    """Give images back that are left behind, {image: is undecided}; an undecided one comes back after all others."""
    now = timezone.now()
    with write_turn(), transaction.atomic():
        for image in left:
            release(project_id, user_id, image)
        skips = [
            Skip(project_id=project_id, image_id=image, annotator_id=user_id, at=now)
            for image, undecided in left.items()
            if undecided
        ]
        insert_all(skips, SKIPPED_AGAIN)
