"""Is one version better than another? Both are judged on the same cells, which neither was fitted on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.models import Image, ModelVersion, Project, Source
from annotator.queries.blind import blind_cells
from annotator.queries.matrix import mark_matrix
from annotator.queries.suggestions import home_path, open_matrix, scores_of
from model.metrics.average_precision import average_precision
from model.metrics.imputation import enough
from model.metrics.quality import contest
from model.storage.card import read_card

NOISE = 0.02
# People choose what they mark: pages show what a model thinks likely. On voc20 versions that were better on all cells
# still unknown looked up to four points worse on the marks, and the live one stayed for good (docs/effort.md). So marks
# only tell a broken version; blind answers tell a worse one.
BROKEN = 0.1
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
    worse = found.difference.value < -NOISE
    return Comparison(found.first.value, found.second.value, answered, "audit answers", worse)


def by_marks(project: Project, candidate: ModelVersion, live: ModelVersion) -> Comparison | None:
    """Mean average precision over labels on the marks, each scored by both versions without having seen it.

    Worse is only what is worse by BROKEN. Marks made since the live version count too: on those it learned from alone
    it would look better for ever, because its forerunners chose them, and later versions have others to fit as well.
    """
    ours, theirs = unseen(candidate), unseen(live)
    if ours is None or theirs is None:
        return None
    # Labels that came after a version stand behind its own, so its first rows are the labels it was trained with.
    own, other = candidate.score_labels[: len(ours)], live.score_labels[: len(theirs)]
    common = [label for label in own if label in other]
    if not common:
        return None
    width = min(ours.shape[1], theirs.shape[1])
    ours = ours[[own.index(label) for label in common], :width]
    theirs = theirs[[other.index(label) for label in common], :width]
    truth = marks_by_row(project, common, width)
    truth[np.isnan(ours) | np.isnan(theirs)] = 0
    both = (truth == 1).any(1) & (truth == -1).any(1)
    if not both.any():
        return None
    new, old = (average_precision(np.nan_to_num(s[both]).T, truth[both].T) for s in (ours, theirs))
    worse = bool((new - old).mean() < -BROKEN)
    return Comparison(float(new.mean()), float(old.mean()), int(np.count_nonzero(truth)), "held-out marks", worse)


def unseen(version: ModelVersion) -> NDArray[np.float32] | None:
    """Probabilities [labels, image rows] by fits that saw no mark of the picture: held out, or published before it."""
    held, published = held_out(version), scores_of(version)
    if held is None or published is None:
        return None
    out = np.array(published.matrix[: len(held)], np.float32)
    width = min(held.shape[1], out.shape[1])
    part = held[:, :width]
    out[:, :width] = np.where(np.isnan(part), out[:, :width], part)
    return out


def by_cards(candidate: ModelVersion, live: ModelVersion) -> Comparison:
    """What the two trainers measured, each on its own marks: worse only when below the other's interval."""
    own, other = card_map(candidate), card_map(live)
    if own is None or other is None:
        return Comparison(own, other, 0, "no common marks", False)
    low = read_card(live.card)["metrics"]["map_low"]
    return Comparison(own, other, 0, "the cards", own < (other - NOISE if low is None else low))


def card_map(version: ModelVersion) -> float | None:
    """Mean average precision as the trainer measured it."""
    return read_card(version.card)["metrics"]["map"]


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
    usable = Image.objects.filter(project=project, deleted_at=None, flagged="", row__lt=width)
    pairs = list(usable.values_list("pk", "row"))
    matrix = mark_matrix(project.pk, np.array([pk for pk, _ in pairs], np.int64), np.array(labels), JUDGED_BY)
    placed = np.zeros((len(labels), width), np.int8)
    placed[:, [row for _, row in pairs]] = matrix.T
    return placed
