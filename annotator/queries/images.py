"""Images as the page shows them: with the state of every label, and the suggestions of the live version."""

from collections.abc import Sequence
from typing import Any

from annotator.errors import NotFound
from annotator.models import Image, MarkEvent, Project, Role
from annotator.queries.leases import leases_of
from annotator.queries.state import state_of
from annotator.queries.suggestions import Scores, live_scores
from annotator.sql.quick import fetch, moment
from annotator.sql.rows import rows_of

MARKS = """
SELECT image_id, label_id, value, annotator_id, source, updated_at
FROM annotator_mark WHERE image_id IN %s AND resolved
"""
VERSIONS = "SELECT image_id, label_id, MAX(version) FROM annotator_markevent WHERE image_id IN %s GROUP BY 1, 2"
Found = dict[tuple[int, int], Sequence[Any]]


def address(project_id: int, image_id: int, kind: str) -> str:
    """Where the picture itself is: kind is original, preview or thumbnail."""
    return f"/media/{project_id}/{image_id}/{kind}"


def get_image(project: Project, image_id: int) -> Image:
    """The living image; NotFound otherwise."""
    image = Image.objects.filter(project=project, pk=image_id, deleted_at=None).first()
    if image is None:
        raise NotFound(f"This project has no image {image_id}.")
    return image


def details(
    project: Project, user_id: int, image_ids: Sequence[int], leases: dict[int, dict[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """Images with all their cells, in the given order; few queries however many they are.

    `leases` gives what the caller already knows of them.
    """
    living = "WHERE project_id = %s AND id IN %s AND deleted_at IS NULL"
    images = {image.pk: image for image in rows_of(Image, living, project.pk, image_ids)}
    state = state_of(project)
    with state.lock:
        labels = state.label_ids[state.alive].tolist()
        undecided = {(int(state.ids[row]), int(state.label_ids[at])) for row, at in state.cant_tell.get(user_id, ())}
        checked = {pk for pk in image_ids if pk in state.row_of and state.has_checked(user_id, state.row_of[pk])}
    marks: Found = {(image, label): rest for image, label, *rest in fetch(MARKS, image_ids)}
    versions = last_versions(image_ids)
    if leases is None:
        leases = leases_of(image_ids)
    scores = live_scores(project)
    found = []
    for pk in image_ids:
        if pk in images:
            image = images[pk]
            suggested = scores_of_image(scores, image.row)
            cells = [
                cell_json(label, marks.get((pk, label)), versions.get((pk, label), 0), suggested.get(label))
                | {"cant_tell": (pk, label) in undecided}
                for label in labels
            ]
            found.append(
                brief(project.pk, image)
                | {
                    "original": address(project.pk, pk, "original"),
                    "preview": address(project.pk, pk, "preview"),
                    "group_key": image.group_key,
                    "metadata": image.metadata,
                    "flagged": image.flagged,
                    "created_at": image.created_at,
                    "lease": leases.get(pk),
                    "checked": pk in checked,
                    "model_version": scores.version if scores else None,
                    "cells": cells,
                }
            )
    return found


def brief(project_id: int, image: Image) -> dict[str, Any]:
    """What a list of images says of each."""
    return {
        "id": image.pk,
        "row": image.row,
        "file_name": image.file_name,
        "sha256": image.content_hash,
        "width": image.width,
        "height": image.height,
        "thumbnail": address(project_id, image.pk, "thumbnail"),
    }


def cell_json(label: int, mark: Sequence[Any] | None, version: int, score: float | None) -> dict[str, Any]:
    """One cell; `mark` is (value, by, source, at) of its resolved mark, None when it is unknown."""
    value, by, source, at = mark or (0, None, None, None)
    at = moment(at) if at is not None else None
    return {"label": label, "value": value, "version": version, "by": by, "source": source, "at": at, "score": score}


def last_versions(image_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """Version of every cell of these images that was ever marked, those set back to unknown included."""
    return {(image, label): version for image, label, version in fetch(VERSIONS, image_ids)}


def scores_of_image(scores: Scores | None, row: int) -> dict[int, float]:
    """Label id -> calibrated probability, for one image row; labels without a suggestion are left out."""
    if scores is None:
        return {}
    values = scores.of_rows([row])[:, 0].tolist()
    return {label: round(value, 4) for label, value in zip(scores.labels, values, strict=True) if value == value}


def history(project: Project, image_id: int, user_id: int, role: Role) -> list[dict[str, Any]]:
    """All changes of an image's cells, oldest first; annotators see their own, reviewers and leads everybody's."""
    image = get_image(project, image_id)
    events = MarkEvent.objects.filter(image=image).order_by("pk")
    if role == Role.ANNOTATOR:
        events = events.filter(annotator_id=user_id)
    return [
        {"label": label, "by": by, "old": old, "new": new, "source": source, "at": at, "version": version}
        for label, by, old, new, source, at, version in events.values_list(
            "label_id", "annotator_id", "old", "new", "source", "at", "version"
        )
    ]
