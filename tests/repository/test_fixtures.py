"""The demo's pictures are the same every time, and their truth is what the scenes allow."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import fixtures
from fixtures.canvas import Canvas
from fixtures.demo import GROUPS, LABEL_NAMES, LABELS, PEOPLE, known_at_start, truth_matrix
from fixtures.palette import DAY
from fixtures.render import SceneTruth, draw
from fixtures.scenes import SCENES
from tests.paths import ROOT

SAMPLE = ROOT / "fixtures" / "sample"
SAMPLE_COUNT, SAMPLE_SEED, SAMPLE_LONG_SIDE = 14, 100, 480  # python -m fixtures fixtures/sample with these


@pytest.fixture(scope="module")
def truths() -> list[SceneTruth]:
    return [draw(index, seed=7)[1] for index in range(150)]


@pytest.fixture
def canvas() -> Canvas:
    return Canvas(200, 100, DAY, np.random.default_rng(0))


def test_the_same_seed_draws_the_same_bytes_whatever_the_count(tmp_path: Path) -> None:
    first = fixtures.generate(tmp_path / "a", count=3, seed=11)
    second = fixtures.generate(tmp_path / "b", count=5, seed=11)
    assert second[:3] == first
    for truth in first:
        assert (tmp_path / "a" / truth.name).read_bytes() == (tmp_path / "b" / truth.name).read_bytes()


def test_another_seed_draws_other_pictures(tmp_path: Path) -> None:
    fixtures.generate(tmp_path / "a", count=1, seed=11)
    fixtures.generate(tmp_path / "b", count=1, seed=12)
    assert (tmp_path / "a" / "scene-0001.jpg").read_bytes() != (tmp_path / "b" / "scene-0001.jpg").read_bytes()


@pytest.mark.slow
def test_the_command_writes_pictures_and_a_wide_table(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "fixtures",
        str(tmp_path / "out"),
        "--count",
        "4",
        "--seed",
        "3",
        "--long-side",
        "300",
    ]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    lines = (tmp_path / "out" / "labels.csv").read_text().splitlines()
    assert lines[0] == "image," + ",".join(LABEL_NAMES)
    assert {cell for line in lines[1:] for cell in line.split(",")[1:]} == {"1", "-1"}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "labels.csv",
        "scene-0001.jpg",
        "scene-0002.jpg",
        "scene-0003.jpg",
        "scene-0004.jpg",
    ]
    for index in range(4):
        with Image.open(tmp_path / "out" / f"scene-{index + 1:04d}.jpg") as image:
            assert max(image.size) == 300
    assert fixtures.read_labels(tmp_path / "out" / "labels.csv") == {
        truth.name: truth.labels for truth in (draw(index, 3)[1] for index in range(4))
    }


@pytest.mark.slow
def test_labels_meet_as_they_do_in_the_world(truths: list[SceneTruth]) -> None:
    for truth in truths:
        seen = truth.labels
        assert seen <= set(LABEL_NAMES)
        assert "boat" not in seen or "sea" in seen
        assert "moon" not in seen or "night" in seen
        assert not {"street", "sea"} <= seen
        assert not {"street", "cup"} <= seen
        assert "car" not in seen or "street" in seen or truth.scene == "farm"
        assert (truth.light == "night") <= ("night" in seen)


def test_every_scene_is_drawn_and_every_label_is_common_and_never_certain(truths: list[SceneTruth]) -> None:
    assert {truth.scene for truth in truths} == set(SCENES)
    share = (truth_matrix([truth.labels for truth in truths]) == 1).mean(0)
    assert share.min() > 0.05
    assert share.max() < 0.5
    assert len({truth.labels for truth in truths}) > 40


def test_what_is_small_outside_or_hidden_is_not_present(canvas: Canvas) -> None:
    canvas.see("bird", 10, 10, 14, 14)
    canvas.see("boat", 170, 10, 260, 50)
    assert canvas.labels == set()
    canvas.see("moon", 20, 20, 40, 40)
    canvas.see_place("night")
    assert canvas.labels == {"moon", "night"}
    canvas.cover(10, 10, 29, 60)
    assert canvas.labels == {"moon", "night"}
    canvas.see("house", 10, 10, 60, 60)
    assert canvas.labels == {"house", "night"}


def test_what_is_seen_through_a_window_is_seen(canvas: Canvas) -> None:
    view = Canvas(80, 60, DAY, np.random.default_rng(0), least=canvas.least)
    view.see_place("sea")
    view.see("boat", 10, 10, 40, 40)
    canvas.inset(view, 100, 20)
    assert canvas.labels == {"sea", "boat"}
    canvas.see("lamp", 100, 20, 150, 70)
    assert canvas.labels == {"sea", "lamp"}


def test_a_tenth_of_the_cells_is_known_at_the_start_and_agrees_with_the_truth(truths: list[SceneTruth]) -> None:
    truth = truth_matrix([scene.labels for scene in truths])
    known = known_at_start(truth)
    assert known.dtype == np.int8
    assert np.count_nonzero(known) == round(0.10 * truth.size)
    assert (known[known != 0] == truth[known != 0]).all()
    assert ((known == 1).any(0) & (known == -1).any(0)).all()
    assert (known_at_start(truth) == known).all()
    assert (known_at_start(truth, seed=8) != known).any()
    assert (known_at_start(truth, share=1.0) == truth).all()
    with pytest.raises(ValueError, match="between 0 and 1"):
        known_at_start(truth, share=10)


def test_the_committed_sample_is_what_the_generator_says() -> None:
    table = fixtures.read_labels(SAMPLE / "labels.csv")
    assert table == {
        truth.name: truth.labels for truth in (draw(index, SAMPLE_SEED)[1] for index in range(SAMPLE_COUNT))
    }
    assert set().union(*table.values()) == set(LABEL_NAMES)
    files = sorted(SAMPLE.glob("*.jpg"))
    assert [path.name for path in files] == sorted(table)
    assert sum(path.stat().st_size for path in files) < 600_000


def test_the_committed_sample_looks_like_what_the_generator_draws() -> None:
    for index in (0, 5, SAMPLE_COUNT - 1):
        image, truth = draw(index, SAMPLE_SEED)
        image.thumbnail((SAMPLE_LONG_SIDE, SAMPLE_LONG_SIDE), Image.Resampling.LANCZOS)
        with Image.open(SAMPLE / truth.name) as stored:
            difference = np.asarray(image, dtype=int) - np.asarray(stored.convert("RGB"), dtype=int)
        assert np.abs(difference).mean() < 6


def test_the_demo_project_has_distinct_keys_two_line_rules_and_a_lead() -> None:
    keys = [label.key for label in LABELS if label.key]
    assert len(set(keys)) == len(keys) == 10
    assert len(set(LABEL_NAMES)) == 12
    assert all(label.rule.count("\n") == 1 and label.group in GROUPS for label in LABELS)
    assert sorted(person.role for person in PEOPLE) == ["annotator", "annotator", "lead"]
