"""Doubts list the marks that both witnesses speak against, and nothing else."""

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy.special import expit

from model.active.doubts import ALWAYS_KEPT, WORTH_LISTING, Doubt, chances, doubts, worth_keeping


def two_clusters() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Twelve look-alikes that are present and twelve that are absent, in two directions of feature space."""
    rng = np.random.default_rng(0)
    features = np.repeat([[1.0, 0.0], [0.0, 1.0]], 12, axis=0) + rng.normal(0, 0.01, (24, 2))
    marks = np.repeat([1, -1], 12).astype(np.int8)[:, None]
    believed = np.repeat([0.9, 0.1], 12)[:, None]
    return features, marks, believed


def test_a_planted_mark_is_found_with_its_reason() -> None:
    features, marks, believed = two_clusters()
    marks[3, 0] = -1
    (doubt,) = doubts(believed, marks, features)
    assert (doubt.image, doubt.label, doubt.value) == (3, 0, -1)
    assert doubt.reason == "10 of 10 look-alikes are present"


def test_no_doubt_when_either_witness_agrees_with_the_mark() -> None:
    features, marks, believed = two_clusters()
    assert doubts(believed, marks, features) == []
    marks[3, 0] = -1
    believed[3, 0] = 0.2  # the model is content
    assert doubts(believed, marks, features) == []
    believed[3, 0] = 0.9
    apart = features.copy()
    apart[3] = [0.0, 1.0]  # the look-alikes are content
    assert doubts(believed, marks, apart) == []


def test_images_of_the_same_group_are_no_witnesses() -> None:
    features, marks, believed = two_clusters()
    marks[3, 0] = -1
    assert doubts(believed, marks, features, groups=np.repeat([0, 1], 12)) == []


def test_unknown_cells_are_neither_doubted_nor_asked() -> None:
    features, marks, believed = two_clusters()
    marks[:12, 0] = 0
    marks[3, 0] = -1
    assert doubts(believed, marks, features) == []


def test_the_surer_doubt_comes_first() -> None:
    features, marks, believed = two_clusters()
    marks[3, 0], marks[5, 0] = -1, -1
    believed[5, 0] = 0.99
    found = doubts(believed, marks, features)
    assert [d.image for d in found] == [5, 3]
    assert found[0].weight > found[1].weight


def test_shapes_must_fit() -> None:
    with pytest.raises(ValueError, match="must both be"):
        doubts(np.zeros((2, 1)), np.zeros((3, 1)), np.zeros((3, 2)))


def listed(weights: ArrayLike) -> list[Doubt]:
    return [Doubt(row, 0, 1, 0.1, 9, 10, weight) for row, weight in enumerate(np.asarray(weights).tolist())]


def test_the_list_ends_where_a_mark_is_more_likely_right_than_wrong() -> None:
    found, chance = worth_keeping(listed(np.linspace(9, 0, 200)), 2000)
    assert 0 < len(found) < 200
    assert chance.min() >= WORTH_LISTING
    assert chances(listed(np.linspace(9, 0, 200)), 2000)[len(found)] < WORTH_LISTING
    assert [d.image for d in found] == list(range(len(found)))


def test_a_small_project_keeps_its_first_doubts_although_none_is_sure() -> None:
    found, chance = worth_keeping(listed(np.linspace(1, 0, 80)), 150)
    assert len(found) == len(chance) == ALWAYS_KEPT
    assert chance.max() < WORTH_LISTING


def test_the_same_doubt_weighs_more_among_many_wrong_marks() -> None:
    few, many = chances(listed([6.0] + [0.5] * 5), 5000), chances(listed([6.0] * 300), 5000)
    assert many[0] > few[0]
    assert len(chances([], 100)) == 0


def project_with_mistakes(images: int, planted: int, seed: int) -> tuple[list[Doubt], np.ndarray, int]:
    """Four labels that show in the features, with some marks turned round; out-of-fold probabilities."""
    rng = np.random.default_rng(seed)
    truth = np.where(rng.random((images, 4)) < 0.3, 1, -1)
    features = (truth == 1) @ rng.normal(0, 1, (4, 24)) + rng.normal(0, 0.8, (images, 24))
    marks = truth.astype(np.int8)
    wrong = np.zeros(truth.shape, bool)
    wrong.flat[rng.permutation(truth.size)[:planted]] = True
    marks[wrong] *= -1
    believed = expit(3.2 * truth + rng.normal(0, 0.8, truth.shape))
    return doubts(believed, marks, features), wrong, marks.size


@pytest.mark.parametrize("seed", range(5))
def test_planted_mistakes_come_first_and_the_top_ten_say_that_some_are_there(seed: int) -> None:
    found, wrong, marks = project_with_mistakes(150, 5, seed)
    assert sum(wrong[doubt.image, doubt.label] for doubt in found[:7]) >= 3
    assert 0.5 <= chances(found, marks)[:10].sum() <= 5, "the page says that about so many of them are mistakes"
    right, _, marks = project_with_mistakes(150, 0, seed)
    assert chances(right, marks)[:10].sum() < 0.5, "the page says that probably none is"
