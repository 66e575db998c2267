"""Suggestions as the page reads them: scores, versions, heat maps, label previews, doubts."""

import io
import json

import numpy as np
import pytest
from django.test import Client
from PIL import Image as Picture
from pytest_django import Settings

from annotator.actions import versions
from annotator.models import Image, Job, Label, ModelVersion, Project
from annotator.queries.suggestions import home_path, live_scores
from model.storage.features import FeatureCache
from tests.optional import unwrap
from tests.processes import process
from tests.world import Answer, make_project, mark, publish_scores, signed_in

pytestmark = [pytest.mark.database]


@pytest.fixture
def project(db: None) -> Project:
    return make_project(images=4, labels=2)


@pytest.fixture
def lead(project: Project) -> Client:
    return signed_in(project.members.get().user)


MATRIX = np.array([[0.1, 0.9, 0.5, np.nan], [0.2, 0.4, 0.6, 0.8]])


def get(client: Client, project: Project, path: str) -> Answer:
    return client.get(f"/api/projects/{project.pk}/{path}")


def test_before_the_first_model_there_are_no_suggestions_and_no_errors(project: Project, lead: Client) -> None:
    label = unwrap(project.labels.first())
    assert get(lead, project, f"suggestions/?label={label.pk}").json()["images"] == []
    image = unwrap(project.images.first())
    assert get(lead, project, f"scores/?images={image.pk}").json() == {
        "version": None, "revision": 0, "images": [{"id": image.pk, "scores": {}}],
    }  # fmt: skip
    assert get(lead, project, "versions/").json() == []
    assert get(lead, project, f"images/{image.pk}/heatmap/{label.pk}.png").status_code == 404


def test_a_labels_suggestions_come_best_first_with_unscored_images_last(project: Project, lead: Client) -> None:
    publish_scores(project, MATRIX)
    first = unwrap(project.labels.first())
    ids = list(project.images.order_by("row").values_list("pk", flat=True))
    answer = get(lead, project, f"suggestions/?label={first.pk}").json()
    assert answer["images"] == [ids[1], ids[2], ids[0], ids[3]]
    assert answer["scores"] == pytest.approx([0.9, 0.5, 0.1, None], abs=1e-3, nan_ok=True)
    assert get(lead, project, f"suggestions/?label={first.pk}&limit=2").json()["images"] == [ids[1], ids[2]]
    assert get(lead, project, "suggestions/?label=999999").status_code == 404


def test_scores_of_images_leave_out_what_was_not_scored(project: Project, lead: Client) -> None:
    publish_scores(project, MATRIX)
    first, second = project.labels.order_by("column").values_list("pk", flat=True)
    last = project.images.get(row=3)
    answer = get(lead, project, f"scores/?images={last.pk}").json()
    assert answer["images"][0]["scores"] == {str(second): pytest.approx(0.8, abs=1e-3)}
    assert str(first) not in answer["images"][0]["scores"]


def test_images_that_came_after_the_score_file_have_no_score_yet(project: Project, lead: Client) -> None:
    publish_scores(project, MATRIX[:, :2])
    last = project.images.get(row=3)
    assert get(lead, project, f"scores/?images={last.pk}").json()["images"][0]["scores"] == {}
    label = unwrap(project.labels.first())
    assert get(lead, project, f"suggestions/?label={label.pk}").json()["scores"].count(None) == 2


def test_a_reader_that_was_overtaken_by_two_revisions_reads_the_newest(project: Project) -> None:
    version = publish_scores(project, MATRIX)
    stale = ModelVersion.objects.get(pk=version.pk)
    folder = home_path(version.directory)
    np.save(folder / "scores-3.npy", (MATRIX / 2).astype(np.float16))
    (folder / "scores-1.npy").unlink()
    ModelVersion.objects.filter(pk=version.pk).update(
        scores_file=f"{version.directory}/scores-3.npy", scores_revision=3
    )
    project.live_version = stale
    scores = unwrap(live_scores(project))
    assert scores.revision == 3
    assert scores.of_cell(unwrap(project.labels.first()).pk, 1) == pytest.approx(0.45, abs=1e-3)


def test_versions_show_their_card_and_can_be_promoted(project: Project, lead: Client) -> None:
    card = {"metrics": {"map": 0.5}, "labels": []}
    publish_scores(project, MATRIX, card)
    publish_scores(project, MATRIX)
    listed = get(lead, project, "versions/").json()
    assert [(row["number"], row["live"]) for row in listed] == [(2, True), (1, False)]
    assert get(lead, project, "versions/1/").json()["card"]["metrics"]["map"] == 0.5
    answer = lead.post(f"/api/projects/{project.pk}/versions/1/promote/")
    assert answer.json()["live"] is True
    assert unwrap(Project.objects.get(pk=project.pk).live_version).number == 1
    again = lead.post(f"/api/projects/{project.pk}/versions/1/promote/")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert get(lead, project, "versions/9/").status_code == 404


def test_a_version_whose_files_were_cleaned_up_is_not_promoted(project: Project, lead: Client) -> None:
    publish_scores(project, MATRIX)
    publish_scores(project, MATRIX)
    ModelVersion.objects.filter(number=1).update(scores_file="")
    answer = lead.post(f"/api/projects/{project.pk}/versions/1/promote/")
    assert answer.status_code == 409
    assert "cleaned up" in answer.json()["detail"]


def test_cleaning_up_keeps_the_live_version_and_the_newest(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "VERSIONS_WITH_FILES", 1)
    for _ in range(4):
        publish_scores(project, MATRIX)
    Project.objects.filter(pk=project.pk).update(live_version=ModelVersion.objects.get(number=1))
    (home_path(f"projects/{project.pk}") / "runs").mkdir()
    versions.prune(project.pk)
    left = {version.number for version in ModelVersion.objects.exclude(scores_file="")}
    assert left == {1, 4}
    assert not home_path(f"projects/{project.pk}/models/2").exists()
    assert home_path(f"projects/{project.pk}/models/1/scores-1.npy").exists()


def test_a_heat_map_is_a_transparent_picture_that_shows_where(
    project: Project, lead: Client, settings: Settings
) -> None:
    version = publish_scores(project, MATRIX)
    image, label = unwrap(project.images.first()), unwrap(project.labels.first())
    Image.objects.filter(pk=image.pk).update(width=40, height=20)
    directions = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    np.save(home_path(version.directory) / "directions-1.npy", directions)
    address = f"images/{image.pk}/heatmap/{label.pk}.png"
    assert get(lead, project, address).status_code == 404, "no features yet"
    cache = FeatureCache.create(
        settings.TERN_HOME / "cache" / "features", project.backbone, project.image_size, "0" * 8, (2, 2), 2
    )
    features = np.zeros((1, 4, 2), np.float32)
    features[0, 0, 0] = 5.0
    cache.add([image.content_hash], features)
    answer = get(lead, project, f"{address}?version=1")
    assert answer["Content-Type"] == "image/png"
    assert "immutable" in answer["Cache-Control"]
    picture = Picture.open(io.BytesIO(answer.content))
    assert (picture.mode, picture.size) == ("RGBA", (320, 160))
    alpha = np.asarray(picture)[..., 3]
    assert alpha[:40, :80].mean() > 100 > 20 > alpha[120:, 240:].mean()
    assert "no-cache" in get(lead, project, address)["Cache-Control"]
    assert get(lead, project, f"images/{image.pk}/heatmap/999.png").status_code == 404


def test_doubts_leave_out_marks_that_changed_since(project: Project, lead: Client) -> None:
    user, images = project.members.get().user, list(project.images.all())
    label = unwrap(project.labels.first())
    mark(project, user, images[:2], [label])
    version = publish_scores(project, MATRIX)
    values = dict(project.marks.values_list("image_id", "value"))
    listed = [
        {
            "image": image.pk,
            "label": label.pk,
            "value": values[image.pk],
            "probability": 0.02,
            "neighbours": {"agree": 1, "of": 10},
            "reason": "9 of 10 look-alikes are absent",
        }
        for image in images[:2]
    ]
    listed[0]["chance"] = 0.93
    (home_path(version.directory) / "doubts.json").write_text(json.dumps(listed))
    shown = [(doubt["image"], doubt["chance"]) for doubt in get(lead, project, "doubts/").json()]
    assert shown == [(images[0].pk, 0.93), (images[1].pk, None)], "versions made before chances were written have none"
    listed[0]["chance"], listed[1]["chance"] = 0.3, 0.12
    (home_path(version.directory) / "doubts.json").write_text(json.dumps(listed))
    shown = get(lead, project, "doubts/").json()
    assert [doubt["image"] for doubt in shown] == [images[0].pk, images[1].pk], "shown although neither stands out"
    assert {(doubt["by"], doubt["by_name"], doubt["source"]) for doubt in shown} == {(user.pk, user.username, "human")}
    Image.objects.filter(pk=images[0].pk).update(flagged="private")
    assert [doubt["image"] for doubt in get(lead, project, "doubts/").json()] == [images[1].pk]
    Image.objects.filter(pk=images[0].pk).update(flagged="")
    project.marks.filter(image=images[0]).update(value=-values[images[0].pk])
    project.marks.filter(image=images[1]).update(updated_at=version.created_at.replace(year=2100))
    assert get(lead, project, "doubts/").json() == []
    other = unwrap(project.labels.last())
    assert get(lead, project, f"doubts/?label={other.pk}").json() == []


def test_train_is_refused_by_name_while_another_runs(project: Project, lead: Client) -> None:
    address = f"/api/projects/{project.pk}/train/"
    first = lead.post(address, {"level": "quick"}, content_type="application/json")
    assert first.status_code == 201
    assert first.json()["training"] == {"level": "quick", "trigger": "api", "why": "asked for", "known": 0}
    second = lead.post(address, {}, content_type="application/json")
    assert (second.status_code, second.json()["code"]) == (409, "conflict")
    assert f"Job {first.json()['id']}" in second.json()["detail"]
    job = f"jobs/{first.json()['id']}/"
    assert lead.post(f"/api/projects/{project.pk}/{job}cancel/").json()["state"] == "cancelled"
    assert get(lead, project, "jobs/").json()[0]["state"] == "cancelled"
    assert get(lead, project, f"{job}log/").content == b""
    assert get(lead, project, "jobs/999999/").status_code == 404
    wrong = lead.post(address, {"level": "instant"}, content_type="application/json")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["level"])


def test_a_preview_waits_for_nobody_when_no_worker_answers(
    project: Project, lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotator.api.previews.WAIT_SECONDS", 0.0)
    address = f"/api/projects/{project.pk}/labels/preview/"
    answer = lead.post(address, {"name": "heron"}, content_type="application/json")
    assert answer.status_code == 202
    assert Job.objects.get(pk=answer.json()["job"]).payload == {"name": "heron", "synonyms": []}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_preview_is_answered_at_once_by_a_warm_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.api.previews.WAIT_SECONDS", 30.0)
    project = make_project(images=20, labels=1, auto_retrain=False)
    client = signed_in(project.members.get().user)
    with process("work"):
        answer = client.post(
            f"/api/projects/{project.pk}/labels/preview/",
            {"name": "heron", "synonyms": ["egret"]},
            content_type="application/json",
        )
    assert answer.status_code == 200
    assert answer.json()["concepts"] == [{"name": "heron", "weight": 1.0}] or answer.json()["best"]
    assert Label.objects.filter(project=project).count() == 1
