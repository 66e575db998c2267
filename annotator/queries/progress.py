"""How far a project is: by label, by image, and what runs in the background."""

from dataclasses import asdict
from typing import Any

from annotator.models import CantTell, Job, Label, Project
from annotator.queries.expected import left_by_column
from annotator.queries.labels import card_entries
from annotator.queries.state import State, state_of
from model.metrics.interval import Estimate
from model.storage.card import LabelQuality, unsaid_label

JOBS_SHOWN = 10


def overview(project: Project) -> dict[str, int]:
    """Counts over usable images and living labels: images, labels, known cells, positives."""
    state = state_of(project)
    with state.lock:
        present, absent = state.counts()
        positives = int(present[state.alive].sum())
        return {
            "images": int(state.usable.sum()),
            "labels": int(state.alive.sum()),
            "known": positives + int(absent[state.alive].sum()),
            "positives": positives,
        }


def progress(project: Project) -> dict[str, Any]:
    """Everything the project page counts with; `unknown` = images - present - absent, can't-tells included."""
    state = state_of(project)
    undecided: dict[int, int] = {}
    for label in CantTell.objects.filter(project=project).values_list("label_id", flat=True):
        undecided[label] = undecided.get(label, 0) + 1
    labels = list(Label.objects.filter(project=project, deleted_at=None).order_by("column"))
    counts = overview(project)
    jobs = list(Job.objects.filter(project=project).select_related("training").order_by("-created_at")[:JOBS_SHOWN])
    left = left_by_column(project)
    with state.lock:
        return {
            "images": counts["images"],
            "cells": counts["images"] * counts["labels"],
            "known": counts["known"],
            "checked_images": int((state.checks[state.usable] > 0).sum()),
            "labels": label_rows(state, labels, counts["images"], undecided, card_entries(project), left),
            "jobs": jobs,
        }


def label_rows(
    state: State,
    labels: list[Label],
    images: int,
    undecided: dict[int, int],
    entries: dict[int, LabelQuality],
    expected: dict[int, Estimate | None],
) -> list[dict[str, Any]]:
    """One row a label."""
    present, absent = state.counts()
    rows = []
    for label in labels:
        inside = label.column < len(present)
        yes, no = (int(present[label.column]), int(absent[label.column])) if inside else (0, 0)
        entry = entries.get(label.pk) or unsaid_label(label.pk)
        rows.append(
            {
                "id": label.pk,
                "name": label.name,
                "present": yes,
                "absent": no,
                "unknown": images - yes - no,
                "cant_tell": undecided.get(label.pk, 0),
                "expected_left": asdict(left) if (left := expected.get(label.column)) else None,
                "stage": entry["stage"],
                "ap": entry["ap"],
            }
        )
    return rows
