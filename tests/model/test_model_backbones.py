"""Backbones: packaged weights, folding, freezing; and what names are read as with the real encoder."""

from pathlib import Path

import numpy as np
import pytest
import torch
from timm.layers import Conv2dSame

from model.priors.imagenet import ImageNetPrior
from model.priors.reading import spoken
from model.vision import backbones
from model.vision.backbones import Backbone, BackboneError
from model.vision.folding import evenly_padded
from tests.optional import unwrap


@pytest.fixture(scope="module")
def lite() -> Backbone:
    return backbones.create("tf_efficientnet_lite0", 64)


def test_packaged_weights_load_and_folding_changes_nothing(lite: Backbone) -> None:
    pixels = torch.randint(0, 255, (2, 3, 64, 64), dtype=torch.uint8)
    with torch.inference_mode():
        plain, folded = lite.maps(pixels), lite.folded().maps(pixels)
    assert plain.shape == (2, 4, 1280)
    assert lite.classifier is not None
    torch.testing.assert_close(folded, plain, atol=1e-3, rtol=1e-3)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in lite.folded().module.modules())


@pytest.mark.slow
@pytest.mark.parametrize("side", [64, 75])
def test_uneven_padding_folds_into_kernels_exactly(side: int) -> None:
    net = backbones.create("tf_efficientnet_lite0", side).folded()
    assert not any(isinstance(m, Conv2dSame) for m in net.module.modules())
    torch.manual_seed(0)
    given = torch.rand(2, 6, side, side - 1)
    for kernel, stride in [(3, 2), (5, 2), (2, 2), (3, 1), (4, 3)]:
        uneven = Conv2dSame(6, 12, kernel, stride, groups=3)
        with torch.inference_mode():
            torch.testing.assert_close(evenly_padded(uneven, (side, side - 1))(given), uneven(given))


def test_these_weights_want_pixels_minus_127_over_128(lite: Backbone) -> None:
    pixels = torch.full((1, 3, 2, 2), 255, dtype=torch.uint8)
    torch.testing.assert_close(lite.preprocessing.normalise(pixels), torch.ones(1, 3, 2, 2))


def test_freezing_stops_at_the_named_part() -> None:
    net = backbones.create("test_efficientnet", 64, weights="random")
    net.freeze("blocks.1")
    trainable = [name for name, p in net.module.named_parameters() if p.requires_grad]
    assert trainable
    assert not any(name.startswith(("conv_stem", "blocks.0", "blocks.1.")) for name in trainable)
    with pytest.raises(BackboneError, match="parts at the top"):
        net.freeze("layer9")


def test_features_come_by_stage() -> None:
    net = backbones.create("test_efficientnet", 64, weights="random")
    with torch.inference_mode():
        sides = [stage.shape[-1] for stage in net.stages(torch.zeros(1, 3, 64, 64, dtype=torch.uint8))]
    assert sides == sorted(sides, reverse=True)
    assert sides[-1] == 2


def test_unknown_names_and_missing_weights_say_how_to_go_on() -> None:
    with pytest.raises(BackboneError, match="similar names"):
        backbones.create("resnet_of_dreams", 64, weights="random")
    with pytest.raises(BackboneError, match="give a weights file"):
        backbones.create("resnet18", 64)


def test_a_weights_file_of_another_net_is_refused(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(3)}, tmp_path / "w.pth")
    with pytest.raises(BackboneError, match="does not fit"):
        backbones.create("test_efficientnet", 64, weights=str(tmp_path / "w.pth"))


@pytest.mark.parametrize(("name", "words"), [("trafficLight", "traffic light"), ("hot_dog", "hot dog"), ("", "thing")])
def test_names_are_read_as_words(name: str, words: str) -> None:
    assert spoken(name) == words


@pytest.mark.slow
def test_the_encoder_reads_a_sofa_as_a_couch(lite: Backbone, tmp_path: Path) -> None:
    prior = ImageNetPrior(*unwrap(lite.classifier), folder=tmp_path)
    reading = prior.read([["sofa"], ["sofa", "school bus"]])
    assert reading.concepts[0][0][0] == "studio couch"
    assert "school bus" in dict(reading.concepts[1])
    np.testing.assert_allclose(reading.mixture.sum(1), 1, atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(reading.directions, axis=1), 1, atol=1e-5)
    assert list(tmp_path.glob("concepts-*.npy"))


@pytest.mark.slow
def test_evidence_of_names_sees_what_is_small_in_the_picture(lite: Backbone, tmp_path: Path) -> None:
    """Against the literal formulas, concept by concept and position by position."""
    rows, bias = unwrap(lite.classifier)
    prior = ImageNetPrior(rows, bias, folder=tmp_path)
    reading = prior.read([["school bus"], ["golden retriever"]])
    bus, flat = int(np.argmax(reading.mixture[0])), rows.mean(0)
    maps = np.stack([np.stack([flat] * 8 + [3 * rows[bus]]), np.stack([flat] * 9)]).astype(np.float32)
    whole, peak, probability = prior.raw_scores(prior.evidence(maps), reading)
    logits = np.array([[[row @ x + b for row, b in zip(rows, bias, strict=True)] for x in picture] for picture in maps])
    steady = (logits - logits.mean(2, keepdims=True)) / logits.std(2, keepdims=True)
    mean = logits.mean(1)
    chance = np.exp(logits) / np.exp(logits).sum(2, keepdims=True)
    np.testing.assert_allclose(peak, steady.max(1) @ reading.mixture.T, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(np.exp(probability), chance.mean(1) @ reading.mixture.T, rtol=1e-2, atol=1e-6)
    literal = (mean - mean.mean(1, keepdims=True)) / mean.std(1, keepdims=True)
    np.testing.assert_allclose(whole, literal @ reading.mixture.T, rtol=1e-3, atol=1e-3)
    assert peak[0, 0] - peak[1, 0] > whole[0, 0] - whole[1, 0] > 0
