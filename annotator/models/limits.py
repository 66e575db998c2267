"""Limits that several layers share."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.validators import BaseValidator, MaxValueValidator, MinValueValidator
from django.utils import timezone

# What is deleted stays in the database, out of sight, for so long.
DAYS_TO_TAKE_BACK = timedelta(days=30)


def days_left(deleted_at: datetime | None) -> int | None:
    """Days for which something deleted can still be brought back, the begun one included; None when it is there."""
    if deleted_at is None:
        return None
    return max(0, (deleted_at + DAYS_TO_TAKE_BACK - timezone.now()).days + 1)


@dataclass(frozen=True)
class Range:
    """What a number may be, the same for the database's own forms and for the API."""

    least: float
    most: float

    @property
    def validators(self) -> list[BaseValidator]:
        """For a field of a model."""
        return [MinValueValidator(self.least), MaxValueValidator(self.most)]


LEASE_SECONDS = Range(30, 86_400)
WANTED_PRECISION = Range(0.5, 0.999)
AUDIT_SHARE = Range(0.0, 0.5)
RETRAIN_AFTER_MARKS = Range(1, 1_000_000)
RETRAIN_AFTER_MINUTES = Range(1, 100_000)
IMAGE_SIZE = Range(64, 1024)
