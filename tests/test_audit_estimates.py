"""Blind audit: known chances of being drawn, and estimates that stand for all cells."""

import numpy as np
import pytest

from model import audit


def answers(values, inclusion, probabilities, strata=None, columns=None):
    n = len(values)
    return audit.Answers(
        np.array(values, np.int8),
        np.array(inclusion, float),
        np.zeros(n, int) if strata is None else np.array(strata),
        np.array(probabilities, float),
        np.zeros(n, int) if columns is None else np.array(columns),
    )


def test_strata_by_probability():
    assert audit.strata([0.0, 0.01, 0.5, 0.95, np.nan]).tolist() == [0, 1, 5, 7, 8]


def test_questions_go_where_size_times_spread_is_large_and_never_beyond_the_stratum():
    assert audit.allocate([100, 100], [1, 3], 40).tolist() == [11, 29]  # 2 each, then 36 as 1 to 3
    assert audit.allocate([3, 100], [10, 1], 50).tolist() == [3, 47]
    assert audit.allocate([2, 1], [1, 1], 99).tolist() == [2, 1]
    assert audit.allocate([5, 5, 5], [1, 2, 3], 2).sum() == 2


def test_a_drawn_cell_carries_the_chance_with_which_it_was_drawn():
    p = np.array([[0.005] * 50 + [0.6] * 10])
    asked = audit.draw(p, np.ones_like(p, bool), 20, seed=1)
    assert len(set(zip(asked.rows.tolist(), asked.columns.tolist(), strict=True))) == 20
    for stratum, size in ((0, 50), (5, 10)):
        mine = asked.strata == stratum
        assert asked.inclusion[mine] == pytest.approx(mine.sum() / size)


def test_only_eligible_cells_are_asked():
    eligible = np.zeros((6, 4), bool)
    eligible[2, 3] = eligible[4, 0] = True
    asked = audit.draw(np.full((6, 4), 0.3), eligible, 10)
    assert sorted(zip(asked.rows.tolist(), asked.columns.tolist(), strict=True)) == [(2, 3), (4, 0)]
    assert len(audit.draw(np.full((6, 4), 0.3), np.zeros((6, 4), bool), 10).rows) == 0


def test_totals_and_shares_by_hand():
    a = answers([1, -1, 1, -1, 0], [0.5, 0.5, 0.1, 0.1, 0.1], [0.9, 0.9, 0.2, 0.2, 0.2])
    assert audit.total_positives(a) == pytest.approx(2 + 10)
    assert audit.precision_at(0.5)(a) == pytest.approx(0.5)
    assert audit.recall_at(0.5)(a) == pytest.approx(2 / 12)
    # bin of 0.9: 2 x (0.1 - 0.9) = -1.6; bin of 0.2: 10 x (0.8 - 0.2) = 6; over 24 cells
    assert audit.calibration_error(a) == pytest.approx((1.6 + 6) / 24)


def test_average_precision_equals_scikit_learn_with_weights():
    from sklearn.metrics import average_precision_score

    rng = np.random.default_rng(0)
    y, p, pi = np.where(rng.random(300) < 0.2, 1, -1), np.round(rng.random(300), 2), rng.uniform(0.1, 1, 300)
    column = rng.integers(0, 3, 300)
    expected = [
        average_precision_score(y[m] == 1, p[m], sample_weight=1 / pi[m]) for m in (column == c for c in range(3))
    ]
    assert audit.mean_average_precision(answers(y, pi, p, columns=column)) == pytest.approx(np.mean(expected))
    whole = average_precision_score(y == 1, p, sample_weight=1 / pi)
    assert audit.pooled_average_precision(answers(y, pi, p)) == pytest.approx(whole)


def test_estimates_are_unbiased_and_intervals_hold_the_truth():
    rng = np.random.default_rng(5)
    p = rng.beta(0.3, 2, (400, 10))
    truth = np.where(rng.random(p.shape) < p, 1, -1).astype(np.int8)
    values, inside = [], []
    for seed in range(150):
        asked = audit.draw(p, np.ones(p.shape, bool), 300, seed=seed)
        a = audit.Answers(
            truth[asked.rows, asked.columns], asked.inclusion, asked.strata, p[asked.rows, asked.columns], asked.columns
        )
        found = audit.estimate(audit.total_positives, a, seed=seed)
        values.append(found.value)
        inside.append(found.low <= (truth == 1).sum() <= found.high)
    assert np.mean(values) == pytest.approx((truth == 1).sum(), rel=0.02)
    assert 0.83 <= np.mean(inside) <= 0.97


def test_without_answers_nothing_is_claimed():
    found = audit.estimate(audit.precision_at(0.5), answers([0], [0.5], [0.7]))
    assert np.isnan(found.value)
    assert np.isnan(found.low)
