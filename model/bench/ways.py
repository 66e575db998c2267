"""Ways of finishing a data set, each a simulated annotator at work; what is counted stands in `Ledger`.

Nothing is ever marked that was not shown, except by closing an image or a label, which is its own, counted act and
states what it expects to miss. The annotator answers as `answers` [N, C] says (the truth, with errors if asked for).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from model import choose, closing
from model.bench.gestures import Gesture, work_on_page
from model.bench.learner import Learner, Photographs

Marks = NDArray[np.int8]
REFIT_OTHERS = 10
"""Pages after which labels other than the page's own are refitted too (the application's batch of marks)."""
REFIT_IMAGES = 50
ROWS_WITH_KEYS = 10
"""Labels of the image view that a single key reaches; another one is found by typing: slash, two letters, Enter."""
FIND_ACTIONS = 4
CLOSE_ALL_KEYS = 2
"""Closing what is left of all labels together: ask for the statement, accept it."""


@dataclass(frozen=True)
class Closing:
    """A label closed early: what was stated and what was really missed."""

    label: int
    found: int
    stated: closing.Estimate
    missed: int


@dataclass
class Ledger:
    """Actions by kind, tiles and pictures looked at, and the curve of positives found."""

    keys: int = 0
    clicks: int = 0
    tiles: int = 0
    pictures: int = 0
    pages: int = 0
    questions: int = 0
    curve: list[dict[str, float]] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    together: closing.Estimate | None = None

    @property
    def actions(self) -> int:
        """Key presses and button presses together."""
        return self.keys + self.clicks

    def gestures(self, done: list[Gesture]) -> None:
        """Count what was done on a page."""
        self.clicks += sum(g.clicks for g in done)
        self.keys += sum(g.actions - g.clicks for g in done)


@dataclass
class Desk:
    """An annotator's project: photographs, answers, marks so far, and which cells were ever shown."""

    data: Photographs
    answers: NDArray[np.bool_]
    marks: Marks
    shown: NDArray[np.bool_]
    seed: int = 0
    ledger: Ledger = field(default_factory=Ledger)

    @classmethod
    def open(cls, data: Photographs, error_rate: float = 0.0, seed: int = 0) -> Desk:
        """A project without marks. Each answer is wrong with chance `error_rate`, the same whenever it is asked."""
        wrong = np.random.default_rng([seed, 1]).random(data.truth.shape) < error_rate
        empty = np.zeros(data.truth.shape, np.int8)
        return cls(data, (data.truth == 1) ^ wrong, empty, np.zeros(empty.shape, bool), 1000 * seed)

    def see(self, rows: NDArray[np.int64], label: int) -> NDArray[np.bool_]:
        """Answers of tiles that are now looked at."""
        self.shown[rows, label] = True
        self.ledger.tiles += len(rows)
        return self.answers[rows, label]

    def score(self) -> dict[str, float]:
        """Recall and precision of positives against the truth (unmarked counts as not found)."""
        told, truth = self.marks == 1, self.data.truth
        right = int((told & (truth == 1)).sum())
        return {
            "recall": right / max(int((truth == 1).sum()), 1),
            "precision": right / max(int((told & (truth != 0)).sum()), 1),
        }

    def note(self) -> None:
        """Add a point to the curve."""
        ledger = self.ledger
        point = {"actions": ledger.actions, "keys": ledger.keys, "clicks": ledger.clicks, "tiles": ledger.tiles}
        point |= {"pictures": ledger.pictures, "pages": ledger.pages, "questions": ledger.questions}
        ledger.curve.append(point | self.score())

    def commit_page(self, rows: NDArray[np.int64], label: int, cut: int, one_key: bool) -> None:
        """Work on a page of tiles and write it."""
        present = self.see(rows, label)
        self.ledger.gestures(work_on_page(present, cut, one_key))
        self.ledger.pages += 1
        self.marks[rows, label] = np.where(present, 1, -1)

    def close(self, label: int, stated: closing.Estimate, keys: int = 1) -> None:
        """Close a label: every unknown cell becomes absent."""
        rest = self.marks[:, label] == 0
        missed = int((rest & (self.data.truth[:, label] == 1)).sum())
        found = int((self.marks[:, label] == 1).sum())
        self.ledger.closings.append(Closing(label, found, stated, missed))
        self.ledger.keys += keys
        self.marks[rest, label] = -1

    def close_all(self, each: dict[int, closing.Estimate], together: closing.Estimate) -> None:
        """Close what is left of all labels in one act, each with its own stated number."""
        for label, stated in each.items():
            self.close(label, stated, keys=0)
        self.ledger.together = together
        self.ledger.keys += CLOSE_ALL_KEYS


def every_cell(desk: Desk) -> None:
    """Each image and label is asked alone and answered with one key."""
    n, labels = desk.marks.shape
    for image in range(n):
        desk.shown[image] = True
        desk.marks[image] = np.where(desk.answers[image], 1, -1)
        desk.ledger.keys += labels
        desk.ledger.questions += labels
        if image % 50 == 0 or image == n - 1:
            desk.note()


def ticking(desk: Desk) -> None:
    """Image by image, as other tools have it: one click for each positive, one key for the next image."""
    n = len(desk.marks)
    for image in range(n):
        desk.shown[image] = True
        desk.marks[image] = np.where(desk.answers[image], 1, -1)
        desk.ledger.clicks += int(desk.answers[image].sum())
        desk.ledger.keys += 1
        desk.ledger.pictures += 1
        if image % 50 == 0 or image == n - 1:
            desk.note()


def look_at_image(desk: Desk, image: int, probabilities: NDArray[np.float64]) -> None:
    """One picture of the image view: accept what is suggested, correct it, close the rest, and be on the next.

    Enter when anything is suggested, one key for each wrong suggestion and for each missing label among the likeliest
    ROWS_WITH_KEYS, FIND_ACTIONS for a missing label further down, and C, which closes and moves on.
    """
    open_ = desk.marks[image] == 0
    suggested = open_ & (probabilities >= 0.5)
    present = open_ & desk.answers[image]
    rows = np.argsort(-np.where(open_ & ~suggested, probabilities, -1.0), kind="stable")[:ROWS_WITH_KEYS]
    near = np.zeros(len(present), bool)
    near[rows] = True
    missing = present & ~suggested
    desk.ledger.keys += int(suggested.any()) + int((suggested & ~present).sum()) + 1
    desk.ledger.keys += int((missing & near).sum()) + FIND_ACTIONS * int((missing & ~near).sum())
    desk.ledger.pictures += 1
    desk.shown[image] = True
    desk.marks[image, open_] = np.where(present[open_], 1, -1)


def image_view(desk: Desk, learner: Learner, strategy: choose.Strategy = "order", refit: int = REFIT_IMAGES) -> None:
    """Picture by picture with suggestions, in the order of a queue strategy, refitted now and then."""
    while True:
        queue = choose.queue(strategy, learner.probabilities, desk.marks, seed=desk.ledger.pictures)[:refit]
        if not len(queue):
            return
        for image in queue:
            look_at_image(desk, int(image), learner.probabilities[image])
        desk.note()
        learner.refit(desk.marks, range(desk.marks.shape[1]))


def label_view(
    desk: Desk, learner: Learner, size: int = 60, order: choose.PageOrder = "likeliest", one_key: bool = False
) -> None:
    """Plain label view: label after label, pages of one size, closed when two pages in a row hold nothing."""
    for label in range(desk.marks.shape[1]):
        empty = 0
        while empty < 2 and (desk.marks[:, label] == 0).any():
            rows = choose.page(
                learner.probabilities[:, label], desk.marks[:, label], size, order, seed=desk.ledger.pages
            )
            cut = closing.cut_index(learner.probabilities[rows, label])
            desk.commit_page(rows, label, cut, one_key)
            empty = 0 if (desk.marks[rows, label] == 1).any() else empty + 1
            learner.refit(desk.marks, [label])
            desk.note()
        if (desk.marks[:, label] == 0).any():
            desk.close(label, closing.positives_left(learner.probabilities[desk.marks[:, label] == 0, label]), keys=2)
    desk.note()


@dataclass
class Evidence:
    """Answers with the probabilities their cells had before they were learned: what closings stand on."""

    probabilities: list[NDArray[np.float64]] = field(default_factory=list)
    answers: list[Marks] = field(default_factory=list)
    labels: list[NDArray[np.int64]] = field(default_factory=list)

    def add(self, probabilities: NDArray[np.float64], answers: Marks, label: int) -> None:
        """A page of one label."""
        self.probabilities.append(probabilities)
        self.answers.append(answers)
        self.labels.append(np.full(len(answers), label))

    def tail(self, tops: NDArray[np.float64]) -> closing.Tail:
        """How far small probabilities can be believed; `tops` [C] as in `closing.learn_tail`."""
        if not self.labels:
            return closing.learn_tail([], [], [], tops)
        said, answers = np.concatenate(self.probabilities), np.concatenate(self.answers)
        return closing.learn_tail(said, answers, np.concatenate(self.labels), tops)


def mix(
    desk: Desk,
    learner: Learner,
    risk: float = closing.ACCEPTED_RISK_TOGETHER,
    least: int = choose.LEAST_TILES,
    most: int = choose.MOST_TILES,
    one_key: bool = True,
    order: choose.PageOrder = "score",
) -> None:
    """What Tern recommends: the view that is expected to cost less, the page that brings most for each action.

    Ends when all labels together are expected to hide no more than `risk` of all positives; they are then closed in
    one act, each with its own stated number. Pages of a label of which no positive was known were predicted by its
    name alone and are no evidence.
    """
    evidence = Evidence()
    while (plan := choose.next_page(learner.probabilities, desk.marks, least, most)) is not None:
        unknown = desk.marks == 0
        if choose.recommended_view(learner.probabilities, desk.marks) == "image":
            image_round(desk, learner)
            continue
        if not unknown.all(0).any():
            each, together = what_is_left(desk, learner, evidence)
            if together.value <= risk * (int((desk.marks == 1).sum()) + together.value):
                desk.close_all(each, together)
                break
        label = plan.label
        known = (desk.marks[:, label] == 1).any()
        rows = choose.page(
            learner.probabilities[:, label], desk.marks[:, label], plan.size, order, seed=desk.seed + desk.ledger.pages
        )
        before = learner.probabilities[rows, label].copy()
        desk.commit_page(rows, label, closing.cut_index(before), one_key)
        if known:
            evidence.add(before, desk.marks[rows, label], label)
        learner.refit(desk.marks, [label])
        if desk.ledger.pages % REFIT_OTHERS == 0:
            learner.refit(desk.marks, np.flatnonzero((desk.marks == 0).any(0)))
        desk.note()
    desk.note()


def what_is_left(
    desk: Desk, learner: Learner, evidence: Evidence
) -> tuple[dict[int, closing.Estimate], closing.Estimate]:
    """Positives that labels with unknown cells are expected to hide, each and all together."""
    unknown = desk.marks == 0
    left = {int(k): learner.probabilities[unknown[:, k], k] for k in np.flatnonzero(unknown.any(0))}
    return closing.all_left(left, evidence.tail((learner.probabilities * unknown).max(0)), seed=desk.seed)


def image_round(desk: Desk, learner: Learner) -> None:
    """A few pictures of the image view, then a refit."""
    for image in choose.queue("informative", learner.probabilities, desk.marks)[:REFIT_IMAGES]:
        look_at_image(desk, int(image), learner.probabilities[image])
    learner.refit(desk.marks, range(desk.marks.shape[1]))
    desk.note()
