"""The effort benchmark counts what a hand really does, and never marks what was not shown."""

import numpy as np
import pytest

from model.bench.effort import mix, ways
from model.bench.effort.gestures import Gesture, best_cut, replay, work_on_page
from model.bench.effort.learner import Learner, Photographs
from model.bench.effort.seconds import seconds
from model.bench.effort.simulation import simulate


@pytest.fixture(scope="module")
def small() -> Photographs:
    """Sixty images and four labels, each with a direction of its own and a name that is half right."""
    rng = np.random.default_rng(3)
    truth = np.where(rng.random((60, 4)) < [0.5, 0.2, 0.1, 0.05], 1, -1).astype(np.int8)
    truth[0] = 1
    truth[1, 2] = 0
    vectors = rng.normal(0, 0.25, (60, 4, 6))
    vectors[:, :, 0] += truth * 0.4
    zero_shot = truth * 0.7 + rng.normal(0, 0.7, truth.shape)
    return Photographs(
        "small",
        ["a", "b", "c", "d"],
        vectors.astype(np.float16),
        zero_shot.astype(np.float32),
        vectors[:, 0].astype(np.float32),
        truth,
    )


def test_a_right_suggestion_costs_one_key() -> None:
    assert work_on_page([1, 1, 0, 0], 2) == [Gesture("commit", 2)]


def test_one_key_moves_the_cut_line_and_commits() -> None:
    assert work_on_page([1, 1, 1, 0, 0], 1) == [Gesture("commit_at", 3)]
    assert [g.kind for g in work_on_page([1, 1, 1, 0, 0], 1, one_key=False)] == ["cut", "commit"]


def test_a_single_exception_is_a_click_and_a_run_of_three_is_a_range() -> None:
    assert [g.kind for g in work_on_page([1, 1, 0, 0, 1, 0], 2)] == ["flip", "commit"]
    gestures = work_on_page([0, 0, 0, 1, 1, 1, 1, 1], 8)
    assert [g.kind for g in gestures] == ["range", "commit"]
    assert sum(g.actions for g in gestures) == 3


@pytest.mark.parametrize("one_key", [True, False])
def test_replayed_gestures_write_the_truth_with_the_actions_that_were_counted(one_key: bool) -> None:
    rng = np.random.default_rng(0)
    for _ in range(500):
        n = int(rng.integers(1, 25))
        present = rng.random(n) < np.linspace(0.9, 0.1, n)
        suggested = int(rng.integers(0, n + 1))
        gestures = work_on_page(present, suggested, one_key)
        assert replay(n, suggested, gestures).tolist() == present.tolist()
        cut, costs = best_cut(present)
        least = costs[cut] if one_key else min(costs[suggested], 1 + costs[cut])
        assert sum(g.actions for g in gestures) == 1 + least


def test_ticking_costs_positives_and_one_next_each_and_every_cell_one_key_each(small: Photographs) -> None:
    ticked = simulate(ways.ticking, small, 0.0, 0)
    assert ticked["actions"] == (small.truth == 1).sum() + 60
    assert (ticked["recall"], ticked["precision"]) == (1, 1)
    assert simulate(ways.every_cell, small, 0.0, 0)["actions"] == 240


WAYS = {
    "image": lambda desk: ways.image_view(desk, Learner(desk.data), refit=20),
    "label": lambda desk: ways.label_view(desk, Learner(desk.data), size=8),
    "mix": lambda desk: mix.mix(desk, Learner(desk.data), risk=0.1, least=5, most=12),
}


@pytest.mark.parametrize("name", WAYS)
def test_no_cell_is_called_present_that_was_not_shown_and_unseen_absents_are_stated_closings(
    small: Photographs, name: str
) -> None:
    desk = ways.Desk.open(small)
    WAYS[name](desk)
    assert not ((desk.marks == 1) & ~desk.shown).any()
    assert (desk.marks != 0).all()
    unseen = set(np.nonzero(~desk.shown)[1].tolist())
    assert unseen <= {c.label for c in desk.ledger.closings}
    missed = ((small.truth == 1) & (desk.marks == -1)).sum()
    assert missed == sum(c.missed for c in desk.ledger.closings)
    assert desk.score()["precision"] == 1


class Perfect(Learner):
    """It knows all there is to know, so it learns nothing more."""

    def refit(self, marks: np.ndarray, labels: range | np.ndarray | list[int]) -> None:
        pass


def test_a_perfect_model_leaves_one_key_per_page(small: Photographs) -> None:
    learner = Perfect(small)
    learner.probabilities = np.where(small.truth == 1, 0.999, 0.001)
    desk = ways.Desk.open(small)
    mix.mix(desk, learner, risk=0.0, most=60)
    assert desk.ledger.actions == desk.ledger.pages == 4


def test_a_careless_annotator_makes_the_errors_asked_for(small: Photographs) -> None:
    wrong = simulate(ways.every_cell, small, 0.1, 1)["wrong_marks"]
    assert 10 <= wrong <= 40
    assert simulate(ways.every_cell, small, 0.0, 1)["wrong_marks"] == 0


def test_seconds_by_hand() -> None:
    point = {"keys": 10, "clicks": 4, "tiles": 100, "pages": 2, "pictures": 0, "questions": 0}
    assert seconds(point) == pytest.approx(10 * 0.2 + 4 * 1.3 + 2 * 1.35 + 25)


def test_other_marks_of_an_image_are_columns_and_a_labels_own_are_not() -> None:
    from model.tern.context import EXTRA, PENALTY, columns

    marks = np.array([[1, -1, 0], [0, -1, -1], [0, 0, 0]], np.int8)
    got = columns(marks, 1, penalty=PENALTY)
    assert got.shape == (3, 3 + EXTRA)
    assert got[0].tolist() == [1, 0, 0, 1, 0, 0]
    assert got[1].tolist() == pytest.approx([0, 0, 0, 0, 1 / 3, 1 / 3])
    assert not got[2].any()


def test_a_second_look_costs_a_key_a_mark_and_changes_only_what_it_looked_at(small: Photographs) -> None:
    desk = ways.Desk.open(small)
    desk.marks = np.where(small.truth == 0, -1, small.truth).astype(np.int8)
    wrong = np.random.default_rng(5).random(desk.marks.shape) < 0.05
    desk.marks[wrong] *= -1
    before, doubter = desk.marks.copy(), mix.Doubter(desk, Learner(small))
    doubter.look()
    looked, changed = doubter.again.copy(), desk.marks != before
    assert desk.ledger.actions == desk.ledger.doubts == looked.sum()
    assert not changed[~looked].any()
    assert (changed == wrong)[looked].all()
    assert doubter.wrong == changed.sum() >= 3
    doubter.look()
    assert (doubter.again.sum() - looked.sum()) == desk.ledger.actions - looked.sum()


def test_looks_go_on_while_they_find_wrong_marks(small: Photographs) -> None:
    doubter = mix.Doubter(ways.Desk.open(small), Learner(small))
    assert doubter.due(10)
    doubter.pages = 0
    assert not doubter.due(1)
    doubter.wrong, doubter.desk.ledger.pages = 1, 9
    assert doubter.due(9)
    assert not doubter.due(10)
