"""Settings that could break a project are refused before they are saved, each by name and with what to do."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from annotator.models import Job, ModelVersion, Project
from annotator.queries.backbones import made_with
from annotator.trainer import backbones
from annotator.trainer.rundir import vocabulary, write_run
from tests.world import Answer, World

pytestmark = [pytest.mark.database, pytest.mark.django_db]
JSON = "application/json"
# A trainer that knows one backbone, at sizes that are multiples of 32, and answers as `python -m model backbone` does.
TRAINER = """
import json, sys
_, command, _, size, *_, name = sys.argv
fits = name == "small" and int(size) % 32 == 0
good = {"dim": 8, "grid": [2, 2], "seconds": 0.5, "bytes": 64}
print(json.dumps(good if fits else {"error": f"no {name} at {size}"}))
sys.exit(0 if fits else 3)
"""


@pytest.fixture(autouse=True)
def _trainer(settings: Settings, tmp_path: Path) -> None:
    script = tmp_path / "trainer.py"
    script.write_text(TRAINER)
    settings.TERN_TRAINER_COMMAND = [sys.executable, str(script)]
    backbones._tried.cache_clear()


def change(world: World, **fields: Any) -> Answer:
    return world.patch("", json.dumps(fields))


REFUSED = [
    ("name", ""), ("name", "n" * 121), ("name", "two\nlines"), ("name", None), ("description", "d" * 10_001),
    ("allow_closing", "perhaps"), ("queue_mode", "sideways"), ("queue_mode", None),
    ("wanted_precision", 0.4), ("wanted_precision", 1.0), ("wanted_precision", "nan"), ("wanted_precision", "inf"),
    ("wanted_precision", None), ("wanted_precision", ""),
    ("audit_share", -0.1), ("audit_share", 0.51), ("audit_share", "NaN"), ("auto_retrain", 7),
    ("lease_seconds", 29), ("lease_seconds", 86_401), ("lease_seconds", "1" * 2_000), ("lease_seconds", 60.5),
    ("retrain_after_marks", 0), ("retrain_after_marks", ""), ("retrain_after_minutes", 100_001),
    ("image_size", 63), ("image_size", 2_048), ("image_size", 100), ("backbone", ""), ("backbone", "anything at all"),
    ("backbone", "--help"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), REFUSED, ids=lambda part: str(part)[:20])
def test_a_setting_out_of_range_is_refused_by_name_and_nothing_is_saved(name: str, value: Any, harbour: World) -> None:
    before = harbour.get().json()
    answer = change(harbour, **{name: value})
    assert answer.status_code == 400, answer.content
    fields = answer.json()["fields"]
    assert set(fields) == ({"backbone"} if (name, value) == ("image_size", 100) else {name})
    assert harbour.get().json() == before
    made = harbour.client("lead").post("/api/projects/", json.dumps({"name": "new", name: value}), content_type=JSON)
    assert made.status_code == 400, made.content


def test_a_refused_range_and_a_refused_word_say_what_may_stand_there(harbour: World) -> None:
    told = change(harbour, audit_share=0.9, lease_seconds=3, queue_mode="sideways").json()["fields"]
    assert told["audit_share"] == ["Write a share from 0 to 0.5, that is 0 to 50 percent."]
    assert told["lease_seconds"] == ["Write a whole number from 30 to 86,400."]
    assert "informative, likely_positives, random, in_order" in told["queue_mode"][0]
    assert "tf_efficientnet_lite0" in change(harbour, backbone="nothing").json()["fields"]["backbone"][0]


def live_version(world: World) -> ModelVersion:
    """A live version that was made with the default backbone."""
    version = ModelVersion.objects.create(project=world.project, number=1, method="tern", directory="models/1")
    Project.objects.update(live_version=version)
    world.project.refresh_from_db()
    return version


def test_another_backbone_starts_a_training_with_it_and_the_live_model_keeps_its_own(
    harbour: World, tern_home: Path
) -> None:
    version = live_version(harbour)
    (tern_home / "models" / "1").mkdir(parents=True)
    old = {"backbone": "tf_efficientnet_lite0", "image_size": 320, "overrides": {"prior": "none"}}
    (tern_home / "models" / "1" / "config.json").write_text(json.dumps(old))
    assert change(harbour, backbone="small", image_size=64).status_code == 200
    job = Job.objects.get()
    assert (job.kind, job.training.trigger) == ("train", "backbone")
    harbour.project.refresh_from_db()
    # A training takes the new one; scores of new pictures come from the live model, with what made it.
    write_run(tern_home / "new", harbour.project, vocabulary(harbour.project), "quick", previous=version)
    write_run(tern_home / "more", harbour.project, vocabulary(harbour.project), "quick", weights=version)
    found = [json.loads((tern_home / name / "config.json").read_text()) for name in ("new", "more")]
    assert [(one["backbone"], one["image_size"]) for one in found] == [("small", 64), ("tf_efficientnet_lite0", 320)]
    assert found[1]["overrides"] == {"prior": "none"}
    assert made_with(harbour.project, None).backbone == "small"


def test_a_backbone_is_not_changed_while_a_training_with_the_present_one_runs(harbour: World) -> None:
    live_version(harbour)
    assert harbour.post("train/", {}).status_code == 201
    assert change(harbour, backbone="small", image_size=64).status_code == 409
    harbour.project.refresh_from_db()
    assert harbour.project.backbone == "tf_efficientnet_lite0"
    # Anything else can be changed meanwhile.
    assert change(harbour, name="Quay").status_code == 200


def test_a_lead_reads_what_a_change_costs_before_making_it(harbour: World) -> None:
    lead = harbour.client("lead")
    listed = {one["name"]: one for one in lead.get(harbour.url("backbones/")).json()}
    assert listed["tf_efficientnet_lite0"]["missing"] == ""
    assert "TERN_BACKBONE_WEIGHTS" in listed["torchvision/resnet101"]["missing"]
    asked = json.dumps({"backbone": "small", "image_size": 96})
    told = lead.post(harbour.url("backbones/"), asked, content_type=JSON).json()
    assert told == {"wrong": "", "pictures": 6, "seconds": 3.0, "bytes": 6 * 64}
    asked = json.dumps({"backbone": "small", "image_size": 97})
    assert lead.post(harbour.url("backbones/"), asked, content_type=JSON).json()["wrong"] == "no small at 97"
