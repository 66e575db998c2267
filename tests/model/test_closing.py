"""Cut line, positives left, and proposals to close a label keep what they promise."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from model.active import closing
from model.active.rare import PRIOR_SPREAD, Recalibration, learn_recalibration


@pytest.mark.parametrize(
    ("p", "cut"),
    [
        ([0.9, 0.8, 0.4, 0.1], 2),
        ([0.4, 0.2], 0),
        ([0.9, 0.6], 2),
        ([], 0),
        ([0.9, np.nan], 1),
        ([0.6, 0.45, 0.6], 3),  # not sorted: one expected exception fewer than cutting after the first
    ],
)
def test_the_cut_has_the_fewest_expected_exceptions(p: list[float], cut: int) -> None:
    assert closing.cut_index(p) == cut


def tail_of(
    p: Sequence[float] | np.ndarray, values: ArrayLike, tops: ArrayLike = (0.05,), labels: ArrayLike | None = None
) -> Recalibration:
    return learn_recalibration(p, values, np.zeros(len(p), int) if labels is None else labels, tops)


def test_without_evidence_probabilities_stay_as_they_are() -> None:
    p = np.array([0.01, 0.3, 0.99])
    assert tail_of([], []).apply(p, 0) == pytest.approx(p)


def test_small_probabilities_are_believed_as_far_as_answers_bear_them_out() -> None:
    """One in forty was present where one in a hundred was promised, and so it will be among the rest."""
    p = np.full(4000, 0.01)
    answers = np.where(np.arange(4000) % 40 == 0, 1, -1)
    assert tail_of(p, answers).apply([0.01], 0)[0] == pytest.approx(1 / 40, rel=0.1)
    untold = tail_of(p, np.zeros(4000)).apply([0.01], 0)[0]  # "cannot say" teaches nothing
    assert untold == pytest.approx(0.01)


def test_answers_above_the_tail_and_above_what_is_left_teach_nothing() -> None:
    p, answers = np.full(500, 0.5), np.full(500, -1)
    assert tail_of(p, answers, [0.04]).apply([0.01], 0)[0] == pytest.approx(0.01)
    assert tail_of(p, answers, [0.6]).apply([0.5], 0)[0] < 0.2  # here some of the rest stands at a half, too


def test_labels_share_what_the_tail_is_like_and_keep_a_shift_of_their_own() -> None:
    p, labels = np.full(6000, 0.01), np.repeat([0, 1], 3000)
    answers = np.where(np.arange(6000) % np.where(labels == 0, 25, 100) == 0, 1, -1)
    tail = tail_of(p, answers, [0.01, 0.01, 0.01], labels)
    often, seldom, untold = (tail.apply([0.01], label)[0] for label in range(3))
    assert seldom < untold < often
    assert often == pytest.approx(0.04, rel=0.15)
    assert tail.spread[2] > tail.spread[0]


def test_the_shared_fit_finds_the_maximum_that_a_general_optimiser_finds() -> None:
    from scipy.optimize import minimize

    rng = np.random.default_rng(0)
    p = rng.uniform(0.001, 0.049, 3000)
    y = np.where(rng.random(3000) < 3 * p**1.2, 1, -1)
    x = logit(p)

    def loss(theta: np.ndarray) -> float:
        margin = y * (theta[0] + theta[1] * x)
        return np.logaddexp(0, -margin).sum() + 0.5 * (((theta - [0, 1]) / PRIOR_SPREAD) ** 2).sum()

    assert tail_of(p, y).mean == pytest.approx(minimize(loss, [0, 1]).x, abs=1e-3)


def test_what_is_left_is_the_sum_of_probabilities_with_an_interval_around_it() -> None:
    left = closing.positives_left([0.5] * 10 + [0.1] * 20 + [np.nan])
    assert 6.5 < left.value < 9  # doubt about the level adds a little to small chances
    assert left.low < 7 < left.high
    assert closing.positives_left([]) == closing.Estimate(0, 0, 0)


def test_evidence_narrows_the_interval() -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(0.001, 0.05, 4000)
    y = np.where(rng.random(4000) < p, 1, -1)
    rest = [0.02] * 2000
    vague, informed = closing.positives_left(rest), closing.positives_left(rest, tail_of(p, y))
    assert informed.high - informed.low < vague.high - vague.low


def test_labels_closed_together_add_up_and_do_not_average_their_doubt_out() -> None:
    rest = {label: np.full(500, 0.01) for label in range(20)}
    each, together = closing.all_left(rest, tail_of([], [], np.zeros(20)), seed=1)
    assert together.value == pytest.approx(sum(one.value for one in each.values()))
    independent = np.sqrt(sum((one.high - one.low) ** 2 for one in each.values()))
    assert together.high - together.low > 1.5 * independent


@pytest.mark.slow
def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """Positives hide where the model is sure of their absence: the top is asked and a random share of the rest."""
    inside, stated, missed = [], 0.0, 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        p = expit(rng.normal(-5, 1.5, 4000))
        present = rng.random(4000) < expit(-0.6 + 0.8 * logit(p) + rng.normal(0, 0.4))
        order = np.argsort(-p)
        drawn = rng.choice(order[600:], 150, replace=False)
        asked = np.concatenate([order[:600], drawn])
        rest = np.setdiff1d(np.arange(4000), asked)
        tail = tail_of(p[asked], np.where(present[asked], 1, -1), [p[rest].max()])
        left = closing.positives_left(p[rest], tail, seed=seed)
        inside.append(left.low <= present[rest].sum() <= left.high)
        stated, missed = stated + left.value, missed + present[rest].sum()
    assert np.mean(inside) >= 0.85
    assert stated == pytest.approx(missed, rel=0.25)


def test_a_label_is_proposed_for_closing_when_the_expected_share_missed_is_small() -> None:
    some = closing.propose(96, closing.Estimate(4, 1, 8), 500, accepted_risk=0.05)
    assert some.close
    assert some.risk == pytest.approx(0.04)
    assert some.text == (
        "96 found; closing marks 500 unknown as absent and is expected to miss 4.0 (1 to 8), 4.0% of all"
    )
    assert not closing.propose(96, closing.Estimate(4, 1, 8), 500, accepted_risk=0.03).close
    assert not closing.propose(5, closing.Estimate(0, 0, 0), 0).close  # nothing unknown is left to close
