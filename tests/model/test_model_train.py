"""Run directories: train, score and serve leave the files of the contract, whatever the marks look like."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from model.metrics.average_precision import mean_average_precision
from model.storage.card import Card, open_card
from model.storage.durable import BadInput, checksum
from model.storage.progress import Watch
from model.storage.run import Run, read_run
from model.training.exits import DONE, STOPPED, guarded
from model.training.score import score
from model.training.train import train
from model.training.warm import Warm
from tests.model.runs import draw, make_run
from tests.paths import ROOT


@pytest.fixture(scope="module")
def warm() -> Warm:
    return Warm()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict], np.ndarray]:
    return draw(tmp_path_factory.mktemp("pictures"), 60)


def work(folder: Path, warm: Warm, job: Callable[[Run, Warm, Watch], int] = train) -> int:
    return job(read_run(folder), warm, Watch(folder))


def result(folder: Path) -> Card:
    return open_card(folder)


@pytest.mark.slow
def test_training_learns_colours_and_publishes_checked_files(
    tmp_path: Path, warm: Warm, pictures: tuple[list[dict], np.ndarray]
) -> None:
    images, truth = pictures
    marks = truth.copy()
    marks[40:] = 0
    run = make_run(tmp_path / "run", images, marks)
    assert work(run, warm) == DONE
    answer = result(run)
    assert answer["state"] == "done"
    assert all(checksum(run / name) == digest for name, digest in answer["checksums"].items())
    scores = np.load(run / "scores.npy")
    assert (scores.shape, scores.dtype) == ((3, 60), np.float16)
    chance = (truth[40:] == 1).mean()
    assert mean_average_precision(scores.T[40:], truth[40:]) > chance + 0.2
    lines = [json.loads(line) for line in (run / "progress.jsonl").read_text().splitlines()]
    assert lines[-1]["stage"] == "done"
    assert lines[-1]["percent"] == 100
    assert answer["metrics"]["n_heldout"] == 120


@pytest.mark.slow
def test_a_wrong_mark_among_right_ones_is_doubted_by_name(
    tmp_path: Path, warm: Warm, pictures: tuple[list[dict], np.ndarray]
) -> None:
    images, truth = pictures
    marks = truth.copy()
    label = int((marks == 1).sum(0).argmax())
    wrong = int(np.flatnonzero(marks[:, label] == 1)[0])
    marks[wrong, label] = -1
    run = make_run(tmp_path / "run", images, marks)
    assert work(run, warm) == DONE
    doubts = json.loads((run / "doubts.json").read_text())["doubts"]
    manifest = json.loads((run / "manifest.json").read_text())
    cell = (manifest["images"][wrong]["id"], manifest["labels"][label]["id"])
    found = next(doubt for doubt in doubts if (doubt["image"], doubt["label"]) == cell)
    assert found["value"] == -1
    assert found["probability"] > 0.5
    assert found["neighbours"]["agree"] < found["neighbours"]["of"] / 2
    assert "look-alikes are present; wrong with a chance of about" in found["reason"]


@pytest.mark.parametrize(
    "marks",
    [np.zeros((3, 3)), np.ones((3, 3)), -np.ones((3, 3)), np.diag([1, -1, 0])],
    ids=["nothing known", "all present", "all absent", "one mark a label"],
)
def test_thin_marks_give_finite_scores(
    tmp_path: Path, warm: Warm, pictures: tuple[list[dict], np.ndarray], marks: np.ndarray
) -> None:
    run = make_run(tmp_path / "run", pictures[0][:3], marks)
    assert work(run, warm) == DONE
    scores = np.load(run / "scores.npy").astype(float)
    assert np.isfinite(scores).all()
    assert ((scores > 0) & (scores < 1)).all()
    assert all(label["accept_present"] is None for label in result(run)["labels"])


def test_a_single_picture_and_two_labels_work(
    tmp_path: Path, warm: Warm, pictures: tuple[list[dict], np.ndarray]
) -> None:
    run = make_run(tmp_path / "run", pictures[0][:1], np.zeros((1, 2)), ["red", "blue"], level="prior")
    assert work(run, warm) == DONE
    assert np.isfinite(np.load(run / "scores.npy")).all()
    assert result(run)["method"] == "prior"


def test_an_unreadable_picture_is_named_and_its_scores_are_nan(
    tmp_path: Path, warm: Warm, pictures: tuple[list[dict], np.ndarray]
) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    images = [*pictures[0][:4], {"id": 99, "hash": "ab" * 32, "path": str(bad), "group": ""}]
    run = make_run(tmp_path / "run", images, np.zeros((5, 3)))
    assert work(run, warm) == DONE
    scores = np.load(run / "scores.npy")
    assert np.isnan(scores[:, 4]).all()
    assert np.isfinite(scores[:, :4]).all()
    assert result(run)["unreadable"][0]["id"] == 99


def test_a_stop_request_leaves_a_resumable_run(
    tmp_path: Path, warm: Warm, pictures: tuple[list[dict], np.ndarray]
) -> None:
    run = make_run(tmp_path / "run", pictures[0][:8], pictures[1][:8])
    (run / "stop").touch()
    assert work(run, warm) == STOPPED
    assert result(run)["state"] == "stopped"
    (run / "stop").unlink()
    assert work(run, warm) == DONE
    assert (run / "attempt-2" / "choices.json").exists()


@pytest.mark.slow
def test_scoring_keeps_known_labels_and_reads_new_ones_from_their_names(
    tmp_path: Path, warm: Warm, pictures: tuple[list[dict], np.ndarray]
) -> None:
    images, truth = pictures
    first = make_run(tmp_path / "first", images, truth)
    work(first, warm)
    second = make_run(tmp_path / "second", images, np.zeros((60, 4)), ["red", "green", "blue", "sky"],
                      weights=str(first / "weights.safetensors"))  # fmt: skip
    assert work(second, warm, score) == DONE
    before, after = np.load(first / "scores.npy"), np.load(second / "scores.npy")
    np.testing.assert_allclose(after[:3], before, atol=2e-3)
    assert np.isfinite(after[3]).all()


@pytest.mark.slow
def test_a_quick_refit_takes_over_the_choices_of_the_version_before(
    tmp_path: Path, warm: Warm, pictures: tuple[list[dict], np.ndarray]
) -> None:
    images, truth = pictures
    first = make_run(tmp_path / "first", images, truth, overrides={"lam": 0.37})
    work(first, warm)
    second = make_run(tmp_path / "second", images, truth, level="quick", previous=str(first))
    assert work(second, warm) == DONE
    assert result(second)["choices"]["lam"] == pytest.approx(0.37)
    np.testing.assert_allclose(np.load(second / "scores.npy"), np.load(first / "scores.npy"), atol=0.02)


@pytest.mark.slow
def test_audit_answers_judge_but_never_teach(
    tmp_path: Path, warm: Warm, pictures: tuple[list[dict], np.ndarray]
) -> None:
    images, truth = pictures
    marks = np.where(np.arange(60)[:, None] < 30, truth, 0)
    plain = make_run(tmp_path / "plain", images, marks)
    audited = make_run(tmp_path / "audited", images, marks)
    np.save(audited / "audit.npy", np.where(np.arange(60)[:, None] >= 30, truth, 0).astype(np.int8))
    work(plain, warm)
    work(audited, warm)
    assert result(audited)["metrics"]["source"] == "audit"
    assert result(audited)["metrics"]["n_heldout"] == 90
    np.testing.assert_array_equal(np.load(plain / "directions.npy"), np.load(audited / "directions.npy"))


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("manifest.json", "{", "manifest.json is not JSON"),
        ("config.json", '{"cache_dir": "x", "level": "best"}', "level 'best'"),
        ("config.json", '{"cache_dir": "x", "colour": 1}', "unknown keys"),
        ("labels.npy", "", "labels.npy"),
    ],
)
def test_bad_input_is_named(
    tmp_path: Path, pictures: tuple[list[dict], np.ndarray], file: str, content: str, message: str
) -> None:
    run = make_run(tmp_path / "run", pictures[0][:2], np.zeros((2, 3)))
    (run / file).write_text(content)
    with pytest.raises(BadInput, match=message):
        read_run(run)
    assert guarded(run, Warm(), train) == 2


@pytest.mark.slow
def test_serve_answers_every_line_and_leaves_at_the_end(
    tmp_path: Path, pictures: tuple[list[dict], np.ndarray]
) -> None:
    run = make_run(tmp_path / "run", pictures[0][:6], pictures[1][:6])
    lines = [
        {"command": "train", "run": str(run)},
        {"command": "train", "run": str(tmp_path / "none")},
        {"command": "fly"},
    ]
    done = subprocess.run(
        [sys.executable, "-m", "model", "serve"], cwd=ROOT, input="\n".join(map(json.dumps, lines)) + "\n",
        capture_output=True, text=True, timeout=300, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [answer["ok"] for answer in answers] == [True, False, False]
    assert "manifest.json is missing" in answers[1]["error"]
    assert (run / "result.json").exists()
