"""Is one version better than another? Both are judged on the same cells, which neither was fitted on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.models import Image, ModelVersion, Project, Source
from annotator.queries.blind import blind_cells
from annotator.queries.matrix import mark_matrix
from annotator.queries.suggestions import home_path, open_matrix, scores_of
from model.completion import contest, enough
from model.metrics import average_precision

# A difference smaller than this is noise whatever the number of labels; a single label swings more than many.
NOISE = 0.005
NOISE_OF_ONE_LABEL = 0.02
JUDGED_BY = (Source.HUMAN, Source.IMPORTED, Source.ACCEPTED, Source.PAGE, Source.CLOSED, Source.AUDIT)


@dataclass(frozen=True)
class Comparison:
    """Mean average precision of a candidate and of the live version on `cells` common cells."""

    candidate: float | None
    live: float | None
    cells: int
    source: str
    worse: bool


def compare(project: Project, candidate: ModelVersion, live: ModelVersion | None) -> Comparison:
    """Judge on blind audit answers where there are enough, else on held-out marks, else by the two cards."""
    own = card_map(candidate)
    if live is None:
        return Comparison(own, None, 0, "nothing was live", False)
    return by_audit(project, candidate, live) or by_marks(project, candidate, live) or by_cards(candidate, live)


def by_audit(project: Project, candidate: ModelVersion, live: ModelVersion) -> Comparison | None:
    """Mean average precision over all cells that neither learned from, as blind answers tell it; None if too few."""
    ours, theirs = scores_of(candidate), scores_of(live)
    if ours is None or theirs is None:
        return None
    cells, other = blind_cells(project, ours, theirs)
    if not enough(cells):
        return None
    found = contest(cells, other)
    if not np.isfinite(found.difference.value):
        return None
    answered = int(np.count_nonzero(cells.values))
    worse = found.difference.value < -NOISE_OF_ONE_LABEL
    return Comparison(found.first.value, found.second.value, answered, "audit answers", worse)


def by_marks(project: Project, candidate: ModelVersion, live: ModelVersion) -> Comparison | None:
    """Mean average precision over labels on the marks that both versions scored without having seen them."""
    ours, theirs = held_out(candidate), held_out(live)
    if ours is None or theirs is None:
        return None
    # Labels that came after a version stand behind its own, so its first rows are the labels it was trained with.
    own, other = candidate.score_labels[: len(ours)], live.score_labels[: len(theirs)]
    common = [label for label in own if label in other]
    if not common:
        return None
    width = min(ours.shape[1], theirs.shape[1])
    ours = ours[[own.index(label) for label in common], :width].astype(np.float32)
    theirs = theirs[[other.index(label) for label in common], :width].astype(np.float32)
    truth = marks_by_row(project, common, width)
    truth[np.isnan(ours) | np.isnan(theirs)] = 0
    both = (truth == 1).any(1) & (truth == -1).any(1)
    if not both.any():
        return None
    new, old = (average_precision(np.nan_to_num(s[both]).T, truth[both].T) for s in (ours, theirs))
    difference = new - old
    few = len(difference) == 1
    noise = NOISE_OF_ONE_LABEL if few else max(NOISE, float(difference.std(ddof=1) / np.sqrt(len(difference))))
    worse = bool(difference.mean() < -noise)
    return Comparison(float(new.mean()), float(old.mean()), int(np.count_nonzero(truth)), "held-out marks", worse)


def by_cards(candidate: ModelVersion, live: ModelVersion) -> Comparison:
    """What the two trainers measured, each on its own marks: worse only when below the other's interval."""
    own, other = card_map(candidate), card_map(live)
    if own is None or other is None:
        return Comparison(own, other, 0, "no common marks", False)
    low = live.card.get("metrics", {}).get("map_low")
    return Comparison(own, other, 0, "the cards", own < (other - NOISE_OF_ONE_LABEL if low is None else low))


def card_map(version: ModelVersion) -> float | None:
    """Mean average precision as the trainer measured it."""
    value = version.card.get("metrics", {}).get("map")
    return None if value is None else float(value)


def held_out(version: ModelVersion) -> NDArray[np.float16] | None:
    """Out-of-fold probabilities [labels, image rows], NaN where there are none. A model without marks saw nothing."""
    if version.method == "prior":
        return open_matrix(str(home_path(version.scores_file))) if version.scores_file else None
    path = home_path(version.directory) / "heldout.npy"
    if not path.exists():
        return None
    return open_matrix(str(path))


def marks_by_row(project: Project, labels: list[int], width: int) -> NDArray[np.int8]:
    """The project's marks that may judge a model, int8 [labels, image rows]."""
    pairs = list(Image.objects.filter(project=project, deleted_at=None, row__lt=width).values_list("pk", "row"))
    matrix = mark_matrix(project.pk, np.array([pk for pk, _ in pairs], np.int64), np.array(labels), JUDGED_BY)
    placed = np.zeros((len(labels), width), np.int8)
    placed[:, [row for _, row in pairs]] = matrix.T
    return placed
