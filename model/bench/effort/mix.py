"""What Tern recommends, as a simulated annotator works it: pages, a second look at doubts, closing in one act.

Closings stand on answers with the probabilities their cells had before they were learned; marks that a second look
changed or confirmed say so (`model.active.rare`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from model.active import closing, queue
from model.active.doubts import doubts
from model.active.rare import Recalibration, learn_recalibration
from model.arrays import F64, I64, Bool
from model.bench.effort.doubts import out_of_fold
from model.bench.effort.learner import Learner
from model.bench.effort.ways import REFIT_IMAGES, Desk, look_at_image

REFIT_OTHERS = 10
"""Pages after which labels other than the page's own are refitted too (the application's batch of marks)."""
RIGHT_IN_A_ROW = 5
"""Doubted marks confirmed one after the other, the most doubtful first, after which the list is left."""
NEARLY = 2.0
"""Doubts are first looked through when the model alone expects so many times the accepted risk to be left."""


@dataclass
class Evidence:
    """Cells answered on pages, with the probability each had before it was learned."""

    probabilities: list[F64] = field(default_factory=list)
    rows: list[I64] = field(default_factory=list)
    labels: list[I64] = field(default_factory=list)

    def add(self, probabilities: F64, rows: I64, label: int) -> None:
        """A page of one label."""
        self.probabilities.append(probabilities)
        self.rows.append(rows)
        self.labels.append(np.full(len(rows), label))

    def tail(self, desk: Desk, tops: F64) -> Recalibration:
        """How far small probabilities can be believed, by the marks as they are now; `tops` [C] as in `rare`."""
        if not self.labels:
            return learn_recalibration([], [], [], tops)
        cells = np.concatenate(self.rows), np.concatenate(self.labels)
        return learn_recalibration(np.concatenate(self.probabilities), desk.marks[cells], cells[1], tops)


def mix(
    desk: Desk,
    learner: Learner,
    risk: float = closing.ACCEPTED_RISK_TOGETHER,
    least: int = queue.LEAST_TILES,
    most: int = queue.MOST_TILES,
    one_key: bool = True,
    order: queue.PageOrder = "score",
    doubting: bool = True,
) -> None:
    """The view that is expected to cost less, the page that brings most for each action, doubts, closing.

    Doubts are looked through when little is left, again every REFIT_OTHERS pages while some are found wrong, and then
    once more before closing. All labels are closed in one act, each with its own stated number, when together they are
    expected to hide no more than `risk` of all positives. Pages of a label of which no positive was known were
    predicted by its name alone and are no evidence.
    """
    evidence, doubter = Evidence(), Doubter(desk, learner)
    while (plan := queue.next_page(learner.probabilities, desk.marks, least, most)) is not None:
        unknown = desk.marks == 0
        if queue.recommended_view(learner.probabilities, desk.marks) == "image":
            image_round(desk, learner)
            continue
        if not unknown.all(0).any():
            nearly = hidden_share(desk, float((learner.probabilities * unknown).sum())) <= NEARLY * risk
            if doubting and nearly and doubter.due(REFIT_OTHERS):
                doubter.look()
            stated = closable(desk, learner, evidence, risk)
            if stated and doubting and doubter.due(1):
                doubter.look()
                stated = closable(desk, learner, evidence, risk)
            if stated:
                desk.close_all(*stated)
                break
        label = plan.label
        known = (desk.marks[:, label] == 1).any()
        rows = queue.page(
            learner.probabilities[:, label], desk.marks[:, label], plan.size, order, seed=desk.seed + desk.ledger.pages
        )
        before = learner.probabilities[rows, label].copy()
        desk.commit_page(rows, label, closing.cut_index(before), one_key)
        if known:
            evidence.add(before, rows, label)
        learner.refit(desk.marks, [label])
        if desk.ledger.pages % REFIT_OTHERS == 0:
            learner.refit(desk.marks, np.flatnonzero((desk.marks == 0).any(0)))
        desk.note()
    desk.note()


def unknown_of(desk: Desk, learner: Learner) -> dict[int, F64]:
    """Probabilities of the unknown cells of each label that has some."""
    unknown = desk.marks == 0
    return {int(k): learner.probabilities[unknown[:, k], k] for k in np.flatnonzero(unknown.any(0))}


def closable(
    desk: Desk, learner: Learner, evidence: Evidence, risk: float
) -> tuple[dict[int, closing.Estimate], closing.Estimate] | None:
    """Positives that labels are expected to hide, each and together, if these are at most `risk` of all; else None."""
    left = unknown_of(desk, learner)
    tail = evidence.tail(desk, (learner.probabilities * (desk.marks == 0)).max(0))
    # Doubt about the tail only adds to this, and drawing it takes a hundred times as long.
    least = sum(float(tail.apply(p, label).sum()) for label, p in left.items())
    if hidden_share(desk, least) > risk:
        return None
    each, together = closing.all_left(left, tail, seed=desk.seed)
    return (each, together) if hidden_share(desk, together.value) <= risk else None


def hidden_share(desk: Desk, left: float) -> float:
    """Share of all positives that `left` expected ones are."""
    return left / max(int((desk.marks == 1).sum()) + left, 1e-9)


@dataclass
class Doubter:
    """Second looks at doubted marks: `again` [N, C] which were looked at, `pages` when, `wrong` how many were then."""

    desk: Desk
    learner: Learner
    again: Bool = field(init=False)
    pages: int = -1
    wrong: int = 0

    def __post_init__(self) -> None:
        self.again = np.zeros(self.desk.marks.shape, bool)

    def due(self, after: int) -> bool:
        """Whether none was made yet, or the last one found wrong marks and was `after` pages ago."""
        return self.pages < 0 or (self.wrong > 0 and self.desk.ledger.pages - self.pages >= after)

    def look(self) -> None:
        """Look at doubts from the most doubtful down until RIGHT_IN_A_ROW were right; then refit what changed."""
        desk, data = self.desk, self.learner.data
        folds = out_of_fold(data, desk.marks, desk.seed, folds=3)
        found = doubts(np.where(desk.marks == 0, np.nan, folds), desk.marks, data.pooled)
        changed, confirmed, self.wrong = set[int](), 0, 0
        for one in found:
            if confirmed == RIGHT_IN_A_ROW:
                break
            if self.again[one.image, one.label]:
                continue
            self.again[one.image, one.label] = True
            if desk.look_again(one.image, one.label):
                confirmed += 1
            else:
                confirmed, self.wrong = 0, self.wrong + 1
                changed.add(one.label)
        self.pages = desk.ledger.pages
        self.learner.refit(desk.marks, sorted(changed))
        desk.note()


def image_round(desk: Desk, learner: Learner) -> None:
    """A few pictures of the image view, then a refit."""
    for image in queue.queue("informative", learner.probabilities, desk.marks)[:REFIT_IMAGES]:
        look_at_image(desk, int(image), learner.probabilities[image])
    learner.refit(desk.marks, range(desk.marks.shape[1]))
    desk.note()
