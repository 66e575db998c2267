"""Lists of images by label, state, score and name. Worked out on arrays: a million images are one mask and one sort."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.errors import Invalid, NotFound
from annotator.models import CantTell, Image, Project
from annotator.queries.images import brief, last_versions
from annotator.queries.state import State, state_of
from annotator.queries.suggestions import column_of, live_scores

STATES = {"present": 1, "absent": -1, "unknown": 0}


@dataclass(frozen=True)
class Wanted:
    """A query over images; every part narrows it."""

    label: int | None = None
    state: str | None = None
    min_score: float | None = None
    max_score: float | None = None
    search: str = ""
    flagged: bool | None = None
    order: str = "row"
    limit: int = 30
    cursor: str = ""


def list_images(project: Project, wanted: Wanted) -> dict[str, Any]:
    """One page: {"results": [brief with score, value and version for the label], "next": cursor, "previous": cursor}.

    A cursor names the image it stands at, not a number of images: pages stay right while images are added.
    """
    state = state_of(project)
    scores = live_scores(project)
    if wanted.label is not None and wanted.label not in state.column_of:
        raise NotFound(f"There is no label {wanted.label} in this project.")
    if wanted.label is None and (wanted.state or wanted.order != "row" or has_range(wanted)):
        raise Invalid("'state', 'order' by score and score ranges are of one label.", {"label": ["Name a label."]})
    with state.lock:
        score = column_of(scores, wanted.label or 0, len(state.ids))
        rows = np.flatnonzero(mask(project, state, score, wanted))
        keys = sort_keys(score, wanted.order)[rows]
        order = np.lexsort((rows, keys))
        page, following, preceding = cut(rows[order], keys[order], wanted)
        values = state.values[page, state.column_of[wanted.label]] if wanted.label is not None else None
    return {
        "next": following,
        "previous": preceding,
        "results": briefs(project, page, state, score, values, wanted.label),
    }


def has_range(wanted: Wanted) -> bool:
    """Whether a score range was asked for."""
    return wanted.min_score is not None or wanted.max_score is not None


def mask(project: Project, state: State, score: NDArray[np.float32], wanted: Wanted) -> NDArray[np.bool_]:
    """Which image rows the query means, bool [N]."""
    if wanted.flagged is None:
        found = state.usable.copy()
    else:
        chosen = Image.objects.filter(project=project, deleted_at=None)
        found = of_rows(state, chosen.exclude(flagged="") if wanted.flagged else chosen.filter(flagged=""))
    if wanted.label is not None and wanted.state == "cant_tell":
        cells = CantTell.objects.filter(label_id=wanted.label)
        found &= of_rows(state, Image.objects.filter(pk__in=cells.values("image_id")))
    elif wanted.label is not None and wanted.state:
        found &= state.values[:, state.column_of[wanted.label]] == STATES[wanted.state]
    if wanted.min_score is not None:
        found &= np.nan_to_num(score, nan=-1.0) >= wanted.min_score
    if wanted.max_score is not None:
        found &= np.nan_to_num(score, nan=2.0) <= wanted.max_score
    if wanted.search:
        found &= of_rows(state, Image.objects.filter(project=project, file_name__icontains=wanted.search))
    return found


def of_rows(state: State, images: Any) -> NDArray[np.bool_]:
    """The images of a queryset as a mask over rows, bool [N]."""
    found = np.zeros(len(state.ids), bool)
    rows = np.fromiter(images.order_by().values_list("row", flat=True), np.int64)
    found[rows[rows < len(found)]] = True
    return found


def sort_keys(score: NDArray[np.float32], order: str) -> NDArray[np.float64]:
    """What to sort by, ascending, float64 [N]; images without a score come last."""
    if order == "row":
        return np.arange(len(score), dtype=np.float64)
    if order == "score":
        return np.nan_to_num(-score.astype(np.float64), nan=1.0)
    return np.nan_to_num(np.abs(score.astype(np.float64) - 0.5), nan=1.0)


def cut(
    rows: NDArray[np.int64], keys: NDArray[np.float64], wanted: Wanted
) -> tuple[NDArray[np.int64], str | None, str | None]:
    """One page of the sorted rows, the cursor of the next page and that of the previous one."""
    start = 0
    if wanted.cursor:
        forward, key, row = read_cursor(wanted.cursor)
        # Sorted by (key, row): everything before the cursor's image is smaller in that order.
        at = int(((keys < key) | ((keys == key) & (rows < row))).sum())
        start = at if forward else max(0, at - wanted.limit)
    stop = min(start + wanted.limit, len(rows))
    following = write_cursor(True, keys[stop], rows[stop]) if stop < len(rows) else None
    preceding = write_cursor(False, keys[start], rows[start]) if 0 < start < len(rows) else None
    return rows[start:stop], following, preceding


def write_cursor(forward: bool, key: float, row: int) -> str:
    """A cursor as text for an address."""
    return base64.urlsafe_b64encode(json.dumps([forward, float(key), int(row)]).encode()).decode()


def read_cursor(text: str) -> tuple[bool, float, int]:
    """What a cursor says; Invalid when it is none of ours."""
    try:
        forward, key, row = json.loads(base64.urlsafe_b64decode(text.encode()))
        return bool(forward), float(key), int(row)
    except (ValueError, TypeError, OverflowError, binascii.Error) as error:
        raise Invalid("Follow 'next' and 'previous' as they are.", {"cursor": ["This is no cursor."]}) from error


def briefs(
    project: Project,
    rows: NDArray[np.int64],
    state: State,
    score: NDArray[np.float32],
    values: NDArray[np.int8] | None,
    label: int | None,
) -> list[dict[str, Any]]:
    """The rows of a page as the API shows them."""
    ids = state.ids[rows].tolist()
    images = {image.pk: image for image in Image.objects.filter(pk__in=ids)}
    versions = last_versions(ids) if label is not None else {}
    found = []
    for place, (row, pk) in enumerate(zip(rows.tolist(), ids, strict=True)):
        entry = brief(project.pk, images[pk])
        known = label is not None and score[row] == score[row]
        entry["score"] = round(float(score[row]), 4) if known else None
        entry["value"] = int(values[place]) if values is not None else None
        entry["version"] = versions.get((pk, label), 0) if label is not None else None
        found.append(entry)
    return found
