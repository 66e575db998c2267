"""Blind audit: known chances of being drawn, weights over several draws, and what is drawn stands for all cells."""

import numpy as np
import pytest

from model.active import blind


def test_strata_by_probability() -> None:
    assert blind.strata([0.0, 0.01, 0.5, 0.95, np.nan]).tolist() == [0, 1, 5, 7, 8]


def test_questions_go_where_size_times_spread_is_large_and_never_beyond_the_stratum() -> None:
    assert blind.allocate([100, 100], [1, 3], 40).tolist() == [11, 29]  # 2 each, then 36 as 1 to 3
    assert blind.allocate([3, 100], [10, 1], 50).tolist() == [3, 47]
    assert blind.allocate([2, 1], [1, 1], 99).tolist() == [2, 1]
    assert blind.allocate([5, 5, 5], [1, 2, 3], 2).sum() == 2


def test_a_drawn_cell_carries_the_chance_with_which_it_was_drawn() -> None:
    p = np.array([[0.005] * 50 + [0.6] * 10])
    asked = blind.draw(p, np.ones_like(p, bool), 20, seed=1)
    assert len(set(zip(asked.rows.tolist(), asked.columns.tolist(), strict=True))) == 20
    for stratum, size in ((0, 50), (5, 10)):
        mine = asked.strata == stratum
        assert asked.inclusion[mine] == pytest.approx(mine.sum() / size)


def test_only_eligible_cells_are_asked() -> None:
    eligible = np.zeros((6, 4), bool)
    eligible[2, 3] = eligible[4, 0] = True
    asked = blind.draw(np.full((6, 4), 0.3), eligible, 10)
    assert sorted(zip(asked.rows.tolist(), asked.columns.tolist(), strict=True)) == [(2, 3), (4, 0)]
    assert len(blind.draw(np.full((6, 4), 0.3), np.zeros((6, 4), bool), 10).rows) == 0


def test_one_draw_has_the_inverse_of_the_chance_as_weight() -> None:
    assert blind.weights([0.5, 0.1], [7, 7], [True, True]).tolist() == [2, 10]
    # Half of the questions stay open: the others stand for them too.
    assert blind.weights([0.5, 0.5], [7, 7], [True, False]).tolist() == [4, 0]


def test_two_draws_by_hand() -> None:
    # 2 of 10 cells, then 2 of the 8 that were left: the first estimate is 5 each; the second is 4 each and 1 for each
    # of the first two. Their mean gives (5 + 1) / 2 and 4 / 2; together they stand for 10 cells.
    found = blind.weights([0.2, 0.2, 0.25, 0.25], [9, 9, 3, 3], [True] * 4)
    assert found.tolist() == [3, 3, 2, 2]


@pytest.mark.slow
def test_draws_one_after_another_from_what_is_left_stand_for_all_cells() -> None:
    """By simulation: the scores change between the draws, and the weighted count of positives keeps hitting."""
    rng = np.random.default_rng(0)
    first = rng.beta(0.3, 2, (100, 10))
    truth = rng.random(first.shape) < first
    second = np.clip(first * rng.uniform(0.3, 3, first.shape), 0, 1)
    totals, cells = [], []
    for seed in range(400):
        left = np.ones(first.shape, bool)
        chance, number, hit = [], [], []
        for draw, (scores, count) in enumerate([(first, 60), (second, 200), (second, 20)]):
            asked = blind.draw(scores, left, count, seed=1000 * draw + seed)
            left[asked.rows, asked.columns] = False
            chance += asked.inclusion.tolist()
            number += [draw] * len(asked.rows)
            hit += truth[asked.rows, asked.columns].tolist()
        weight = blind.weights(chance, number, np.ones(len(hit), bool))
        totals.append(weight @ np.array(hit, float))
        cells.append(weight.sum())
    error = np.std(totals) / np.sqrt(len(totals))
    assert abs(np.mean(totals) - truth.sum()) < 3 * error
    assert error < 0.02 * truth.sum()
    assert np.mean(cells) == pytest.approx(first.size, rel=0.02)


def test_relative_weights_keep_only_what_the_score_does_not_say() -> None:
    assert blind.relative([10, 10, 2, 2], [0.2, 0.25, 0.6, 0.6]).tolist() == [1, 1, 1, 1]
    assert blind.relative([1, 3], [0.2, 0.2]).tolist() == [0.5, 1.5]
