"""The project's labels as one sheet, for snapshots."""

from datetime import datetime
from functools import cache
from itertools import compress
from typing import Any

import numpy as np
from django.db.models import QuerySet

from annotator.errors import Invalid
from annotator.formats.sheet import Sheet, SheetImage, SheetMark
from annotator.models import CantTell, Checked, Image, Label, Mark, Project, Source, User
from annotator.queries.matrix import matrix_of, placed

QUERY_KEYS = {"sources", "include_flagged"}


def checked_query(query: dict[str, Any]) -> dict[str, Any]:
    """The query in one spelling: sources (all when not named) and whether flagged images are in. Raises Invalid."""
    if unknown := set(query) - QUERY_KEYS:
        raise Invalid(f"A snapshot's query knows {', '.join(sorted(QUERY_KEYS))}, not {', '.join(sorted(unknown))}.")
    sources = query.get("sources", list(Source.values))
    if not isinstance(sources, list) or not sources or not set(map(str, sources)) <= set(Source.values):
        raise Invalid(f"'sources' must be a list of some of {', '.join(Source.values)}.")
    if not isinstance(query.get("include_flagged", False), bool):
        raise Invalid("'include_flagged' must be true or false.")
    return {"sources": sorted(set(sources)), "include_flagged": query.get("include_flagged", False)}


def sheet_of(project: Project, query: dict[str, Any], provenance: bool) -> Sheet:
    """Images by row, labels by column, resolved values; unknown is 0. `query` as `checked_query` gives it.

    All marks come from one statement, so the matrix is the state of one moment.
    """
    labels = Label.objects.filter(project=project, deleted_at=None).order_by("column")
    images = Image.objects.filter(project=project, deleted_at=None).order_by("row")
    if not query["include_flagged"]:
        images = images.filter(flagged="")
    marks = Mark.objects.filter(project=project, resolved=True, source__in=query["sources"]).order_by()
    image_ids = np.array(images.values_list("pk", flat=True), np.int64)
    label_ids = np.array(labels.values_list("pk", flat=True), np.int64)
    told: list[SheetMark] = []
    if provenance:
        told = marks_with_provenance(marks, image_ids, label_ids)
        matrix = np.zeros((len(image_ids), len(label_ids)), np.int8)
        for mark in told:
            matrix[mark.row, mark.column] = mark.value
    else:
        matrix = matrix_of(marks, image_ids, label_ids)
    rows_of_images = images_with_receipts(images, project) if provenance else plain_images(images)
    return Sheet(vocabulary(labels), rows_of_images, matrix, told)


def vocabulary(labels: "QuerySet[Label]") -> list[dict[str, Any]]:
    """What each label is called and means, in column order."""
    fields = ("name", "synonyms", "group", "rule", "rule_version", "colour", "key")
    return list(labels.values(*fields))


def plain_images(images: "QuerySet[Image]") -> list[SheetImage]:
    """Names and hashes, in row order."""
    return [SheetImage(name, sha256) for name, sha256 in images.values_list("file_name", "content_hash")]


def images_with_receipts(images: "QuerySet[Image]", project: Project) -> list[SheetImage]:
    """Names and hashes with size, group, metadata, and who could not tell or looked the image through."""
    names = people()
    receipts: dict[int, dict[str, list[Any]]] = {}
    unsure = CantTell.objects.filter(project=project, label__deleted_at=None).order_by("label__column", "pk")
    for image, label, by, at in unsure.values_list("image_id", "label__name", "annotator_id", "at"):
        entry = {"label": label, "by": names[by], "at": at.isoformat()}
        receipts.setdefault(image, {}).setdefault("cant_tell", []).append(entry)
    seen = Checked.objects.filter(project=project).order_by("pk")
    for image, group, by, at in seen.values_list("image_id", "group", "annotator_id", "at"):
        entry = {"by": names[by], "at": at.isoformat(), "group": group}
        receipts.setdefault(image, {}).setdefault("checked", []).append(entry)
    fields = ("pk", "file_name", "content_hash", "width", "height", "group_key", "metadata")
    return [
        SheetImage(
            name,
            sha256,
            {"width": width, "height": height, "group": group, "metadata": metadata, **receipts.get(pk, {})},
        )
        for pk, name, sha256, width, height, group, metadata in images.values_list(*fields)
    ]


def marks_with_provenance(
    marks: "QuerySet[Mark]", image_ids: np.ndarray[Any, Any], label_ids: np.ndarray[Any, Any]
) -> list[SheetMark]:
    """The marks of these images and labels with who, when and how; by row, then column."""
    names = people()
    fields = ("image_id", "label_id", "value", "annotator_id", "source", "updated_at", "rule_version")
    found = list(marks.values_list(*fields))
    cells = np.array([mark[:2] for mark in found], np.int64).reshape(-1, 2)
    rows, columns, inside = placed(image_ids, label_ids, cells)
    # An import gives thousands of marks the same moment.
    moment = cache(datetime.isoformat)
    told = [
        SheetMark(row, column, value, names[by], source, moment(at), rule)
        for row, column, (_, _, value, by, source, at, rule) in zip(
            rows.tolist(), columns.tolist(), compress(found, inside), strict=True
        )
    ]
    return sorted(told)


def people() -> dict[int, str]:
    """User name of every account."""
    return dict(User.objects.values_list("pk", "username"))
