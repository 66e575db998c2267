"""The queue and the pages of the label view ask the right things, in the right order."""

from typing import Any

import numpy as np
import pytest

from model.active import queue
from tests.optional import unwrap


def test_rarity_of_a_label_without_positives_is_the_highest_and_the_mean_is_one() -> None:
    marks = np.array([[1, 0], [1, -1], [1, 0]], np.int8)  # 3 positives against none
    weight = queue.rarity(marks)
    assert weight.mean() == pytest.approx(1)
    assert weight[1] / weight[0] == pytest.approx(2)  # sqrt(3 + 1) / sqrt(0 + 1)


def test_entropy_is_one_bit_at_one_half_and_for_what_was_never_scored() -> None:
    assert queue.entropy([0.5, np.nan, 0.25]) == pytest.approx([1, 1, 0.811278], abs=1e-6)


def test_most_informative_comes_first_and_settled_images_never() -> None:
    p = np.array([[0.9, 0.1], [0.5, 0.5], [0.5, 0.1], [0.5, 0.5]])
    marks = np.zeros((4, 2), np.int8)
    marks[3] = [1, -1]
    assert queue.queue("informative", p, marks).tolist() == [1, 2, 0]


def test_known_cells_do_not_make_an_image_informative() -> None:
    p = np.array([[0.5, 0.5], [0.6, 0.6]])
    marks = np.array([[0, 1], [0, 0]], np.int8)
    assert queue.queue("informative", p, marks).tolist() == [1, 0]


def test_likely_positives_of_the_rare_label_win() -> None:
    p = np.array([[0.8, 0.1], [0.1, 0.8]])
    marks = np.zeros((8, 2), np.int8)
    marks[2:, 0] = 1  # the first label has six positives already
    order = queue.queue("positives", np.vstack([p, np.zeros((6, 2))]), marks)
    assert order[:2].tolist() == [1, 0]


def test_order_random_and_review() -> None:
    p, marks = np.full((5, 1), 0.5), np.zeros((5, 1), np.int8)
    assert queue.queue("order", p, marks).tolist() == [0, 1, 2, 3, 4]
    shuffled = queue.queue("random", p, marks, seed=3)
    assert sorted(shuffled.tolist()) == [0, 1, 2, 3, 4]
    assert shuffled.tolist() == queue.queue("random", p, marks, seed=3).tolist()
    assert queue.queue("review", p, np.ones((5, 1)), doubts=[0, 2, 0, 5, 1]).tolist() == [3, 1, 4]


def test_one_of_each_group_comes_before_any_second() -> None:
    assert queue.one_per_group([4, 3, 2, 1, 0], [7, 7, 8, 8, 8]).tolist() == [4, 1, 3, 2, 0]


def test_unknown_strategies_and_orders_are_refused_by_name() -> None:
    wrong: Any = "best"
    with pytest.raises(ValueError, match="informative, positives, random, order, review"):
        queue.queue(wrong, np.zeros((1, 1)), np.zeros((1, 1)))
    with pytest.raises(ValueError, match="score, likeliest, uncertainty, random"):
        queue.page([0.1], [0], 1, wrong)


def test_a_page_takes_unknown_tiles_only_and_shows_them_by_falling_probability() -> None:
    p = [0.2, 0.9, 0.6, np.nan, 0.55, 0.1]
    marks = [0, 1, 0, 0, 0, 0]
    assert queue.page(p, marks, 3).tolist() == [2, 4, 0]
    assert queue.page(p, marks, 2, "uncertainty").tolist() == [2, 4]
    assert queue.page(p, marks, 9).tolist() == [2, 4, 0, 5, 3]  # not scored: last


def test_one_tile_in_five_is_drawn_from_the_rest_unless_only_the_likeliest_are_asked_for() -> None:
    p, marks = np.linspace(1, 0, 1000), np.zeros(1000, int)
    rows = queue.page(p, marks, 50)
    assert rows[:40].tolist() == list(range(40))
    assert rows[40:].min() >= 40
    assert rows[40:].max() > 500  # the rest is all of it, not what comes next
    assert sorted(set(rows.tolist())) == rows.tolist()
    assert queue.page(p, marks, 50, seed=1).tolist() != rows.tolist()
    assert queue.page(p, marks, 50, "likeliest").tolist() == list(range(50))


def test_a_page_ends_where_a_tile_costs_more_than_it_brings() -> None:
    sure_then_doubtful = [0.99] * 50 + [0.5] * 300
    size, rate = queue.page_size(sure_then_doubtful, least=10, most=100)
    assert size == 50
    assert rate == pytest.approx(50 * 0.99 / (1 + 50 * 0.01))


def test_a_first_page_is_larger_and_the_last_holds_what_is_left() -> None:
    p = np.full((300, 1), 0.02)
    p[:20] = 0.9
    assert unwrap(queue.next_page(p, np.zeros((300, 1), int))).size == queue.FIRST_TILES
    marks = np.zeros((300, 1), int)
    marks[:10] = 1
    assert unwrap(queue.next_page(p, marks)).size == queue.LEAST_TILES
    marks[:270] = 1
    assert unwrap(queue.next_page(p, marks)).size == 30


def test_labels_without_marks_are_opened_first_then_the_richest() -> None:
    p = np.array([[0.9, 0.1, 0.5]] * 4)
    marks = np.zeros((4, 3), np.int8)
    marks[0, 0] = marks[0, 2] = -1
    assert unwrap(queue.next_page(p, marks)).label == 1
    marks[0, 1] = -1
    assert unwrap(queue.next_page(p, marks)).label == 0
    assert queue.next_page(p, np.ones((4, 3))) is None


def test_many_images_want_the_label_view_and_few_images_with_many_labels_the_image_view() -> None:
    many = np.full((500, 3), 0.01)
    assert queue.recommended_view(many, np.zeros(many.shape)) == "label"
    few = np.full((3, 200), 0.01)
    assert queue.recommended_view(few, np.zeros(few.shape)) == "image"
    assert queue.expected_actions(few, np.zeros(few.shape)) == pytest.approx({"label": 206, "image": 12})
