"""The convex head: the optimum scikit-learn finds, borrowing between labels, honest calibration and thresholds."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression

from model.metrics.interval import least_right
from model.priors.clip import TextTowerPrior
from model.priors.reading import Reading
from model.tern.blend import Cells, blended, cells_to_blend, prototypes
from model.tern.calibrate import (
    bounded,
    calibrate,
    expected_calibration_error,
    names_calibration,
    names_offset,
    threshold,
    with_audit,
)
from model.tern.features import Pictures, linear_scores, reduce_maps, settle, vectors_of_cells
from model.tern.fitting import Choices, Problem, choose, fit, folds_of, logits, out_of_fold
from model.tern.links import add_links, fit_links
from model.tern.solver import Penalty, Rows, solve, start
from model.training.judge import weighted_ap
from model.vision.heatmap import attention, heatmap_png


def test_the_solver_reaches_scikit_learns_optimum() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((80, 6)).astype(np.float32)
    y = (x[:, 0] + 0.5 * rng.standard_normal(80) > 0).astype(np.float32)
    penalty = Penalty(torch.full((1,), 0.5), pull_s=1e6, pull_b=1e-6, start_s=0.0, start_b=0.0)
    rows = Rows(torch.tensor(x)[None], torch.zeros(1, 80), torch.tensor(y)[None], torch.ones(1, 80))
    ours = solve(rows, penalty, start(1, 6, penalty))
    theirs = LogisticRegression(C=2.0, tol=1e-8).fit(x, y)
    np.testing.assert_allclose(ours.w[0], theirs.coef_[0], atol=2e-3)
    np.testing.assert_allclose(ours.b[0], theirs.intercept_[0], atol=2e-3)


def test_a_label_without_marks_borrows_what_the_others_learnt() -> None:
    rng = np.random.default_rng(1)
    z = rng.standard_normal((3, 200)).astype(np.float32)
    target = (rng.random((3, 200)) < 1 / (1 + np.exp(-3 * z))).astype(np.float32)
    weight = np.ones((3, 200), np.float32)
    weight[2] = 0
    penalty = Penalty(torch.ones(3))
    rows = Rows(torch.zeros(3, 200, 4), torch.tensor(z), torch.tensor(target), torch.tensor(weight))
    solution = solve(rows, penalty, start(3, 4, penalty))
    assert solution.s[2] == pytest.approx(solution.s0, abs=1e-3)
    assert solution.s0 > 1.5


@pytest.mark.parametrize("value", [1, -1])
def test_one_sided_and_empty_labels_stay_finite(value: int) -> None:
    cells = Cells(np.arange(4), np.zeros(4, int), np.eye(4, dtype=np.float32), np.zeros(4, np.float32),
                  np.zeros(4, np.int8), np.full(4, value, np.int8))  # fmt: skip
    problem = Problem(cells, cells.take(np.zeros(0, int)), 2, np.arange(4))
    solution = fit(problem, Choices())
    assert np.isfinite(out_of_fold(problem, Choices(), solution)).all()
    assert torch.isfinite(solution.theta()).all()
    assert np.sign(logits(solution, cells).mean() + 2.5) == value


def test_shared_values_reach_the_joint_optimum() -> None:
    rng = np.random.default_rng(5)
    z = rng.standard_normal((4, 50)).astype(np.float32)
    target = (rng.random((4, 50)) < 1 / (1 + np.exp(1 - 2 * z))).astype(np.float32)
    penalty = Penalty(torch.ones(4), pull_s=20.0, pull_b=3.0)
    rows = Rows(torch.zeros(4, 50, 0), torch.tensor(z), torch.tensor(target), torch.ones(4, 50))
    solution = solve(rows, penalty, start(4, 0, penalty))

    def loss(values: np.ndarray) -> float:
        b, s, b0, s0 = values[:4, None], values[4:8, None], values[8], values[9]
        logit = b + s * z
        fit = np.logaddexp(0, logit) - target * logit
        pulled = 1.5 * ((b - b0) ** 2).sum() + 10 * ((s - s0) ** 2).sum()
        return fit.sum() + pulled + 0.5 * (b0 + 2.5) ** 2 + 0.5 * (s0 - 1) ** 2

    best = minimize(loss, np.zeros(10), tol=1e-10).x
    ours = [*solution.b, *solution.s, solution.b0, solution.s0]
    np.testing.assert_allclose(ours, best, atol=3e-3)


def test_a_fit_begun_at_the_optimum_of_more_rows_ends_at_its_own() -> None:
    rng = np.random.default_rng(6)
    x = (rng.standard_normal((2, 60, 12)) / 3).astype(np.float32)
    z = rng.standard_normal((2, 60)).astype(np.float32)
    target = (rng.random((2, 60)) < 1 / (1 + np.exp(1 - 2 * z - 3 * x[..., 0]))).astype(np.float32)
    rows = Rows(torch.tensor(x), torch.tensor(z), torch.tensor(target), torch.ones(2, 60))
    penalty = Penalty(torch.full((2,), 0.1))
    whole = solve(rows, penalty, start(2, 12, penalty))
    rows.weight[:, ::5] = 0
    warm, cold = solve(rows, penalty, whole), solve(rows, penalty, start(2, 12, penalty))
    assert (warm.theta() - whole.theta()).abs().max() > 0.1
    assert (warm.theta() - cold.theta()).abs().max() < 0.02


def test_a_name_that_misleads_is_not_believed() -> None:
    rng = np.random.default_rng(7)
    count = 400
    image, label = np.repeat(np.arange(count), 2), np.tile([0, 1], count)
    x = rng.standard_normal((2 * count, 4)).astype(np.float32)
    value = np.where(x[:, 0] > 0.5, 1, -1).astype(np.int8)
    z = np.where(label == 0, 2.0 * value, -2.0 * rng.choice([-1, 1], 2 * count)).astype(np.float32)
    plain = x.copy()
    x[label == 1], plain[label == 0] = rng.standard_normal((2, count, 4))
    cells = Cells(image, label, x, z, np.zeros(2 * count, np.int8), value)
    nothing = np.zeros(0, int)
    problem = Problem(cells, cells.take(nothing), 2, image % 5, 0, plain, plain[:0])
    grid = [Choices(1.0, 0.0), Choices(1.0, 0.0, named=False)]
    assert [choice.named for choice in choose(problem, lambda: None, grid).labels] == [True, False]


def test_groups_never_stand_on_both_sides_of_a_fold() -> None:
    groups = np.array([5, 1, 5, 2, 1, 9, 9, 5])
    fold = folds_of(groups, seed=3)
    assert all(len(set(fold[groups == group])) == 1 for group in groups)


def test_blends_are_half_the_unknown_and_half_a_positive() -> None:
    unknown = Cells(np.arange(2), np.zeros(2, int), np.zeros((2, 2), np.float32), np.zeros(2, np.float32),
                    np.array([0, 3], np.int8), np.zeros(2, np.int8))  # fmt: skip
    positive = Cells(np.array([5]), np.array([0]), np.array([[2.0, 4.0]], np.float32), np.array([6.0], np.float32),
                     np.array([1], np.int8), np.ones(1, np.int8))  # fmt: skip
    x, z = blended(unknown, positive, np.random.default_rng(0))
    np.testing.assert_allclose(x, [[1, 2], [1, 2]])
    np.testing.assert_allclose(z, [3, 3])


def test_an_empty_quadrant_has_the_mean_of_all_positives() -> None:
    positive = Cells(np.arange(3), np.zeros(3, int), np.array([[1.0], [3.0], [8.0]], np.float32),
                     np.zeros(3, np.float32), np.array([0, 0, 2], np.int8), np.ones(3, np.int8))  # fmt: skip
    np.testing.assert_allclose(prototypes(positive)[:, 0], [2, 4, 8, 4])


def test_nothing_known_gives_nothing_to_blend() -> None:
    images, labels = cells_to_blend(np.zeros((5, 2), np.int8), np.random.default_rng(0))
    assert len(images) == len(labels) == 0


def test_scores_by_chunks_equal_the_literal_attention() -> None:
    rng = np.random.default_rng(2)
    maps = rng.standard_normal((7, 4, 5)).astype(np.float32)
    directions = rng.standard_normal((3, 5)).astype(np.float32)
    raw = [rng.standard_normal((7, 3)).astype(np.float32)]
    lens = settle(
        maps, raw, Reading(directions, np.zeros((3, 0), np.float32), [[], [], []]), np.eye(5, dtype=np.float32)
    )
    pictures = Pictures(maps.mean(1), lambda indices: maps[indices], np.zeros((7, 0), np.float16))
    w = rng.standard_normal((3, 5)).astype(np.float32)
    response = maps @ directions.T
    weight = np.exp(0.5 * (response - response.mean((0, 1))) / response.std((0, 1)))
    vectors = np.einsum("npc,npd->ncd", weight / weight.sum(1, keepdims=True), maps)
    vectors -= vectors.mean(0)
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    np.testing.assert_allclose(linear_scores(pictures, lens, w), np.einsum("ncd,cd->nc", vectors, w), atol=1e-4)
    image, label = np.array([0, 0, 6]), np.array([1, 2, 0])
    cells, _ = vectors_of_cells(pictures, lens, image, label, (2, 2))
    np.testing.assert_allclose(cells, vectors[image, label], atol=1e-5)


def test_a_map_is_averaged_to_the_coarse_grid() -> None:
    maps = np.arange(100, dtype=np.float16).reshape(1, 100, 1)
    reduced = reduce_maps(maps, (10, 10), np.ones((1, 1), np.float32))
    assert reduced.shape == (1, 25, 1)
    assert reduced[0, 0, 0] == np.mean([0, 1, 10, 11])


def test_calibration_finds_the_level_and_shares_it() -> None:
    rng = np.random.default_rng(3)
    score = rng.standard_normal(3000).astype(np.float32)
    value = np.where(rng.random(3000) < 1 / (1 + np.exp(-(2 * score - 1))), 1, -1).astype(np.int8)
    fitted = calibrate(score, np.zeros(3000, int), value, 2)
    assert fitted.slope[0] == pytest.approx(2, abs=0.25)
    probability = fitted.probability(score, np.zeros(3000, int))
    assert expected_calibration_error(probability, value == 1) < 0.03
    assert fitted.slope[1] == pytest.approx(fitted.shared[0], abs=1e-3)


def test_no_marks_leave_scores_as_they_are() -> None:
    nothing = np.zeros(0)
    fitted = calibrate(nothing.astype(np.float32), nothing.astype(int), nothing.astype(np.int8), 3)
    np.testing.assert_allclose(fitted.slope, 1)
    np.testing.assert_allclose(fitted.offset, 0, atol=1e-6)


def test_published_probabilities_are_never_certain_and_tell_unlikely_cells_apart() -> None:
    published = bounded(np.array([-30, -8, -7, -6, 0, 30], np.float32)).astype(np.float16).astype(float)
    assert published == pytest.approx([0.0001, 0.000335, 0.000911, 0.00247, 0.5, 0.998], rel=2e-3)


def test_the_error_of_calibration_by_hand() -> None:
    # Two bins: 0.2 said with 1 of 2 present (gap 0.3), 0.9 said with 2 of 2 present (gap 0.1).
    said, present = np.array([0.2, 0.2, 0.9, 0.9]), np.array([True, False, True, True])
    assert expected_calibration_error(said, present) == pytest.approx(0.2)


def test_a_threshold_needs_evidence() -> None:
    probability = np.linspace(0.99, 0.5, 60).astype(np.float32)
    right = np.ones(60, bool)
    assert threshold(probability[:20], right[:20], 0.95) is None
    found = threshold(probability, right, 0.95)
    assert found == pytest.approx(0.5)
    assert beta.ppf(0.1, 60, 1) > 0.95
    right[30:] = False
    assert threshold(probability, right, 0.95) is None


@pytest.mark.parametrize("wanted", [0.5, 0.8, 0.95, 0.99])
def test_the_least_number_of_right_answers_earns_a_threshold_and_one_fewer_does_not(wanted: float) -> None:
    needed = least_right(wanted)
    probability = np.linspace(0.99, 0.5, needed).astype(np.float32)
    assert threshold(probability, np.ones(needed, bool), wanted) is not None
    assert threshold(probability[1:], np.ones(needed - 1, bool), wanted) is None


def test_audit_answers_move_probabilities_to_what_they_found() -> None:
    rng = np.random.default_rng(9)
    score = rng.standard_normal(3000).astype(np.float32)
    label = np.zeros(3000, int)
    truth = np.where(rng.random(3000) < 1 / (1 + np.exp(3 - 2 * score)), 1, -1).astype(np.int8)
    asked = rng.random(3000) < np.where(score > 0, 0.5, 0.1)
    weight = np.where(score > 0, 2.0, 10.0).astype(np.float32)[asked]
    too_much = calibrate(score, label, np.where(score > -1, 1, -1).astype(np.int8), 1)
    corrected = with_audit(too_much, score[asked], label[asked], truth[asked], weight)
    found = (truth == 1).mean()
    assert too_much.probability(score, label).mean() > 2 * found
    assert corrected.probability(score, label).mean() == pytest.approx(found, rel=0.2)


def test_labels_that_come_together_correct_each_other_and_independent_ones_do_not() -> None:
    rng = np.random.default_rng(10)
    truth = np.where(rng.random((500, 3)) < 0.3, 1, -1).astype(np.int8)
    truth[:, 1] = np.where(rng.random(500) < 0.9, truth[:, 0], -truth[:, 0])
    marks = np.where(rng.random((500, 3)) < 0.6, truth, 0).astype(np.int8)
    image, label = np.nonzero(marks)
    level = np.full(len(image), np.log(0.3 / 0.7), np.float32)
    weights, _ = fit_links(marks, np.arange(500) % 5, image, label, level)
    assert weights[0, 1] > 0.5
    assert weights[1, 0] > 0.5
    assert abs(weights[2]).max() < 0.5
    before = np.full((500, 3), level[0], np.float32)
    after = add_links(before, marks, weights)
    unmarked = (marks == 0).all(1)
    np.testing.assert_array_equal(after[unmarked], before[unmarked])
    blind = (marks[:, 0] == 0) & (marks[:, 1] == 1)
    assert after[blind, 0].mean() > before[blind, 0].mean() + 0.5
    shuffled = marks[:, rng.permutation(3)].copy()
    for column in range(3):
        shuffled[:, column] = np.where(rng.random(500) < 0.3, 1, -1)
    image, label = np.nonzero(shuffled)
    level = np.full(len(image), np.log(0.3 / 0.7), np.float32)
    assert not fit_links(shuffled, np.arange(500) % 5, image, label, level)[0].any()


def test_average_precision_with_weights_repeats_cells() -> None:
    score, present = np.array([4.0, 3, 2, 1], np.float32), np.array([True, False, True, False])
    plain, repeated = weighted_ap(score, present, np.array([[1, 1, 1, 1], [1, 2, 1, 1]], np.float32))
    assert plain == pytest.approx((1 + 2 / 3) / 2)
    assert repeated == pytest.approx((1 + 2 / 4) / 2)


def test_a_text_tower_gives_directions_and_cosines() -> None:
    vocabulary = {"cat": 0, "dog": 1}

    def tower(prompts: list[str]) -> np.ndarray:
        return np.stack([np.eye(3)[next(v for k, v in vocabulary.items() if k in text)] for text in prompts])

    prior = TextTowerPrior(tower)
    reading = prior.read([["cat"], ["dog", "big_dog"]])
    np.testing.assert_allclose(reading.directions, [[1, 0, 0], [0, 1, 0]], atol=1e-6)
    scores = prior.raw_scores(prior.evidence(np.array([[[0.0, 4.0, 0.0], [0.0, 6.0, 0.0]]], np.float32)), reading)[0]
    np.testing.assert_allclose(scores, [[0, 1]], atol=1e-6)


def test_a_heat_map_is_opaque_where_the_direction_answers(tmp_path: Path) -> None:
    features = np.zeros((4, 2), np.float32)
    features[3] = [3, 0]
    np.testing.assert_allclose(attention(features, np.array([1, 0], np.float32)), [0, 0, 0, 1])
    png = heatmap_png(features, np.array([1, 0], np.float32), (2, 2), (40, 20))
    path = tmp_path / "heat.png"
    path.write_bytes(png)
    from PIL import Image

    picture = Image.open(path)
    assert picture.size == (40, 20)
    alpha = np.asarray(picture)[..., 3]
    assert alpha[19, 39] > 150 > alpha[0, 0]
    with pytest.raises(ValueError, match="do not fit"):
        heatmap_png(features, np.zeros(3, np.float32), (2, 2), (4, 4))


def test_before_any_mark_about_as_many_positives_are_promised_as_pictures_show() -> None:
    rng = np.random.default_rng(0)
    for labels, expected in ((20, 20**0.5 / 3), (80, 80**0.5 / 3), (1, 0.2)):
        scores = rng.standard_normal((20_000, labels)).astype(np.float32)
        promised = names_calibration(labels).probability(scores).sum(1).mean()
        assert promised == pytest.approx(expected, rel=0.15)
    assert names_offset(80) < names_offset(20)
