"""Figures over all cells from some answers: exact when all answered, honest when few."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from model.active.blind import draw
from model.metrics.imputation import LEAST_ANSWERS, ScoredCells, enough
from model.metrics.quality import contest, estimate_quality, exact


def made(seed: int = 0, images: int = 400, labels: int = 6, level: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Cells whose scores say what they mean up to `level` log odds, and their truth in {1, -1}."""
    rng = np.random.default_rng(seed)
    x = rng.normal(-3, 1.8, (images, labels))
    truth = np.where(rng.random(x.shape) < 1 / (1 + np.exp(-x - level)), 1, -1).astype(np.int8)
    return np.clip(1 / (1 + np.exp(-x)), 0.002, 0.998), truth


def as_cells(p: np.ndarray, values: np.ndarray) -> ScoredCells:
    columns = np.indices(p.shape)[1]
    return ScoredCells(p.ravel(), columns.ravel(), values.ravel().astype(np.int8), p.shape[1])


def audited(p: np.ndarray, truth: np.ndarray, count: int, seed: int) -> ScoredCells:
    asked = draw(p, np.ones(p.shape, bool), count, seed=seed)
    values = np.zeros_like(truth)
    values[asked.rows, asked.columns] = truth[asked.rows, asked.columns]
    return as_cells(p, values)


def test_when_all_is_answered_figures_are_those_of_independent_code_and_intervals_have_no_width() -> None:
    p, truth = made()
    p = np.round(p, 2)  # ties
    found = estimate_quality(as_cells(p, truth))
    y = truth == 1
    ap = [average_precision_score(y[:, c], p[:, c]) for c in range(p.shape[1])]
    place = np.minimum((p * 10).astype(int), 9)
    gaps = [abs(y[place == k].sum() - p[place == k].sum()) for k in range(10)]
    expected = {
        "positives": y.sum(),
        "precision": y[p >= 0.5].mean(),
        "recall": (y & (p >= 0.5)).sum() / y.sum(),
        "mean_average_precision": np.mean(ap),
        "calibration_error": np.sum(gaps) / p.size,
    }
    for name, value in expected.items():
        one = getattr(found, name)
        assert (one.value, one.low, one.high) == pytest.approx((value, value, value)), name
        assert getattr(exact(as_cells(p, truth)), name).value == pytest.approx(value), name
    assert [one.value for one in found.average_precision] == pytest.approx(ap)
    assert sum(one.answers for one in found.curve) == p.size


@pytest.mark.slow
def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    names = ("positives", "precision", "recall", "mean_average_precision")
    held: dict[str, list[bool]] = {name: [] for name in names}
    for seed in range(40):
        p, truth = made(seed, level=0.7)  # a third to a half too few promised
        found, true = estimate_quality(audited(p, truth, 300, seed), seed=seed), exact(as_cells(p, truth))
        for name in names:
            held[name].append(getattr(found, name).low <= getattr(true, name).value <= getattr(found, name).high)
    for name in names:
        assert np.mean(held[name]) >= 0.75, name


def test_more_answers_mean_narrower_intervals() -> None:
    p, truth = made()
    few, many = (estimate_quality(audited(p, truth, count, 0)).mean_average_precision for count in (100, 1200))
    assert many.high - many.low < 0.6 * (few.high - few.low)


def test_a_stratum_without_an_answered_positive_still_may_hold_some() -> None:
    p = np.full((2000, 1), 0.004)
    values = np.zeros((2000, 1))
    values[:30] = -1
    found = estimate_quality(as_cells(p, values)).positives
    assert found.low < 8 < found.high


def test_the_better_of_two_models_wins_on_the_same_cells() -> None:
    p, truth = made(images=800)
    rng = np.random.default_rng(1)
    blurred = 1 / (1 + np.exp(-(np.log(p / (1 - p)) + rng.normal(0, 2, p.shape))))
    cells = audited(p, truth, 1000, 0)
    found = contest(cells, blurred.ravel())
    assert found.difference.low > 0
    assert found.first.value - found.second.value == pytest.approx(found.difference.value)
    same = contest(cells, cells.probabilities)
    assert (same.difference.low, same.difference.high) == (0, 0)


def test_nothing_is_claimed_without_answers_and_few_are_not_enough() -> None:
    p, truth = made()
    nothing = as_cells(p, np.zeros_like(truth))
    assert np.isnan(estimate_quality(nothing).mean_average_precision.value)
    assert estimate_quality(nothing).curve == []
    assert not enough(nothing)
    assert not enough(audited(p, truth, LEAST_ANSWERS - 1, 0))
    assert enough(audited(p, truth, LEAST_ANSWERS, 0))
    assert enough(as_cells(p[:4], truth[:4])), "all cells of a small project"
