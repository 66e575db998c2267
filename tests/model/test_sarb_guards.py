"""What breaks the released code does not break ours: empty classes, full images, few samples, restarts."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from model.networks import losses
from model.networks.inputs import Maps
from model.networks.loop import Fit, FitConfig, predict
from model.networks.network import Draws
from model.research.methods.sarb import network
from model.sarb.blending import chosen, instance_blend, partners
from model.sarb.config import PRESETS, SARBConfig, named
from model.sarb.csrl import Categories
from model.sarb.deploy import deployed
from model.sarb.graph import conditional
from model.sarb.network import SARB, Projection
from model.sarb.prototypes import LocationSums, as_noise, cluster_centres
from model.sarb.trunk import PaperTrunk
from model.vision.folding import fold_batch_norm
from tests.model.test_methods import TINY, tiny
from tests.optional import unwrap

torch.set_num_threads(1)


def test_graph_counts_by_hand_and_a_class_without_positives_is_a_unit_row() -> None:
    labels = np.array([[1, 1, 0, -1], [1, 0, 0, -1], [-1, 1, 0, -1], [1, 1, -1, -1]])
    expected: list[list[float]] = [[1, 2 / 3, 0, 0], [2 / 3, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    np.testing.assert_allclose(conditional(labels), expected)
    assert np.isnan(conditional(labels, legacy_nan=True)[2]).all()


def test_contrastive_without_comparable_pairs_is_zero_with_zero_gradient() -> None:
    v = torch.randn(4, 3, 5, requires_grad=True)
    loss = losses.contrastive(v, torch.zeros(4, 3))
    loss.backward()
    assert loss == 0
    assert unwrap(v.grad).abs().max() == 0


def test_partial_bce_in_both_reductions_by_hand() -> None:
    x, t = torch.tensor([[0.0, 2.0], [1.0, 0.0]]), torch.tensor([[1.0, -1.0], [0.0, 1.0]])
    a, b, c = (np.log1p(np.exp(v)) for v in (0.0, 2.0, -0.0))
    assert losses.partial_bce(x, t).item() == pytest.approx((a + b + c) / 3, abs=1e-6)
    assert losses.partial_bce(x, t, "image").item() == pytest.approx((a + b) / 2 + c, abs=1e-6)
    assert losses.partial_bce(x, torch.zeros(2, 2)).item() == 0


def test_durand_weights_ten_per_cent_by_five_and_everything_by_one() -> None:
    x, t = torch.zeros(2, 10), torch.ones(2, 10)
    t[0, 1:] = 0
    one = np.log(2)
    assert losses.proportion_bce(x, t).item() == pytest.approx((5.005 * one / 10 + one) / 2, rel=1e-5)


def test_asymmetric_loss_by_hand_and_its_focus_has_no_gradient() -> None:
    x = torch.tensor([[0.0, 1.0, -3.0]], requires_grad=True)
    loss = losses.asymmetric(x, torch.tensor([[1.0, -1.0, -1.0]]), negative=4, positive=1, shift=0.05)
    p = 1 / (1 + np.exp(-np.array([0.0, 1.0, -3.0])))
    m = max(p[1] - 0.05, 0)
    expected = -(0.5 * np.log(0.5) + m**4 * np.log(1 - m)) / 3
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    loss.backward()
    assert unwrap(x.grad)[0, 0].item() == pytest.approx(-0.5 * 0.5 / 3, rel=1e-5)
    assert unwrap(x.grad)[0, 2].abs() < 1e-6


def test_an_image_without_unknown_labels_keeps_its_labels() -> None:
    labels, noise = torch.tensor([[1.0, -1.0, -1.0], [0.0, 1.0, 0.0]]), torch.tensor([[0.1, 0.9, 0.2], [0.3, 0.9, 0.4]])
    everything = torch.ones(3, dtype=torch.bool)
    assert chosen(labels, noise, everything, 1, False).tolist() == [[False] * 3, [False, False, True]]
    assert chosen(labels, noise, everything, 1, True).tolist() == [[True, False, False], [False, False, True]]
    none = torch.zeros(3, dtype=torch.bool)
    assert not chosen(labels, noise, none, 2, False).any()


def test_only_presences_are_lent_unless_both_signs_are_asked_for() -> None:
    y = torch.tensor([[0.0, 0.0, 1.0], [1.0, -1.0, 0.0]])
    assert partners(y).tolist() == [[True, False, False], [False, False, True]]
    assert partners(y, True).tolist() == [[True, True, False], [False, False, True]]
    found = Categories(torch.randn(2, 3, 4), torch.rand(2, 3, 9), torch.randn(2, 9, 4))
    blend = instance_blend(found, y, torch.tensor(0.25), SARBConfig(both_signs=True))
    np.testing.assert_allclose(blend.targets, [[0.75, -0.75, 1], [1, -1, 0.75]])


def test_few_samples_become_their_own_clusters() -> None:
    v, y = torch.randn(5, 3, 4), torch.zeros(5, 3)
    y[0, 0] = y[1, 0] = 1
    centres, available = cluster_centres([(Categories(v, v, v), y)], 4)
    assert available.tolist() == [True, False, False]
    rows = {tuple(np.round(r, 4)) for r in centres[0].tolist()}
    assert rows == {tuple(np.round(v[i, 0].tolist(), 4)) for i in (0, 1)}


def test_location_limit_keeps_the_first_samples_of_each_cell() -> None:
    config = SARBConfig(location_limit=2)
    store, v = LocationSums(1, (2, 2), config), torch.arange(5.0)[:, None, None]
    attention = torch.zeros(5, 1, 4)
    attention[..., 0] = 1
    found = Categories(v, attention, torch.ones(5, 4, 1))
    for rows in (slice(0, 3), slice(3, 5)):
        store.add(Categories(*(t[rows] for t in found[:3])), torch.ones(5, 1)[rows])
    assert store.finish()[0][0, 0].item() == pytest.approx(0.5)


def test_legacy_shrink_averages_a_zero_row_in() -> None:
    v = torch.full((2, 1, 1), 3.0)
    attention = torch.zeros(2, 1, 4)
    attention[..., 3] = 1
    found = Categories(v, attention, torch.ones(2, 4, 1))
    for shrink, expected in ((False, 3.0), (True, 2.0)):
        store = LocationSums(1, (2, 2), SARBConfig(legacy_shrink=shrink))
        store.add(found, torch.ones(2, 1))
        prototypes, _ = store.finish()
        assert prototypes[0, 3].item() == pytest.approx(expected)
        assert prototypes[0, 0].item() == pytest.approx(3.0)


def test_noise_prototypes_hold_nothing_of_the_images() -> None:
    real = torch.randn(3, 4, 50) + 2
    fake = as_noise(real, torch.tensor([True, True, False]), 0)
    assert abs(fake.mean() - real[:2].mean()) < 0.3
    assert abs(np.corrcoef(real.flatten(), fake.flatten())[0, 1]) < 0.2


def test_training_that_is_stopped_and_resumed_equals_unbroken_training(tmp_path: Path) -> None:
    task, config = tiny(), FitConfig(epochs=3, batch=5, lr=1e-2, blend_lr=1e-2)

    def make(folder: Path | None) -> Fit:
        torch.manual_seed(0)
        return Fit(network(SARBConfig(), task, replace(TINY, epochs=4)), task.train, task.labels, config, folder=folder)

    def late() -> bool:
        calls.append(1)
        return len(calls) > 7

    whole, parts = make(None), make(tmp_path)
    calls: list[int] = []
    expected = whole.run()
    assert parts.run(stop=late).stopped
    again = make(tmp_path)
    assert again.run().losses == pytest.approx(expected.losses, abs=1e-6)
    np.testing.assert_allclose(predict(again.network, task.test), predict(whole.network, task.test), atol=1e-6)


def test_a_loss_that_is_no_number_stops_with_its_terms() -> None:
    task = tiny()
    net = network(SARBConfig(), task, TINY)
    with torch.no_grad():
        net.head.bias.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="lower the step size"):
        Fit(net, task.train, task.labels, FitConfig(epochs=1)).run()


def test_alpha_moves_with_a_step_size_of_its_own_and_stays_within_bounds() -> None:
    task, moved = tiny(), {}
    for rate in (1e-5, 5.0):
        torch.manual_seed(0)
        net = network(SARBConfig(), task, replace(TINY, epochs=4))
        Fit(net, task.train, task.labels, FitConfig(epochs=4, batch=8, lr=1e-5, blend_lr=rate)).run()
        net.alpha.data.clamp_(0, 1)
        moved[rate] = abs(net.alpha.item() - 0.5)
    assert 0 < moved[1e-5] < 1e-3
    assert moved[1e-5] < moved[5.0] <= 0.5


@pytest.mark.slow
def test_a_semantic_start_begins_at_the_zero_shot_order_and_is_held() -> None:
    task = tiny()
    net = network(PRESETS["tern"], task, TINY)
    np.testing.assert_allclose(predict(net, task.test, task.test_scores), unwrap(task.test_scores), atol=1e-5)
    assert unwrap(net.penalty()).item() == 0
    distances = []
    for hold in (0.01, 100.0):
        net = network(named("tern", hold=hold), task, TINY)
        config = FitConfig(epochs=10, batch=8, lr=1e-2, weight_decay=0)
        Fit(net, task.train, task.labels, config, task.train_scores).run()
        distances.append(net.head.weight.norm().item())
    assert distances[1] < distances[0] / 2


def test_settings_that_do_not_exist_or_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="released-code"):
        named("journal")
    with pytest.raises(ValueError, match="grid_power"):
        named("paper", gridpower=2)
    with pytest.raises(ValueError, match="needs directions"):
        SARB(PRESETS["tern"], 4, (2, 2), torch.randn(3, 5), torch.eye(3))
    config = named("tern", pool="max", blend_space="map")
    with pytest.raises(ValueError, match="zero-shot score has no map"):
        SARB(config, 4, (2, 2), torch.randn(3, 5), torch.eye(3), torch.randn(3, 4))
    with pytest.raises(ValueError, match="positions"):
        Maps(np.zeros((2, 5, 3)), (2, 2))
    with pytest.raises(ValueError, match="rows of labels"):
        Fit(network(SARBConfig(), tiny(), TINY), tiny().train, np.zeros((2, 5)), FitConfig())


class Small(nn.Module):
    """A network with ResNet's part names, small enough for tests."""

    layer1: nn.Sequential
    layer2: nn.Sequential
    layer3: nn.Sequential
    layer4: nn.Sequential

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8)
        self.relu, self.maxpool = nn.ReLU(), nn.MaxPool2d(3, 2, 1)
        for i in (1, 2, 3, 4):
            parts = nn.Conv2d(8, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU()
            setattr(self, f"layer{i}", nn.Sequential(*parts))
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                unwrap(module.running_mean).normal_()
                unwrap(module.running_var).uniform_(0.5, 2)


def plain(net: Small, x: torch.Tensor) -> torch.Tensor:
    x = net.maxpool(net.relu(net.bn1(net.conv1(x))))
    return nn.functional.avg_pool2d(net.layer4(net.layer3(net.layer2(net.layer1(x)))), 2)


def test_folded_trunk_equals_the_plain_one_and_trains_its_last_stage_only() -> None:
    import copy

    torch.manual_seed(0)
    net, x = Small().eval(), torch.randn(2, 3, 64, 64)
    trunk = PaperTrunk(copy.deepcopy(net)).eval()
    torch.testing.assert_close(trunk(x), plain(net, x), atol=1e-5, rtol=1e-5)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in trunk.frozen.modules())
    trunk.train()
    assert trunk.layer4.training
    assert not trunk.frozen.training
    trunk(x).sum().backward()
    assert {n.split(".")[0] for n, p in trunk.named_parameters() if p.grad is not None} == {"layer4"}


def test_a_deployed_network_gives_equal_logits_without_batch_norm() -> None:
    torch.manual_seed(0)
    trunk = PaperTrunk(Small())
    net = SARB(SARBConfig(width=8, hidden=6), 8, (8, 8), torch.randn(5, 4), torch.eye(5), trunk=trunk)
    assert isinstance(net.project, Projection)
    unwrap(net.project.norm.running_mean).normal_()
    net.eval()
    x = torch.randn(2, 3, 64, 64)
    small = deployed(net)
    torch.testing.assert_close(small(x), net(x), atol=1e-5, rtol=1e-5)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in small.modules())
    assert any(isinstance(m, nn.BatchNorm2d) for m in net.modules())


def test_folding_leaves_a_norm_alone_that_follows_no_convolution() -> None:
    module = nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)).eval()
    x = torch.randn(2, 3, 5, 5)
    expected = module(x)
    folded = fold_batch_norm(module)
    torch.testing.assert_close(folded(x), expected)
    assert isinstance(folded, nn.Sequential)
    assert isinstance(folded[0], nn.BatchNorm2d)


def test_draws_of_a_share_are_the_rows_of_the_whole() -> None:
    whole = Draws.make(6, 4, torch.Generator().manual_seed(3))
    rows = torch.tensor([0, 2, 5])
    part = Draws.make(6, 4, torch.Generator().manual_seed(3)).of(rows, torch.device("cpu"))
    torch.testing.assert_close(part.noise, whole.noise[rows])
    torch.testing.assert_close(part.pick, whole.pick)
