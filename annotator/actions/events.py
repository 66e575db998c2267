"""The news of a project: written with the change itself, numbered without gaps."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from annotator.models import Event, Project

CELLS_PER_EVENT = 500


def publish(project_id: int, kind: str, payload: dict[str, Any]) -> int:
    """Write one event and return its number. Must run inside the caller's transaction, which it rolls back with.

    The project's row stays locked until that transaction ends, so numbers become visible in order.
    """
    if transaction.get_connection().in_atomic_block is False:
        raise RuntimeError("publish() must run inside transaction.atomic(), together with the change it tells of.")
    Project.objects.filter(pk=project_id).update(event_seq=F("event_seq") + 1)
    seq = Project.objects.values_list("event_seq", flat=True).get(pk=project_id)
    Event.objects.create(project_id=project_id, seq=seq, kind=kind, payload=payload)
    return seq


def publish_marks(project_id: int, by: int, cells: Sequence[Sequence[int]]) -> int:
    """Tell of changed cells [[image, label, value, version], ...], at most 500 an event; the last event's number.

    `cells` must not be empty.
    """
    seq = 0
    for start in range(0, len(cells), CELLS_PER_EVENT):
        seq = publish(project_id, "mark", {"by": by, "cells": list(cells[start : start + CELLS_PER_EVENT])})
    return seq
