"""Metrics agree with hand-worked values, scikit-learn and literal loops."""

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score

from model.metrics.average_precision import (
    average_precision,
    class_mean,
    mean_average_precision,
    precision_recall,
    summary,
)


def problem(seed: int = 0, n: int = 200, c: int = 7, ties: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    targets = np.where(rng.random((n, c)) < 0.2, 1, -1)
    scores = rng.normal(size=(n, c)) + 0.5 * (targets == 1)
    return (np.round(scores * 2) / 2 if ties else scores), targets


def test_hand_worked_average_precision() -> None:
    scores, targets = [0.9, 0.8, 0.7, 0.6, 0.5], [1, -1, 1, -1, 1]
    assert average_precision(scores, targets)[0] == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)
    assert average_precision([5, 4, 3, 2], [1, -1, -1, 1], interpolated=True)[0] == pytest.approx((1 + 0.5) / 2)
    assert average_precision([5, 4, 3, 2], [-1, 1, 1, -1], interpolated=True)[0] == pytest.approx(2 / 3)
    assert average_precision([5, 4, 3, 2], [-1, 1, 1, -1])[0] == pytest.approx((1 / 2 + 2 / 3) / 2)


@pytest.mark.parametrize("ties", [False, True])
def test_plain_average_precision_equals_scikit_learn(ties: bool) -> None:
    scores, targets = problem(ties=ties)
    expected = [average_precision_score(targets[:, c] == 1, scores[:, c]) for c in range(targets.shape[1])]
    np.testing.assert_allclose(average_precision(scores, targets), expected, atol=1e-12)


def test_interpolated_equals_the_literal_envelope() -> None:
    scores, targets = problem(3)
    for c in range(targets.shape[1]):
        y = targets[np.argsort(-scores[:, c]), c] == 1
        hits = np.cumsum(y)
        precision, recall = hits / np.arange(1, len(y) + 1), hits / y.sum()
        recall, precision = np.r_[0, recall, 1], np.r_[0, precision, 0]
        for i in range(len(precision) - 2, -1, -1):
            precision[i] = max(precision[i], precision[i + 1])
        steps = np.flatnonzero(recall[1:] != recall[:-1])
        expected = sum((recall[i + 1] - recall[i]) * precision[i + 1] for i in steps)
        assert average_precision(scores[:, c], targets[:, c], True)[0] == pytest.approx(expected, abs=1e-12)


def test_unknown_entries_do_not_count() -> None:
    scores, targets = problem(1)
    rng = np.random.default_rng(5)
    targets = np.where(rng.random(targets.shape) < 0.4, 0, targets)
    for c in range(targets.shape[1]):
        known = targets[:, c] != 0
        expected = average_precision_score(targets[known, c] == 1, scores[known, c])
        assert average_precision(scores, targets)[c] == pytest.approx(expected, abs=1e-12)


def test_empty_classes_follow_the_policy() -> None:
    scores, targets = problem(2, c=3)
    targets[:, 1] = -1
    ap = average_precision(scores, targets)
    assert np.isnan(ap[1])
    assert mean_average_precision(scores, targets) == pytest.approx((ap[0] + ap[2]) / 2)
    assert mean_average_precision(scores, targets, empty="zero") == pytest.approx((ap[0] + ap[2]) / 3)
    assert np.isnan(mean_average_precision(scores, targets, empty="nan"))
    assert np.isnan(class_mean([np.nan]))
    assert np.isnan(precision_recall(scores, targets, empty="nan")["CR"])
    wrong: Any = "maybe"
    with pytest.raises(ValueError, match="skip, zero or nan"):
        class_mean([1.0], wrong)


def test_classes_with_few_positives_can_be_left_out() -> None:
    targets = np.array([[1, 1], [1, -1], [-1, -1]])
    scores = np.array([[3.0, 1.0], [2.0, 2.0], [1.0, 3.0]])
    assert mean_average_precision(scores, targets, least_positives=2) == pytest.approx(1.0)


def test_precision_recall_equals_scikit_learn() -> None:
    scores, targets = problem(4)
    truth, chosen = targets == 1, scores >= 0
    row = precision_recall(scores, targets)
    for key, fn, kind in [
        ("OP", precision_score, "micro"),
        ("OR", recall_score, "micro"),
        ("OF1", f1_score, "micro"),
        ("CP", precision_score, "macro"),
        ("CR", recall_score, "macro"),
    ]:
        assert row[key] == pytest.approx(fn(truth, chosen, average=kind)), key
    assert row["CF1"] == pytest.approx(2 * row["CP"] * row["CR"] / (row["CP"] + row["CR"]))


def test_top_three_keeps_the_three_highest_above_the_threshold() -> None:
    scores = np.array([[4.0, 3.0, 2.0, 1.0], [1.0, -1.0, -2.0, -3.0]])
    targets = np.array([[1, 1, -1, 1], [-1, 1, -1, 1]])
    row = precision_recall(scores, targets, top=3)
    assert row["OP"] == pytest.approx(2 / 4)
    assert row["OR"] == pytest.approx(2 / 5)


def test_nothing_predicted_is_zero_not_an_error() -> None:
    row = precision_recall(-np.ones((3, 2)), np.array([[1, -1], [1, 1], [-1, 1]]))
    assert (row["OP"], row["OR"], row["OF1"], row["CF1"]) == (0, 0, 0, 0)


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="NaN"):
        average_precision([np.nan, 1], [1, -1])
    with pytest.raises(ValueError, match=r"\(2, 1\)"):
        average_precision([1.0, 2.0], [1, -1, 1])


def test_summary_holds_every_figure_of_a_table_row() -> None:
    row = summary(*problem())
    assert {"mAP", "mAP_interpolated", "OF1", "CF1", "OF1_top3", "CF1_top3"} <= set(row)
    assert row["mAP_interpolated"] >= row["mAP"]
