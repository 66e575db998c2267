"""The project's labels as one sheet, for snapshots."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache
from itertools import compress
from typing import Any

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from annotator.formats.sheet import BETWEEN, Sheet, SheetImage, SheetMark
from annotator.models import CantTell, Checked, Image, Label, Mark, Project, User
from annotator.queries.matrix import integers, matrix_of, placed
from annotator.queries.snapshot_query import images_of, labels_of, marks_of
from annotator.queries.splits import part_of
from annotator.queries.suggestions import live_scores

Ids = NDArray[np.int64]
RECEIPTS = {"checked", "cant_tell"}


def sheet_of(project: Project, query: dict[str, Any], provenance: bool) -> Sheet:
    """Images by row, labels by column, resolved values; unknown is 0. `query` as `checked_query` gives it.

    All marks come from one statement, so the matrix is the state of one moment.
    """
    labels, images, marks = labels_of(project, query), images_of(project, query), marks_of(project, query)
    extras = tuple(query.get("extras", ()))
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
    sheet = Sheet(
        vocabulary(labels),
        rows_of_images(images, project, query, provenance),
        matrix,
        told,
        unsure_cells(project, image_ids, label_ids) & (matrix == 0),
        extras,
        probabilities(project, images, label_ids) if "probability" in extras else None,
    )
    if wanted := query.get("metadata"):
        said = images.values_list("metadata", flat=True)
        sheet = some_rows(sheet, np.array([wanted.items() <= metadata.items() for metadata in said], bool))
    return some_rows(sheet, np.any(sheet.matrix, axis=1)) if query.get("only_known") else sheet


def vocabulary(labels: "QuerySet[Label]") -> list[dict[str, Any]]:
    """What each label is called and means, in column order."""
    fields = ("name", "column", "synonyms", "group", "rule", "rule_version", "colour", "key")
    return list(labels.values(*fields))


def rows_of_images(
    images: "QuerySet[Image]", project: Project, query: dict[str, Any], provenance: bool
) -> list[SheetImage]:
    """Names and hashes in row order, with what formats with provenance write and what was asked for besides."""
    extras, shares = query.get("extras", []), query.get("split", {})
    if not (provenance or extras or shares):
        return [SheetImage(name, sha256) for name, sha256 in images.values_list("file_name", "content_hash")]
    receipts = receipts_of(project) if provenance or RECEIPTS & set(extras) else {}
    fields = ("pk", "file_name", "content_hash", "width", "height", "group_key", "metadata")
    rows = []
    for pk, name, sha256, width, height, group, metadata in images.values_list(*fields):
        seen = receipts.get(pk, {})
        about = {"width": width, "height": height, "group": group, "metadata": metadata, **seen}
        extra = {
            "group": group,
            "checked": BETWEEN.join(one["by"] for one in seen.get("checked", ())),
            "cant_tell": BETWEEN.join(one["label"] for one in seen.get("cant_tell", ())),
            "split": part_of(group, shares) if shares else "",
        }
        if shares:
            about["split"] = extra["split"]
        rows.append(SheetImage(name, sha256, about, extra))
    return rows


def receipts_of(project: Project) -> dict[int, dict[str, list[Any]]]:
    """Image id -> who could not tell which label, and who looked the image through."""
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
    return receipts


def unsure_cells(project: Project, image_ids: Ids, label_ids: Ids) -> NDArray[np.bool_]:
    """Cells of which anybody could not tell, bool [images, labels]."""
    cells = integers(CantTell.objects.filter(project=project).order_by().values_list("image_id", "label_id"), 2)
    unsure = np.zeros((len(image_ids), len(label_ids)), bool)
    rows, columns, _ = placed(image_ids, label_ids, cells)
    unsure[rows, columns] = True
    return unsure


def probabilities(project: Project, images: "QuerySet[Image]", label_ids: Ids) -> NDArray[np.float32]:
    """What the live version says of each cell, float32 [images, labels]; NaN where it says nothing."""
    rows = np.array(images.values_list("row", flat=True), np.int64)
    scores = live_scores(project)
    return np.full((len(rows), len(label_ids)), np.nan, np.float32) if scores is None else scores.table(label_ids, rows)


def some_rows(sheet: Sheet, keep: NDArray[np.bool_]) -> Sheet:
    """Only the pictures that are kept, bool [images]."""
    place = np.cumsum(keep) - 1
    return replace(
        sheet,
        images=list(compress(sheet.images, keep)),
        matrix=sheet.matrix[keep],
        marks=[mark._replace(row=int(place[mark.row])) for mark in sheet.marks if keep[mark.row]],
        unsure=None if sheet.unsure is None else sheet.unsure[keep],
        probability=None if sheet.probability is None else sheet.probability[keep],
    )


def marks_with_provenance(marks: "QuerySet[Mark]", image_ids: Ids, label_ids: Ids) -> list[SheetMark]:
    """The marks of these images and labels with who, when and how; by row, then column."""
    names = people()
    fields = ("image_id", "label_id", "value", "annotator_id", "source", "updated_at", "rule_version")
    found = list(marks.values_list(*fields))
    cells = np.array([mark[:2] for mark in found], np.int64).reshape(-1, 2)
    rows, columns, inside = placed(image_ids, label_ids, cells)
    # An import gives thousands of marks the same moment.
    moment = cache(datetime.isoformat)
    told: Iterable[SheetMark] = (
        SheetMark(row, column, value, names[by], source, moment(at), rule)
        for row, column, (_, _, value, by, source, at, rule) in zip(
            rows.tolist(), columns.tolist(), compress(found, inside), strict=True
        )
    )
    return sorted(told)


def people() -> dict[int, str]:
    """User name of every account."""
    return dict(User.objects.values_list("pk", "username"))
