"""Cut line, positives left, and proposals to close a label keep what they promise."""

import numpy as np
import pytest
from scipy.special import expit, logit

from model import closing


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
def test_the_cut_has_the_fewest_expected_exceptions(p, cut):
    assert closing.cut_index(p) == cut


def test_without_evidence_probabilities_stay_as_they_are():
    p = np.array([0.01, 0.3, 0.99])
    assert closing.correction([], []).apply(p) == pytest.approx(p)


def test_answers_that_contradict_the_model_move_the_rest():
    p = np.full(300, 0.5)
    answers = np.where(np.arange(300) % 5 == 0, 1, -1)  # a fifth is present, a half was promised
    moved = closing.correction(p, answers).apply([0.5])[0]
    assert moved == pytest.approx(0.2, abs=0.02)
    assert closing.correction(p, np.zeros(300)).apply([0.5])[0] == pytest.approx(0.5)  # "cannot say" teaches nothing


def test_correction_finds_the_maximum_that_a_general_optimiser_finds():
    from scipy.optimize import minimize

    rng = np.random.default_rng(0)
    p = rng.uniform(0.02, 0.98, 200)
    y = np.where(rng.random(200) < p**2, 1, -1)
    x, prior = logit(p), np.array(closing.PRIOR_SPREAD)

    def loss(theta):
        margin = y * (theta[0] + theta[1] * x)
        return np.logaddexp(0, -margin).sum() + 0.5 * (((theta - [0, 1]) / prior) ** 2).sum()

    assert closing.correction(p, y).mean == pytest.approx(minimize(loss, [0, 1]).x, abs=1e-4)


def test_what_is_left_is_the_sum_of_probabilities_with_an_interval_around_it():
    left = closing.positives_left([0.5] * 10 + [0.1] * 20 + [np.nan])
    assert 7 < left.value < 8  # doubt about the level adds a little to small chances
    assert left.low < 7 < left.high
    assert closing.positives_left([0.5] * 10).value == pytest.approx(5, abs=0.15)
    assert closing.positives_left([]) == closing.Estimate(0, 0, 0)


def test_evidence_narrows_the_interval():
    rng = np.random.default_rng(1)
    p = rng.uniform(0.01, 0.9, 2000)
    y = np.where(rng.random(2000) < p, 1, -1)
    rest = [0.05] * 2000
    vague, informed = closing.positives_left(rest), closing.positives_left(rest, closing.correction(p, y))
    assert informed.high - informed.low < vague.high - vague.low


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    """Scores that are off by a shift in log odds: top tiles are asked, the interval is about the others."""
    inside = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        stated = expit(rng.normal(-3, 1.5, 1500))
        present = rng.random(1500) < expit(logit(stated) + rng.normal(0, 0.5))
        asked = np.argsort(-stated)[:500]
        rest = np.setdiff1d(np.arange(1500), asked)
        learned = closing.correction(stated[asked], np.where(present[asked], 1, -1))
        left = closing.positives_left(stated[rest], learned, seed=seed)
        inside.append(left.low <= present[rest].sum() <= left.high)
    assert np.mean(inside) >= 0.88


def test_a_label_is_proposed_for_closing_when_the_expected_share_missed_is_small():
    some = closing.propose(96, closing.Estimate(4, 1, 8), 500, accepted_risk=0.05)
    assert some.close
    assert some.risk == pytest.approx(0.04)
    assert some.text == (
        "96 found; closing marks 500 unknown as absent and is expected to miss 4.0 (1 to 8), 4.0% of all"
    )
    assert not closing.propose(96, closing.Estimate(4, 1, 8), 500, accepted_risk=0.03).close
    assert not closing.propose(5, closing.Estimate(0, 0, 0), 0).close  # nothing unknown is left to close
