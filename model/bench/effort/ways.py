"""Ways of finishing a data set, each a simulated annotator at work; what is counted stands in `Ledger`.

Nothing is ever marked that was not shown, except by closing an image or a label, which is its own, counted act and
states what it expects to miss. The annotator answers as `answers` [N, C] says (the truth, with errors if asked for).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from model.active import closing, queue
from model.arrays import F64, I8, I64, Bool
from model.bench.effort.gestures import Gesture, work_on_page
from model.bench.effort.learner import Learner, Photographs

Marks = I8
REFIT_IMAGES = 50
ROWS_WITH_KEYS = 10
"""Labels of the image view that a single key reaches; another one is found by typing: slash, two letters, Enter."""
FIND_ACTIONS = 4
CLOSE_ALL_KEYS = 2
"""Closing what is left of all labels together: ask for the statement, accept it."""
DOUBT_KEYS = 1
"""A doubted mark: one key says that it is right, or turns it round, and goes on to the next."""


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
    doubts: int = 0

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
    """An annotator's project: photographs, answers, marks so far, and which cells were ever shown.

    `answers` are those at first sight, `second` those of a second look; both bool [N, C].
    """

    data: Photographs
    answers: Bool
    second: Bool
    marks: Marks
    shown: Bool
    seed: int = 0
    ledger: Ledger = field(default_factory=Ledger)

    @classmethod
    def open(cls, data: Photographs, error_rate: float = 0.0, seed: int = 0) -> Desk:
        """A project without marks. Each answer is wrong with chance `error_rate`; a second look errs on its own."""
        first, second = (
            (data.truth == 1) ^ (np.random.default_rng([seed, look]).random(data.truth.shape) < error_rate)
            for look in (1, 2)
        )
        empty = np.zeros(data.truth.shape, np.int8)
        return cls(data, first, second, empty, np.zeros(empty.shape, bool), 1000 * seed)

    def see(self, rows: I64, label: int) -> Bool:
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

    def commit_page(self, rows: I64, label: int, cut: int, one_key: bool) -> None:
        """Work on a page of tiles and write it."""
        present = self.see(rows, label)
        self.ledger.gestures(work_on_page(present, cut, one_key))
        self.ledger.pages += 1
        self.marks[rows, label] = np.where(present, 1, -1)

    def look_again(self, image: int, label: int) -> bool:
        """Decide a doubted mark; whether it was right."""
        value = 1 if self.second[image, label] else -1
        right = bool(self.marks[image, label] == value)
        self.marks[image, label] = value
        self.ledger.keys += DOUBT_KEYS
        self.ledger.questions += 1
        self.ledger.doubts += 1
        return right

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


def look_at_image(desk: Desk, image: int, probabilities: F64) -> None:
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


def image_view(desk: Desk, learner: Learner, strategy: queue.Strategy = "order", refit: int = REFIT_IMAGES) -> None:
    """Picture by picture with suggestions, in the order of a queue strategy, refitted now and then."""
    while True:
        images = queue.queue(strategy, learner.probabilities, desk.marks, seed=desk.ledger.pictures)[:refit]
        if not len(images):
            return
        for image in images:
            look_at_image(desk, int(image), learner.probabilities[image])
        desk.note()
        learner.refit(desk.marks, range(desk.marks.shape[1]))


def label_view(
    desk: Desk, learner: Learner, size: int = 60, order: queue.PageOrder = "likeliest", one_key: bool = False
) -> None:
    """Plain label view: label after label, pages of one size, closed when two pages in a row hold nothing."""
    for label in range(desk.marks.shape[1]):
        empty = 0
        while empty < 2 and (desk.marks[:, label] == 0).any():
            rows = queue.page(
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
