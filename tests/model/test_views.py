"""Pictures seen at two sizes: what a `deep` run adds, keeps when it is stopped, and hands on to the runs after it."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from model.metrics.average_precision import mean_average_precision
from model.storage.card import Card, open_card
from model.storage.progress import Stopped, Watch
from model.storage.run import Run, read_run
from model.tern import weights as stored
from model.training.exits import DONE, STOPPED
from model.training.extract import extract, look_closer
from model.training.score import score
from model.training.train import train
from model.training.two_sizes import BATCH, enlarged_size
from model.training.warm import Warm
from model.training.work import Work
from model.vision.grid import coarse_maps
from tests.model.runs import draw, make_run


@pytest.fixture(scope="module")
def warm() -> Warm:
    return Warm()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict], np.ndarray]:
    return draw(tmp_path_factory.mktemp("pictures"), 40)


def work(folder: Path, warm: Warm, job: Callable[[Run, Warm, Watch], int] = train) -> int:
    return job(read_run(folder), warm, Watch(folder))


def result(folder: Path) -> Card:
    return open_card(folder)


def stages(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "progress.jsonl").read_text().splitlines()]


def test_a_record_is_the_mean_of_the_picture_as_it_is_and_enlarged(
    tmp_path: Path, warm: Warm, pictures: tuple[list[dict], np.ndarray]
) -> None:
    run = read_run(make_run(tmp_path / "run", pictures[0][:3], np.zeros((3, 3))))
    work_of = Work(run, warm, Watch(run.folder))
    extract(work_of)
    look_closer(work_of, lambda done, total: None)
    views = work_of.two_sizes
    assert views.size == enlarged_size(64) == 96
    found, sound = views.records.maps(run.hashes)
    assert sound.all()
    large = warm.backbone(run.config, 96)
    pixels = np.stack([large.preprocessing.load(image.path) for image in run.images]).transpose(0, 3, 1, 2)
    with torch.inference_mode():
        maps = large.maps(torch.from_numpy(pixels.copy())).numpy().reshape(3, *large.grid, -1)
    plain = coarse_maps(work_of.cache.maps(run.hashes)[0], work_of.cache.grid)
    # Grids of 2 x 2 and 3 x 3: every window of the larger one has two of three rows and columns.
    windows = [[maps[:, y : y + 2, x : x + 2].mean((1, 2)) for x in (0, 1)] for y in (0, 1)]
    expected = (plain + np.stack([one for row in windows for one in row], 1)) / 2
    # Enlarged pictures may be seen in bfloat16.
    assert np.sqrt(((found - expected) ** 2).mean()) < 0.05 * expected.std()
    assert np.sqrt(((plain - expected) ** 2).mean()) > 0.1 * expected.std()


@pytest.mark.slow
def test_a_deep_run_learns_and_hands_its_views_on(
    tmp_path: Path, warm: Warm, pictures: tuple[list[dict], np.ndarray]
) -> None:
    images, truth = pictures
    marks = truth.copy()
    marks[30:] = 0
    deep = make_run(tmp_path / "deep", images[:36], marks[:36], level="deep")
    assert work(deep, warm) == DONE
    assert result(deep)["level"] == "deep"
    assert stored.load(deep / "weights.safetensors").two_sizes
    assert mean_average_precision(np.load(deep / "scores.npy").T[30:], truth[30:36]) > (truth[30:36] == 1).mean()
    lines = [line for line in stages(deep) if line["stage"] == "views"]
    assert (lines[-1]["done"], lines[-1]["total"]) == (36, 36)
    assert [line["percent"] for line in stages(deep)] == sorted(line["percent"] for line in stages(deep))

    quick = make_run(tmp_path / "quick", images[:36], marks[:36], level="quick", previous=str(deep))
    assert work(quick, warm) == DONE
    assert not [line for line in stages(quick) if line["stage"] == "views"]
    np.testing.assert_allclose(np.load(quick / "scores.npy"), np.load(deep / "scores.npy"), atol=0.02)

    later = make_run(tmp_path / "later", images, np.zeros((40, 3)), weights=str(deep / "weights.safetensors"))
    assert work(later, warm, score) == DONE
    scores = np.load(later / "scores.npy")
    np.testing.assert_allclose(scores[:, :36], np.load(deep / "scores.npy"), atol=2e-3)
    assert np.isfinite(scores[:, 36:]).all()

    full = make_run(tmp_path / "full", images, marks, level="full", previous=str(quick))
    assert work(full, warm) == DONE
    assert {line["total"] for line in stages(full) if line["stage"] == "views"} == {4}
    assert stored.load(full / "weights.safetensors").two_sizes


@pytest.mark.slow
def test_views_made_before_a_stop_are_not_made_again(tmp_path: Path, pictures: tuple[list[dict], np.ndarray]) -> None:
    run = make_run(tmp_path / "run", pictures[0], pictures[1], level="deep")
    warm = Warm()

    class Impatient(Watch):
        """Asks for a stop once some views are there."""

        def check(self) -> None:
            if Work(read_run(run), warm, Watch(run)).two_sizes.records.slots:
                raise Stopped

    assert train(read_run(run), warm, Impatient(run)) == STOPPED
    assert result(run)["state"] == "stopped"
    assert len(Work(read_run(run), warm, Watch(run)).two_sizes.records) == BATCH
    before = len(stages(run))
    assert work(run, warm) == DONE
    again = [line["total"] for line in stages(run)[before:] if line["stage"] == "views"]
    assert set(again) == {len(pictures[0]) - BATCH}
