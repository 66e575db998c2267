"""Limits that several layers share, each said once: tables, API, refusals, and the page take them from here.

Those that the page needs before it has asked anything are written into it by `manage.py limits`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.validators import BaseValidator, MaxValueValidator, MinValueValidator
from django.utils import timezone

# What is deleted stays in the database, out of sight, for so long.
DAYS_TO_TAKE_BACK = 30

NAME = 120
"""Letters in the name of a project, a label, a group of labels, a backbone."""
USER_NAME, SHOWN_NAME, FILE_NAME = 150, 80, 255
RULE = 10_000
SYNONYMS = 50
REASON = 200
"""Letters that say why a picture was set aside."""
ACT_CELLS = 10_000
"""Cells of the largest single act, which is undone as one: as many tiles as the largest page of one label has."""
OPERATIONS_AT_ONCE = 1_000
AFTER = 2_000
"""Waiting operations that one may stand on."""
IMAGES_AHEAD, IMAGES_KEPT, IMAGES_EXCLUDED = 3, 10, 500
"""Images handed out at once; kept open beside the one on screen; that a page may say it still holds."""
IMAGES_AT_ONCE = 200
"""Images whose tiles or suggestions one request may ask for."""
PREVIEW_BEST = 12
"""Pictures shown for a name that is being tried."""
LARGEST_ID = 2**63 - 1
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d1f", "#56799e", "#7a4fa3", "#a63d40", "#4d7c2a", "#5b6770")
"""Of labels, in the order they are given out; told apart by people with any colour vision."""


def still_there_since() -> datetime:
    """What was deleted after this can be brought back."""
    return timezone.now() - timedelta(days=DAYS_TO_TAKE_BACK)


def days_left(deleted_at: datetime | None) -> int | None:
    """Days for which something deleted can still be brought back, the begun one included; None when it is there."""
    if deleted_at is None:
        return None
    return max(0, (deleted_at - still_there_since()).days + 1)


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
