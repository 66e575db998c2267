"""Doubts list the marks that both witnesses speak against, and nothing else."""

import numpy as np
import pytest

from model.active.doubts import ALWAYS_KEPT, WORTH_LISTING, Doubt, chances, doubt_of_images, doubts, worth_keeping


def two_clusters():
    """Twelve look-alikes that are present and twelve that are absent, in two directions of feature space."""
    rng = np.random.default_rng(0)
    features = np.repeat([[1.0, 0.0], [0.0, 1.0]], 12, axis=0) + rng.normal(0, 0.01, (24, 2))
    marks = np.repeat([1, -1], 12).astype(np.int8)[:, None]
    believed = np.repeat([0.9, 0.1], 12)[:, None]
    return features, marks, believed


def test_a_planted_mark_is_found_with_its_reason():
    features, marks, believed = two_clusters()
    marks[3, 0] = -1
    (doubt,) = doubts(believed, marks, features)
    assert (doubt.image, doubt.label, doubt.value) == (3, 0, -1)
    assert doubt.reason == "10 of 10 look-alikes are present"


def test_no_doubt_when_either_witness_agrees_with_the_mark():
    features, marks, believed = two_clusters()
    assert doubts(believed, marks, features) == []
    marks[3, 0] = -1
    believed[3, 0] = 0.2  # the model is content
    assert doubts(believed, marks, features) == []
    believed[3, 0] = 0.9
    apart = features.copy()
    apart[3] = [0.0, 1.0]  # the look-alikes are content
    assert doubts(believed, marks, apart) == []


def test_images_of_the_same_group_are_no_witnesses():
    features, marks, believed = two_clusters()
    marks[3, 0] = -1
    assert doubts(believed, marks, features, groups=np.repeat([0, 1], 12)) == []


def test_unknown_cells_are_neither_doubted_nor_asked():
    features, marks, believed = two_clusters()
    marks[:12, 0] = 0
    marks[3, 0] = -1
    assert doubts(believed, marks, features) == []


def test_the_surer_doubt_comes_first_and_leads_the_review_queue():
    features, marks, believed = two_clusters()
    marks[3, 0], marks[5, 0] = -1, -1
    believed[5, 0] = 0.99
    found = doubts(believed, marks, features)
    assert [d.image for d in found] == [5, 3]
    value = doubt_of_images(found, 24)
    assert value[5] > value[3] > 0
    assert np.count_nonzero(value) == 2


def test_shapes_must_fit():
    with pytest.raises(ValueError, match="must both be"):
        doubts(np.zeros((2, 1)), np.zeros((3, 1)), np.zeros((3, 2)))


def listed(weights):
    return [Doubt(row, 0, 1, 0.1, 9, 10, weight) for row, weight in enumerate(weights)]


def test_the_list_ends_where_a_mark_is_more_likely_right_than_wrong():
    found, chance = worth_keeping(listed(np.linspace(9, 0, 200)), 2000)
    assert 0 < len(found) < 200
    assert chance.min() >= WORTH_LISTING
    assert chances(listed(np.linspace(9, 0, 200)), 2000)[len(found)] < WORTH_LISTING
    assert [d.image for d in found] == list(range(len(found)))


def test_a_small_project_is_shown_its_first_doubts_although_none_is_sure():
    found, chance = worth_keeping(listed(np.linspace(1, 0, 30)), 150)
    assert len(found) == len(chance) == ALWAYS_KEPT
    assert chance.max() < WORTH_LISTING


def test_the_same_doubt_weighs_more_among_many_wrong_marks():
    few, many = chances(listed([6.0] + [0.5] * 5), 5000), chances(listed([6.0] * 300), 5000)
    assert many[0] > few[0]
    assert len(chances([], 100)) == 0
