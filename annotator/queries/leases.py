"""Who has which picture open now: leases that have not run out."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from annotator.models import Lease, User
from annotator.sql.quick import fetch

# Asked for with every next image: see `annotator.sql.quick`.
OPEN = "SELECT image_id, annotator_id FROM annotator_lease WHERE project_id = %s AND expires_at > %s ORDER BY id"


def open_leases(project_id: int) -> list[tuple[int, int]]:
    """(image id, person id) of every picture of a project that somebody has open, in the order they were opened."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    return [(image, holder) for image, holder in fetch(OPEN, project_id, now)]


def open_elsewhere(project_id: int, user_id: int) -> list[int]:
    """Ids of pictures that other people have open, ascending."""
    return sorted(image for image, holder in open_leases(project_id) if holder != user_id)


def leases_of(image_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Who has these images open, and until when, by image."""
    found = running(image_ids).values_list("image_id", "annotator_id", "expires_at")
    return {image: {"annotator": holder, "expires_at": until} for image, holder, until in found}


def holder_of(image_id: int) -> User | None:
    """Who has the image open."""
    lease = running([image_id]).select_related("annotator").first()
    return lease.annotator if lease else None


def running(image_ids: Sequence[int]) -> QuerySet[Lease]:
    """The leases of these images."""
    return Lease.objects.filter(image_id__in=image_ids, expires_at__gt=timezone.now())
