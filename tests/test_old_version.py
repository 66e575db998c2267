"""What earlier code left on disk still opens: a run directory, its version, and the feature cache."""

import json

import numpy as np

from model.storage.features import FeatureCache
from model.storage.progress import Watch
from model.storage.run import read_run
from model.tern import weights as stored
from model.training.exits import DONE
from model.training.score import score
from model.training.train import train
from model.training.warm import Warm
from tests.old_version import BACKBONE, unpacked
from tests.runs import make_run


def test_the_cache_holds_every_picture_of_the_old_run(tmp_path):
    run, images, _ = unpacked(tmp_path)
    cache = FeatureCache.open(tmp_path / "cache", BACKBONE["backbone"], BACKBONE["image_size"])
    hashes = [image["hash"] for image in images]
    assert cache.missing(hashes) == []
    assert cache.maps(hashes)[1].all()
    assert np.isfinite(cache.pooled(hashes)).all()
    assert stored.load(run / "weights.safetensors").labels == [(10, ["red"]), (11, ["green"]), (12, ["blue"])]


def test_scoring_with_the_old_weights_gives_the_old_scores_from_cached_features_alone(tmp_path):
    old, images, scores = unpacked(tmp_path)
    again = make_run(
        tmp_path / "again", images, np.load(old / "labels.npy"), weights=str(old / "weights.safetensors"), **BACKBONE
    )
    assert score(read_run(again), Warm(), Watch(again)) == DONE
    assert json.loads((again / "result.json").read_text())["unreadable"] == []
    np.testing.assert_allclose(np.load(again / "scores.npy"), scores, atol=2e-3)


def test_a_refit_takes_up_the_old_version_and_an_old_run_trains_again(tmp_path):
    old, images, scores = unpacked(tmp_path)
    choices = json.loads((old / "attempt-1" / "choices.json").read_text())
    quick = make_run(
        tmp_path / "quick", images, np.load(old / "labels.npy"), level="quick", previous=str(old), **BACKBONE
    )
    warm = Warm()
    assert train(read_run(quick), warm, Watch(quick)) == DONE
    np.testing.assert_allclose(np.load(quick / "scores.npy"), scores, atol=0.02)
    assert train(read_run(old), warm, Watch(old)) == DONE
    assert json.loads((old / "attempt-2" / "choices.json").read_text()) == choices
    np.testing.assert_allclose(np.load(old / "scores.npy"), scores, atol=2e-3)
