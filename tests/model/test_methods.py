"""Every named configuration trains on a tiny problem, and survives what small data bring."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from model.networks.inputs import Maps, Photos
from model.networks.loop import Fit, FitConfig, History, predict
from model.networks.network import Batch, Draws, Network
from model.research.methods import METHODS, Method, Size, Task, named
from model.research.methods.cl import CurriculumLabels
from model.research.methods.mixup import Mixup, mixed_labels
from model.research.methods.p_gcn import PGCN
from tests.optional import unwrap
from tests.paths import ROOT

torch.set_num_threads(1)
TINY = Size(width=8, hidden=8, epochs=4)
N, C, D, GRID = 24, 5, 12, (4, 4)


def tiny(classes: int = C, n: int = N, known: float = 0.7, seed: int = 0) -> Task:
    rng = np.random.default_rng(seed)
    truth = np.where(rng.random((n, classes)) < 0.35, 1, -1)
    truth[:2] = [[1], [-1]]
    directions = rng.normal(size=(classes, D)).astype(np.float32)
    maps = rng.normal(size=(n, GRID[0] * GRID[1], D)).astype(np.float32) * 0.5
    for i in range(n):
        for c in range(classes):
            if truth[i, c] == 1:
                maps[i, rng.integers(0, GRID[0] * GRID[1], 3)] += directions[c]
    labels = np.where(rng.random(truth.shape) < known, truth, 0).astype(np.int8)
    scores = (maps.mean(1) @ directions.T).astype(np.float32)
    inputs = Maps(maps, GRID)
    return Task(
        [f"label {c}" for c in range(classes)],
        inputs,
        labels,
        inputs,
        D,
        GRID,
        rng.normal(size=(classes, 6)).astype(np.float32),
        directions,
        scores,
        scores,
        facts={"toy": True},
    )


def settings(method: Method, epochs: int = 3, batch: int = 8) -> FitConfig:
    base = FitConfig(epochs=epochs, batch=batch, lr=1e-2, weight_decay=0.0, drop_every=0, blend_lr=1e-2)
    return replace(base, **{k: v for k, v in method.fit.items() if k not in {"lr", "drop_every"}})


def train(method: Method, task: Task, epochs: int = 3, batch: int = 8) -> tuple[Network, History]:
    torch.manual_seed(0)
    network = unwrap(method.build)(task, TINY)
    fit = Fit(network, task.train, task.labels, settings(method, epochs, batch), task.train_scores)
    return network, fit.run()


TRAINED = [m.name for m in METHODS.values() if m.build]


@pytest.mark.parametrize("name", TRAINED)
def test_loss_falls_and_scores_are_finite(name: str) -> None:
    task = tiny()
    network, history = train(METHODS[name], task, epochs=8)
    plain = [sum(v for k, v in t.items() if k == "bce") for t in history.terms]
    assert np.mean(plain[-3:]) < np.mean(plain[:3])
    scores = predict(network, task.test, task.test_scores)
    assert scores.shape == (N, C)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", TRAINED)
def test_rare_and_empty_cases_work(name: str) -> None:
    task = tiny()
    labels = task.labels.copy()
    labels[:, 1] = np.minimum(labels[:, 1], 0)  # a class without positives
    labels[3] = 0  # an image without known labels
    labels[4] = np.where(task.labels[4] == 0, -1, task.labels[4])  # an image without unknown labels
    labels[:, 2] = 0  # a class nobody marked
    network, history = train(METHODS[name], replace(task, labels=labels), epochs=3, batch=5)
    assert np.isfinite(history.losses).all()
    assert np.isfinite(predict(network, task.test, task.test_scores)).all()


@pytest.mark.parametrize("name", TRAINED)
@pytest.mark.parametrize("case", ["batch of one", "two labels", "nothing known", "everything known"])
def test_smallest_problems_work(name: str, case: str) -> None:
    task = tiny(
        classes=2 if case == "two labels" else C,
        n=6,
        known={"nothing known": 0.0, "everything known": 1.0}.get(case, 0.7),
    )
    network, history = train(METHODS[name], task, epochs=2, batch=1 if case == "batch of one" else 4)
    assert np.isfinite(history.losses).all()
    assert np.isfinite(predict(network, task.test, task.test_scores)).all()


@pytest.mark.parametrize("name", [m.name for m in METHODS.values() if m.solve and m.name != "tern"])
def test_direct_methods_score_every_item(name: str) -> None:
    task = tiny(n=40)
    scores = unwrap(METHODS[name].solve)(task)
    assert scores.shape == (40, C)
    assert np.isfinite(scores).all()


def test_mixup_of_pixels_learns_from_pictures_and_refuses_frozen_maps() -> None:
    sample = sorted((ROOT / "fixtures" / "sample").glob("*.jpg"))[:12]
    photos = Photos(sample, size=32, scale=36)
    task = replace(tiny(n=len(sample)), train=photos, test=photos, facts={})
    method = METHODS["ssgrl-ip-mixup"]
    with pytest.raises(ValueError, match="needs images and a trunk"):
        unwrap(method.build)(task, TINY)
    network, history = train(method, replace(task, trunk=lambda: torch.nn.Conv2d(3, D, 8, 8)), epochs=6)
    assert np.mean(history.losses[-2:]) < np.mean(history.losses[:2])
    assert np.isfinite(predict(network, photos)).all()


def test_mixup_of_pixels_mixes_each_item_with_its_mirror_and_keeps_labels_known_to_both() -> None:
    class Seen(Network):
        def losses(self, batch: Batch) -> dict[str, torch.Tensor]:
            seen.append(batch)
            return {}

    seen: list[Batch] = []
    images = torch.randn(2, 3, 4, 4)
    y = torch.tensor([[1.0, -1, 0, 0, 1], [1, 1, 1, 0, -1]])
    Mixup(Seen(), "pixels").losses(Batch(images, y, None, Draws.make(2, 5, torch.Generator())))
    torch.testing.assert_close(seen[1].inputs, (images + images.flip(0)) / 2)
    assert seen[0].targets is y
    assert seen[1].targets.tolist() == [[1, 0, 0, 0, 0], [1, 0, 0, 0, 0]]


def test_tern_says_that_it_learns_from_image_files() -> None:
    """Its own trainer is run on pictures by tests/model/test_model_train.py."""
    with pytest.raises(ValueError, match="image files in a run directory"):
        unwrap(METHODS["tern"].solve)(tiny())


def test_every_row_of_the_papers_tables_has_a_method() -> None:
    from model.research import published

    rows = {row for table in (published.MAP, published.F1) for by_row in table.values() for row in by_row}
    assert rows <= {m.paper for m in METHODS.values()}


def test_unknown_method_is_an_error_that_lists_what_there_is() -> None:
    with pytest.raises(ValueError, match=r"nonsense.*ssgrl"):
        named(["ssgrl", "nonsense"])


def test_known_labels_never_change_under_curriculum_labels() -> None:
    task = tiny()
    network = unwrap(METHODS["cl"].build)(task, TINY)
    assert isinstance(network, CurriculumLabels)
    network.threshold = 0.0
    fit = Fit(network, task.train, task.labels, settings(METHODS["cl"], 3), None)
    fit.run()
    known = task.labels != 0
    np.testing.assert_array_equal(fit.view.labels.numpy()[known], task.labels[known])
    assert (fit.view.labels != 0).float().mean() > known.mean()


def test_mixed_labels_by_rule() -> None:
    y, other = torch.tensor([1.0, 1.0, 1.0, 0.0, -1.0]), torch.tensor([1.0, -1.0, 0.0, 0.0, -1.0])
    assert mixed_labels(y, other, 0.5, "careful").tolist() == [1, 0, 0, 0, -1]
    assert mixed_labels(y, other, 0.75, "optimistic").tolist() == [1, 0.5, 0.75, 0, -1]


def test_p_gcn_nodes_equal_the_built_hadamard_products() -> None:
    task = tiny()
    network = unwrap(METHODS["p-gcn"].build)(task, TINY)
    assert isinstance(network, PGCN)
    maps = task.train.get([0, 1, 2], None, 0)
    x, a = maps.amax((2, 3)), network.graph
    nodes = x[:, None] * network.classify.weight
    hidden = torch.nn.functional.leaky_relu(a @ network.first(nodes), 0.2)
    expected = network.classify(x) + (a @ network.second(hidden)).squeeze(2)
    torch.testing.assert_close(network(maps), expected)


def test_probe_choice_of_penalty_uses_known_training_labels_only() -> None:
    task = tiny(n=40)
    assert isinstance(task.test, Maps)
    before = unwrap(METHODS["probe"].solve)(task)
    other = replace(task, test=Maps(np.concatenate([task.test.maps, task.test.maps[:5]]), GRID))
    np.testing.assert_allclose(unwrap(METHODS["probe"].solve)(other)[:40], before, atol=1e-5)
