"""Limits that several layers share."""

from datetime import datetime, timedelta

from django.utils import timezone

# What is deleted stays in the database, out of sight, for so long.
DAYS_TO_TAKE_BACK = timedelta(days=30)


def days_left(deleted_at: datetime | None) -> int | None:
    """Days for which something deleted can still be brought back, the begun one included; None when it is there."""
    if deleted_at is None:
        return None
    return max(0, (deleted_at + DAYS_TO_TAKE_BACK - timezone.now()).days + 1)
