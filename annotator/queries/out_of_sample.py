"""What the live version said of cells before anybody marked them: the evidence behind what closing states.

A probability counts as evidence only when the model had not seen the cell. Marks keep the one of that moment
(`MarkEvent.probability`); those made before Tern kept it, and imported ones, are judged by fits without their image.
"""

from functools import lru_cache

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from annotator.models import MarkEvent, ModelVersion, Project, Source
from annotator.queries.matrix import integers, placed
from annotator.queries.state import state_of
from annotator.queries.suggestions import home_path, open_matrix
from annotator.sql.quick import fetch
from annotator.sql.rows import rows_of
from model.storage.card import read_card

LIVE = "WHERE id = (SELECT live_version_id FROM annotator_project WHERE id = %s)"
ROWS = "SELECT id, row FROM annotator_image WHERE id IN %s"
KEPT = """
SELECT e.id, e.image_id, e.label_id, e.probability FROM annotator_markevent e
WHERE e.project_id = %s AND e.probability IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM annotator_markevent c WHERE c.image_id = e.image_id AND c.label_id = e.label_id AND c.source = %s)
"""
LOOKED_AT = (Source.HUMAN, Source.ACCEPTED, Source.PAGE, Source.AUDIT)
"""Ways of marking in which somebody looked at the cell."""
VERSIONS_IN_MEMORY = 32


@lru_cache(maxsize=VERSIONS_IN_MEMORY)
def learned(version: int) -> frozenset[int]:
    """Labels of which a version knew a positive; of the others it speaks by the name alone, which is no evidence."""
    card = ModelVersion.objects.values_list("card", flat=True).get(pk=version)
    return frozenset(entry["id"] for entry in read_card(card)["labels"] if entry["positives"])


def probabilities_before(project_id: int, cells: list[tuple[int, int]]) -> list[float | None]:
    """For each cell (image id, label id): what the live version says of it, None where that is no evidence."""
    nothing: list[float | None] = [None] * len(cells)
    found = rows_of(ModelVersion, LIVE, project_id, only=("id", "scores_file", "score_labels")) if cells else []
    live = found[0] if found else None
    if live is None or not live.scores_file or learned(live.pk).isdisjoint(label for _, label in cells):
        return nothing
    try:
        scores = open_matrix(str(home_path(live.scores_file)))
    except FileNotFoundError:  # A newer revision took its place just now; these few cells go without.
        return nothing
    row_of = dict(fetch(ROWS, {image for image, _ in cells}))
    place = {label: at for at, label in enumerate(live.score_labels) if label in learned(live.pk)}
    said = [
        float(scores[place[label], row_of[image]]) if label in place and row_of[image] < scores.shape[1] else np.nan
        for image, label in cells
    ]
    return [p if np.isfinite(p) else None for p in said]


def answers(
    project: Project, labels: list[int], blind: NDArray[np.float16]
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Probabilities of answered cells before they were learned (NaN: no evidence), and the answers as they are now.

    Both [labels, image rows]. `blind` [labels, rows of the version] are out-of-fold probabilities of known cells. What
    became absent by closing was never looked at and is no evidence.
    """
    state = state_of(project)
    with state.lock:
        ids, values = state.ids.copy(), np.zeros((len(labels), len(state.ids)), np.int8)
        for place, label in enumerate(labels):
            if label in state.column_of:
                values[place] = state.values[:, state.column_of[label]]
    width = min(blind.shape[1], len(ids))
    said = np.full(values.shape, np.nan)
    said[:, :width] = blind[:, :width]
    kept = np.array(fetch(KEPT, project.pk, Source.CLOSED.value), dtype=np.float64).reshape(-1, 4)
    silent = Q(source=Source.CLOSED)
    if len(kept):
        # From the first kept one on, a mark without a probability was asked by its label's name, or a second time.
        silent |= Q(pk__gt=int(kept[:, 0].min())) & ~Q(source=Source.IMPORTED)
    without = MarkEvent.objects.filter(silent, project=project).order_by().values_list("image_id", "label_id")
    columns = np.array(labels, np.int64)
    for cells, told in ((integers(without, 2), np.nan), (kept[:, 1:3].astype(np.int64), kept[:, 3])):
        rows, at, inside = placed(ids, columns, cells)
        said[at, rows] = np.broadcast_to(told, len(cells))[inside]
    return said, values
