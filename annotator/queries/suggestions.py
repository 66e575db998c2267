"""Suggestions: readers of the live model's score matrix, a memory-mapped file shared by all processes.

A score file never changes once a version names it, so an open map can be kept as long as the process likes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from annotator.errors import NotFound
from annotator.models import Image, ModelVersion, Project
from model.storage.card import Card, read_card

OPEN_FILES = 64


@dataclass(frozen=True)
class Scores:
    """Calibrated probabilities of "present". `matrix` float16 [labels, image rows]; NaN = no suggestion."""

    version: int
    revision: int
    labels: tuple[int, ...]
    matrix: NDArray[np.float16]
    thresholds: dict[int, tuple[float | None, float | None]]
    row_of: dict[int, int] = field(repr=False)

    def column(self, label_id: int, count: int) -> NDArray[np.float32]:
        """Scores of one label for the first `count` image rows, float32 [count]; NaN where there are none."""
        column = np.full(count, np.nan, np.float32)
        row = self.row_of.get(label_id)
        if row is not None:
            known = self.matrix[row, :count]
            column[: len(known)] = known
        return column

    def table(self, labels: Sequence[int] | NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Scores of some images (by Image.row) and labels, float32 [rows, labels]; NaN where there are none."""
        place = np.array([self.row_of.get(int(label), -1) for label in labels], np.int64)
        table = np.full((len(rows), len(place)), np.nan, np.float32)
        table[:, place >= 0] = self.of_rows(rows)[place[place >= 0]].T
        return table

    def of_rows(self, rows: list[int] | NDArray[np.int64]) -> NDArray[np.float32]:
        """Scores of some images (by Image.row), float32 [labels, images]; NaN for rows beyond the file."""
        wanted = np.asarray(rows, dtype=np.int64)
        found = np.full((len(self.labels), len(wanted)), np.nan, np.float32)
        inside = wanted < self.matrix.shape[1]
        found[:, inside] = self.matrix[:, wanted[inside]]
        return found

    def of_cell(self, label_id: int, image_row: int) -> float | None:
        """One score, or None when there is none."""
        row = self.row_of.get(label_id)
        if row is None or image_row >= self.matrix.shape[1]:
            return None
        value = float(self.matrix[row, image_row])
        return None if np.isnan(value) else round(value, 4)


def home_path(relative: str) -> Path:
    """A path stored in the database, made absolute."""
    return Path(settings.TERN_HOME) / relative


@lru_cache(maxsize=OPEN_FILES)
def open_matrix(path: str) -> NDArray[Any]:
    """The memory-mapped array of an .npy file; kept open."""
    return np.load(path, mmap_mode="r", allow_pickle=False)


def thresholds_of(card: Card) -> dict[int, tuple[float | None, float | None]]:
    """Label id -> (accept as present at or above, accept as absent at or below); None where evidence is too thin."""
    return {entry["id"]: (entry["accept_present"], entry["accept_absent"]) for entry in card["labels"]}


def scores_of(version: ModelVersion | None) -> Scores | None:
    """The scores that a version publishes, or None when it has none."""
    if version is None or not version.scores_file:
        return None
    try:
        matrix = open_matrix(str(home_path(version.scores_file)))
    except FileNotFoundError:
        # A newer revision took its place between our reading the row and opening the file.
        version.refresh_from_db()
        if not version.scores_file:
            return None
        matrix = open_matrix(str(home_path(version.scores_file)))
    labels = tuple(version.score_labels)
    return Scores(
        version=version.number,
        revision=version.scores_revision,
        labels=labels,
        matrix=matrix,
        thresholds=thresholds_of(read_card(version.card)),
        row_of={label: row for row, label in enumerate(labels)},
    )


def column_of(scores: Scores | None, label_id: int, count: int) -> NDArray[np.float32]:
    """`Scores.column`, all NaN before the first scores."""
    return np.full(count, np.nan, np.float32) if scores is None else scores.column(label_id, count)


def live_scores(project: Project) -> Scores | None:
    """The scores of the project's live version, or None before the first."""
    return scores_of(project.live_version)


def as_json(values: NDArray[np.float32]) -> list[float | None]:
    """Scores as JSON numbers, NaN as null."""
    return [None if np.isnan(value) else round(float(value), 4) for value in values]


def label_scores(project: Project, label_id: int, limit: int | None) -> dict[str, Any]:
    """One label's suggestions, best first: {version, revision, label, images: [ids], scores: [float|null]}."""
    if not project.labels.filter(pk=label_id, deleted_at=None).exists():
        raise NotFound(f"There is no label {label_id} in this project.")
    images = Image.objects.filter(project=project, deleted_at=None, flagged="").order_by("row")
    pairs = np.array(list(images.values_list("pk", "row")), dtype=np.int64).reshape(-1, 2)
    scores = live_scores(project)
    if scores is None:
        return {"version": None, "revision": 0, "label": label_id, "images": [], "scores": []}
    column = scores.column(label_id, int(pairs[:, 1].max(initial=-1)) + 1)[pairs[:, 1]]
    order = np.argsort(np.where(np.isnan(column), -1.0, column))[::-1][:limit]
    return {
        "version": scores.version,
        "revision": scores.revision,
        "label": label_id,
        "images": pairs[order, 0].tolist(),
        "scores": as_json(column[order]),
    }


def image_scores(project: Project, image_ids: list[int]) -> dict[str, Any]:
    """All suggestions of some images: {version, revision, images: [{id, scores: {label id: float}}]}."""
    scores = live_scores(project)
    images = list(Image.objects.filter(project=project, pk__in=image_ids, deleted_at=None).values_list("pk", "row"))
    if scores is None:
        return {"version": None, "revision": 0, "images": [{"id": pk, "scores": {}} for pk, _ in images]}
    table = scores.of_rows([row for _, row in images])
    found = [
        {
            "id": pk,
            "scores": {
                str(label): round(float(value), 4)
                for label, value in zip(scores.labels, table[:, place], strict=True)
                if not np.isnan(value)
            },
        }
        for place, (pk, _) in enumerate(images)
    ]
    return {"version": scores.version, "revision": scores.revision, "images": found}
