"""The label matrix as arrays: marks read in one pass, however many there are."""

from itertools import chain
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import QuerySet
from numpy.typing import NDArray

from annotator.models import AuditQuestion, Mark, Source
from model.active.blind import weights as question_weights

# What training may believe. Audit answers only judge; rules of a lead would teach the model its own opinion.
BELIEVED = (Source.HUMAN, Source.IMPORTED, Source.ACCEPTED, Source.PAGE, Source.CLOSED, Source.IMPLIED)


def integers(queryset: "QuerySet[Any, tuple[int, ...]]", columns: int) -> NDArray[np.int64]:
    """The rows of a `values_list` of whole numbers as int64 [rows, columns], without making model instances."""
    sql, params = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    flat = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=len(rows) * columns)
    return flat.reshape(-1, columns)


def places(ids: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of `wanted` stands in `ids`, -1 when it does not; int64 [wanted]."""
    if not len(ids):
        return np.full(len(wanted), -1, np.int64)
    order = np.argsort(ids)
    at = np.searchsorted(ids, wanted, sorter=order).clip(max=len(ids) - 1)
    found = order[at]
    return np.where(ids[found] == wanted, found, -1)


def placed(
    image_ids: NDArray[np.int64], label_ids: NDArray[np.int64], cells: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Where cells [n, image id and label id first] stand in a matrix of these images and labels.

    Rows and columns of those that stand in it, and which of the n they are, bool [n].
    """
    rows, columns = places(image_ids, cells[:, 0]), places(label_ids, cells[:, 1])
    inside = (rows >= 0) & (columns >= 0)
    return rows[inside], columns[inside], inside


def mark_matrix(
    project_id: int,
    image_ids: NDArray[np.int64],
    label_ids: NDArray[np.int64],
    sources: tuple[str, ...] = BELIEVED,
) -> NDArray[np.int8]:
    """The project's resolved values in {1, -1, 0 = unknown}, int8 [images, labels], from the given sources."""
    return matrix_of(
        Mark.objects.filter(project_id=project_id, resolved=True, source__in=sources), image_ids, label_ids
    )


def matrix_of(marks: "QuerySet[Mark]", image_ids: NDArray[np.int64], label_ids: NDArray[np.int64]) -> NDArray[np.int8]:
    """The values of these marks, int8 [images, labels], 0 where there is none."""
    triples = integers(marks.order_by().values_list("image_id", "label_id", "value"), 3)
    matrix = np.zeros((len(image_ids), len(label_ids)), np.int8)
    rows, columns, inside = placed(image_ids, label_ids, triples)
    matrix[rows, columns] = triples[inside, 2]
    return matrix


def audit_matrices(
    project_id: int, image_ids: NDArray[np.int64], label_ids: NDArray[np.int64]
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Blind answers in {1, -1, 0 = none} int8 and how many cells each stands for float32, both [images, labels]."""
    asked = AuditQuestion.objects.filter(project_id=project_id).order_by("pk")
    found = list(asked.values_list("image_id", "label_id", "answer", "probability", "draw"))
    answers = np.zeros((len(image_ids), len(label_ids)), np.int8)
    weights = np.zeros((len(image_ids), len(label_ids)), np.float32)
    cells = np.array([(image, label, answer or 0) for image, label, answer, _, _ in found], np.int64).reshape(-1, 3)
    stands_for = question_weights([row[3] for row in found], [row[4] for row in found], cells[:, 2] != 0)
    given = cells[:, 2] != 0
    images, labels, inside = placed(image_ids, label_ids, cells[given])
    answers[images, labels] = cells[given][inside, 2]
    weights[images, labels] = stands_for[given][inside]
    return answers, weights
