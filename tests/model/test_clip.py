"""The CLIP prior with tiny random open_clip models."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import pytest
import torch

from model.priors.clip import open_clip_prior, picture_projection
from model.priors.reading import PriorError
from model.storage.durable import BadInput
from model.storage.progress import Watch
from model.storage.run import read_run
from model.training.score import score
from model.training.train import train
from model.training.warm import Warm
from tests.model.runs import draw, make_run

TEXT = {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
TOWERS = {
    "tern-vit": {"image_size": 32, "layers": 1, "width": 24, "head_width": 12, "patch_size": 8},
    "tern-timm": {"image_size": 64, "timm_model_name": "test_convnext", "timm_pool": "avg", "timm_proj": "linear"},
    "tern-resnet": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None},
}


@pytest.fixture(scope="module", autouse=True)
def _small_models(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("clip")
    for name, tower in TOWERS.items():
        (folder / f"{name}.json").write_text(json.dumps({"embed_dim": 12, "vision_cfg": tower, "text_cfg": TEXT}))
    open_clip.add_model_config(folder)


def weights_of(name: str, folder: Path) -> tuple[Any, str]:
    torch.manual_seed(0)
    model = open_clip.create_model(name).eval()
    torch.save(model.state_dict(), folder / "weights.pt")
    return model, str(folder / "weights.pt")


@pytest.mark.parametrize("name", ["tern-vit", "tern-timm"])
def test_feature_times_direction_is_picture_times_text(name: str, tmp_path: Path) -> None:
    model, weights = weights_of(name, tmp_path)
    prior = open_clip_prior(name, weights)
    prior.prompts = ("a photo of a {}.",)
    reading = prior.read([["traffic_light"], ["dog"]])
    projection = picture_projection(model.visual)
    features = torch.randn(3, len(projection))
    with torch.inference_mode():
        text = model.encode_text(open_clip.get_tokenizer(name)(["a photo of a traffic light.", "a photo of a dog."]))
        expected = (features @ projection) @ text.T
    assert reading.directions.shape == (2, len(projection))
    ours = features @ torch.as_tensor(reading.directions).T
    torch.testing.assert_close(ours / ours.norm(dim=0), expected / expected.norm(dim=0), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", ["tern-vit", "tern-timm"])
def test_the_projection_is_the_towers_last_step(name: str, tmp_path: Path) -> None:
    model, _ = weights_of(name, tmp_path)
    seen: dict[str, torch.Tensor] = {}
    with torch.inference_mode():
        if name == "tern-vit":
            model.visual.ln_post.register_forward_hook(lambda m, i, o: seen.update(x=o))
            embedded = model.encode_image(torch.randn(2, 3, 32, 32))
            before = seen["x"] if seen["x"].ndim == 2 else seen["x"][:, 0]
        else:
            model.visual.trunk.register_forward_hook(lambda m, i, o: seen.update(x=o))
            embedded = model.encode_image(torch.randn(2, 3, 64, 64))
            before = seen["x"]
        torch.testing.assert_close(before @ picture_projection(model.visual), embedded, atol=1e-5, rtol=1e-4)


def test_scores_of_maps_are_cosines(tmp_path: Path) -> None:
    prior = open_clip_prior("tern-vit", weights_of("tern-vit", tmp_path)[1])
    reading = prior.read([["cat"], ["dog", "puppy"]])
    maps = np.random.default_rng(0).normal(size=(4, 9, 24)).astype(np.float32)
    (scores,) = prior.raw_scores(prior.evidence(maps), reading)
    mean = maps.mean(1)
    expected = mean @ reading.directions.T / np.linalg.norm(mean, axis=1, keepdims=True)
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(reading.directions, axis=1), 1, atol=1e-5)


def test_a_tower_without_a_linear_last_step_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PriorError, match="choose a ViT"):
        open_clip_prior("tern-resnet", weights_of("tern-resnet", tmp_path)[1])


def test_a_run_is_scored_and_trained_with_a_text_tower(tmp_path: Path) -> None:
    _, weights = weights_of("tern-timm", tmp_path)
    images, truth = draw(tmp_path, 12)
    about: dict[str, Any] = {"backbone": "test_convnext", "overrides": {"prior": f"open_clip:tern-timm={weights}"}}
    run, warm = make_run(tmp_path / "run", images, truth, **about), Warm()
    assert train(read_run(run), warm, Watch(run)) == 0
    assert warm.prior(read_run(run).config).name == "open_clip:tern-timm"
    assert np.isfinite(np.load(run / "scores.npy")).all()

    about |= {"weights": str(run / "weights.safetensors"), "overrides": {"prior": "none"}}
    other = make_run(tmp_path / "other", images, truth, **about)
    with pytest.raises(BadInput, match="prior open_clip:tern-timm"):
        score(read_run(other), Warm(), Watch(other))


def test_a_text_tower_for_other_features_is_refused(tmp_path: Path) -> None:
    _, weights = weights_of("tern-vit", tmp_path)
    with pytest.raises(PriorError, match=r"features of 24 numbers; .* 64"):
        open_clip_prior("tern-vit", weights, 64)
