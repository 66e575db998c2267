"""Projects: settings, members, progress, lists of images, and taking destructive acts back."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from annotator.models import Member, ModelVersion, Project, User
from tests.app.acts import act, mark
from tests.world import World, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.database]
JSON = "application/json"


def test_whoever_makes_a_project_leads_it(outsider: User) -> None:
    client = signed_in(outsider)
    made = client.post("/api/projects/", {"name": "Birds"}, content_type=JSON)
    assert (made.status_code, made.json()["role"]) == (201, "lead")
    assert [one["name"] for one in client.get("/api/projects/").json()] == ["Birds"]


@pytest.mark.parametrize(
    "fields",
    [{"wanted_precision": 1.0}, {"audit_share": 0.6}, {"queue_mode": "dance"}, {"lease_seconds": 0}, {"name": " "}],
)
def test_settings_out_of_range_are_refused_by_field(harbour: World, fields: dict[str, Any]) -> None:
    answer = harbour.patch("", fields)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == set(fields)


def test_a_deleted_project_is_gone_for_all_and_comes_back_for_its_lead(harbour: World) -> None:
    lead = harbour.client("lead")
    assert lead.delete(harbour.url()).status_code == 204
    assert lead.get(harbour.url()).status_code == 404
    assert harbour.post("restore/", role="reviewer").status_code == 404
    assert [one["id"] for one in lead.get("/api/projects/", {"deleted": "1"}).json()] == [harbour.project.pk]
    assert lead.post(harbour.url("restore/")).status_code == 200
    assert harbour.get(role="annotator").status_code == 200


def test_a_project_deleted_31_days_ago_does_not_come_back(harbour: World) -> None:
    Project.objects.filter(pk=harbour.project.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    assert harbour.post("restore/").status_code == 404


def test_an_invited_person_gets_a_link_that_works_once(harbour: World) -> None:
    body = {"username": "newcomer", "role": "annotator", "display_name": "New Comer"}
    invited = harbour.post("members/", body)
    assert invited.status_code == 201
    assert invited.json()["user"]["display_name"] == "New Comer"
    browser = Client()
    browser.post(invited.json()["one_time_link"].removeprefix("http://testserver"))
    assert browser.get(harbour.url()).json()["role"] == "annotator"


def test_no_lead_gets_a_link_that_signs_in_as_somebody_with_a_life_of_their_own(
    harbour: World, meadow: World, superuser: User
) -> None:
    def link_for(name: str) -> Any:
        body = {"username": name, "role": "annotator"}
        return harbour.post("members/", body).json()["one_time_link"]

    assert link_for("owner") is None
    meadow["annotator"].set_unusable_password()
    meadow["annotator"].save()
    assert link_for("meadow-annotator") is None


def test_a_project_always_keeps_a_lead(harbour: World) -> None:
    lead = harbour.client("lead")
    own = Member.objects.get(project=harbour.project, user=harbour["lead"]).pk
    other = Member.objects.get(project=harbour.project, user=harbour["reviewer"]).pk
    assert lead.delete(harbour.url(f"members/{own}/")).status_code == 409
    assert lead.patch(harbour.url(f"members/{own}/"), {"role": "annotator"}, content_type=JSON).status_code == 409
    assert lead.patch(harbour.url(f"members/{other}/"), {"role": "lead"}, content_type=JSON).status_code == 200
    assert lead.delete(harbour.url(f"members/{own}/")).status_code == 204
    assert lead.get(harbour.url()).status_code == 404


def test_inviting_a_member_again_is_refused(harbour: World) -> None:
    body = {"username": "HARBOUR-annotator", "role": "lead"}
    assert harbour.post("members/", body).status_code == 409


def test_progress_counts_what_was_marked(harbour: World) -> None:
    mark(harbour, "annotator", 0, 0, 1)
    mark(harbour, "annotator", 1, 0, -1)
    mark(harbour, "annotator", 2, 1, 1)
    mark(harbour, "annotator", 2, 1, 0)
    found = harbour.get("progress/", role="annotator").json()
    assert (found["images"], found["cells"], found["known"]) == (6, 18, 2)
    boat, sea, _ = found["labels"]
    assert (boat["present"], boat["absent"], boat["unknown"]) == (1, 1, 4)
    assert (sea["present"], sea["absent"], sea["unknown"]) == (0, 0, 6)
    project = harbour.get(role="annotator").json()
    assert (project["known"], project["positives"], project["live"]) == (2, 1, None)


def test_images_by_state_score_and_name(harbour: World) -> None:
    scores = [0.1, 0.9, 0.5, 0.3, 0.7, 0.2]
    (settings.TERN_HOME / "scores").mkdir()
    np.save(settings.TERN_HOME / "scores" / "1.npy", np.array([scores], np.float16))
    version = ModelVersion.objects.create(
        project=harbour.project, number=1, method="test", directory="scores", scores_file="scores/1.npy",
        score_labels=[harbour.labels[0].pk], score_images=6, scores_revision=1,
    )  # fmt: skip
    Project.objects.update(live_version=version)
    mark(harbour, "annotator", 1, 0, 1)
    label = harbour.labels[0].pk

    def rows(**query: Any) -> list[int]:
        found = harbour.get("images/", query, role="annotator")
        assert found.status_code == 200, found.content
        return [image["row"] for image in found.json()["results"]]

    assert rows() == [0, 1, 2, 3, 4, 5]
    assert rows(label=label, order="score") == [1, 4, 2, 3, 5, 0]
    assert rows(label=label, order="uncertainty", state="unknown") == [2, 3, 4, 5, 0]
    assert rows(label=label, state="present") == [1]
    assert rows(label=label, min_score=0.25, max_score=0.6) == [2, 3]
    assert rows(search="PICTURE-3") == [3]
    first = harbour.get("images/", {"label": label}, role="annotator").json()["results"][1]
    assert (first["score"], first["value"], first["version"]) == (pytest.approx(0.9, abs=1e-3), 1, 1)


def test_cursors_lead_through_the_whole_list_and_back(harbour: World) -> None:
    client, seen = harbour.client("annotator"), []
    page = client.get(harbour.url("images/"), {"limit": 4}).json()
    assert page["previous"] is None
    seen += [image["row"] for image in page["results"]]
    second = client.get(page["next"]).json()
    seen += [image["row"] for image in second["results"]]
    assert (seen, second["next"]) == ([0, 1, 2, 3, 4, 5], None)
    assert [image["row"] for image in client.get(second["previous"]).json()["results"]] == [0, 1, 2, 3]


def test_a_made_up_cursor_is_refused(harbour: World) -> None:
    for cursor in ("abc", "W10=", "bnVsbA==", "é"):
        assert harbour.get("images/", {"cursor": cursor}, role="annotator").status_code == 400


def test_history_shows_annotators_their_own_acts_and_reviewers_everybodys(harbour: World) -> None:
    mark(harbour, "annotator", 0, 0, 1)
    url = harbour.url(f"images/{harbour.images[0].pk}/history/")
    act(harbour, "lead", "close", image=harbour.images[0].pk)
    assert len(harbour.client("annotator").get(url).json()) == 1
    everything = harbour.client("reviewer").get(url).json()
    assert [(one["old"], one["new"], one["source"]) for one in everything] == [
        (0, 1, "human"), (0, -1, "closed"), (0, -1, "closed"),
    ]  # fmt: skip
