"""What earlier code left on disk still opens: a run directory, its version, and the feature cache."""

import json
from pathlib import Path

import numpy as np
import pytest

from model.storage.card import FORMAT, Card, LabelQuality, Metrics, open_card, read_card
from model.storage.durable import BadInput
from model.storage.features import FeatureCache
from model.storage.progress import Watch
from model.storage.run import read_run
from model.tern import weights as stored
from model.training.exits import DONE
from model.training.score import score
from model.training.train import train
from model.training.warm import Warm
from tests.model.old_version import BACKBONE, unpacked
from tests.model.runs import make_run


def test_the_cache_holds_every_picture_of_the_old_run(tmp_path: Path) -> None:
    run, images, _ = unpacked(tmp_path)
    cache = FeatureCache.open(tmp_path / "cache", BACKBONE["backbone"], BACKBONE["image_size"])
    hashes = [image["hash"] for image in images]
    assert cache.missing(hashes) == []
    assert cache.maps(hashes)[1].all()
    assert np.isfinite(cache.pooled(hashes)).all()
    assert stored.load(run / "weights.safetensors").labels == [(10, ["red"]), (11, ["green"]), (12, ["blue"])]


def test_scoring_with_the_old_weights_gives_the_old_scores_from_cached_features_alone(tmp_path: Path) -> None:
    old, images, scores = unpacked(tmp_path)
    again = make_run(
        tmp_path / "again", images, np.load(old / "labels.npy"), weights=str(old / "weights.safetensors"), **BACKBONE
    )
    assert score(read_run(again), Warm(), Watch(again)) == DONE
    assert open_card(again)["unreadable"] == []
    np.testing.assert_allclose(np.load(again / "scores.npy"), scores, atol=2e-3)


@pytest.mark.slow
def test_a_refit_takes_up_the_old_version_and_an_old_run_trains_again(tmp_path: Path) -> None:
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


def test_the_old_card_opens_with_every_key_of_today_and_no_other(tmp_path: Path) -> None:
    run, _, _ = unpacked(tmp_path)
    written = json.loads((run / "result.json").read_text())
    assert "names" not in written
    assert "expected_positives" in written["labels"][0]
    card = open_card(run)
    assert set(card) == set(Card.__annotations__)
    assert set(card["metrics"]) == set(Metrics.__annotations__)
    assert [set(one) for one in card["labels"]] == [set(LabelQuality.__annotations__)] * 3
    assert (card["known"], card["metrics"]["n_heldout"], card["metrics"]["curve"]) == (24, 24, [])
    assert [(one["id"], one["positives"], one["stage"]) for one in card["labels"]] == [
        (10, 4, "learning"), (11, 2, "learning"), (12, 3, "learning"),
    ]  # fmt: skip


def test_the_first_cards_that_said_almost_nothing_open_and_a_later_format_is_refused_by_name() -> None:
    assert read_card({"method": "prior"})["labels"] == []
    assert read_card({"metrics": {"map": 0.5}})["metrics"]["ece"] is None
    with pytest.raises(BadInput, match=f"format {FORMAT + 1}"):
        read_card({"format": FORMAT + 1})
