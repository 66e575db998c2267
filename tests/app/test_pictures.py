"""Pictures are set aside with a reason, deleted and brought back, many at once, and every open page learns of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotator.models import AuditQuestion, Event, Image, Mark
from tests.app.acts import mark
from tests.world import Answer, World

pytestmark = pytest.mark.django_db
JSON = "application/json"


def act(world: World, role: str, act: str, rows: list[int], reason: str = "") -> Answer:
    body = {"act": act, "images": [world.images[row].pk for row in rows], "reason": reason}
    return world.post("pictures/", body, role=role)


def listed(world: World, role: str = "lead", **query: Any) -> dict[str, Any]:
    answer = world.get("pictures/", query, role=role)
    assert answer.status_code == 200, answer.content
    return answer.json()


def rows(page: dict[str, Any]) -> list[int]:
    return [picture["row"] for picture in page["results"]]


def told(world: World) -> dict[str, Any]:
    return Event.objects.filter(project=world.project, kind="images").latest("seq").payload


def test_pictures_are_flagged_together_with_a_reason_and_by_whom(harbour: World) -> None:
    answer = act(harbour, "annotator", "flag", [1, 3], "private")
    assert answer.json() == {"changed": [harbour.images[1].pk, harbour.images[3].pk]}
    assert told(harbour) == {"count": 6, "added": 0, "changed": answer.json()["changed"]}
    page = listed(harbour, state="flagged")
    assert rows(page) == [1, 3]
    assert page["counts"] == {"all": 6, "usable": 4, "flagged": 2, "deleted": 0}
    first = page["results"][0]
    assert (first["flagged"], first["flagged_by"]) == ("private", harbour["annotator"].pk)
    assert act(harbour, "annotator", "flag", [1], "private").json() == {"changed": []}, "it was so already"
    assert act(harbour, "annotator", "unflag", [1, 3]).json()["changed"]
    again = listed(harbour)
    assert again["counts"]["usable"] == 6
    assert {picture["flagged_by"] for picture in again["results"]} == {None}


def test_a_flag_without_a_reason_is_refused(harbour: World) -> None:
    answer = act(harbour, "lead", "flag", [0])
    assert answer.status_code == 400
    assert answer.json()["fields"] == {"reason": ["A flag needs a reason."]}


def test_deleted_pictures_come_back_with_their_reason_and_marks(harbour: World) -> None:
    mark(harbour, "annotator", 2, 0, 1)
    act(harbour, "lead", "flag", [2], "corrupt")
    assert act(harbour, "lead", "delete", [2, 4]).json()["changed"] == [harbour.images[2].pk, harbour.images[4].pk]
    assert rows(listed(harbour)) == [0, 1, 3, 5]
    gone = listed(harbour, state="deleted")
    assert rows(gone) == [2, 4]
    assert gone["counts"] == {"all": 4, "usable": 4, "flagged": 0, "deleted": 2}
    assert {(one["days_left"], one["deleted_by"]) for one in gone["results"]} == {(30, harbour["lead"].pk)}
    act(harbour, "lead", "restore", [2, 4])
    back = listed(harbour)["results"][2]
    assert (back["row"], back["flagged"], back["days_left"], back["deleted_by"]) == (2, "corrupt", None, None)
    assert Mark.objects.filter(image=harbour.images[2], value=1).count() == 1


def test_the_list_says_whose_work_a_picture_holds(harbour: World) -> None:
    mark(harbour, "annotator", 0, 0, 1)
    mark(harbour, "annotator", 0, 1, -1)
    mark(harbour, "reviewer", 0, 2, 1)
    work = listed(harbour)["results"][0]["work"]
    assert [(one["person"], one["marks"]) for one in work] == [
        (harbour["annotator"].pk, 2), (harbour["reviewer"].pk, 1),
    ]  # fmt: skip
    assert listed(harbour)["results"][1]["work"] == []


def test_only_leads_delete_bring_back_and_see_what_is_gone(harbour: World) -> None:
    for role in ("annotator", "reviewer"):
        assert act(harbour, role, "delete", [0]).status_code == 403
        assert act(harbour, role, "restore", [0]).status_code == 403
        assert harbour.get("pictures/", {"state": "deleted"}, role=role).status_code == 403
    assert not Image.objects.exclude(deleted_at=None).exists()


def test_pictures_of_another_project_are_left_alone(harbour: World, meadow: World) -> None:
    body = {"act": "delete", "images": [meadow.images[0].pk, harbour.images[0].pk]}
    answer = harbour.post("pictures/", body)
    assert answer.json() == {"changed": [harbour.images[0].pk]}
    assert Image.objects.get(pk=meadow.images[0].pk).deleted_at is None


def test_after_thirty_days_nothing_comes_back_and_nothing_is_promised(harbour: World) -> None:
    act(harbour, "lead", "delete", [0, 1])
    Image.objects.filter(row=0).update(deleted_at=timezone.now() - timedelta(days=30))
    Image.objects.filter(row=1).update(deleted_at=timezone.now() - timedelta(days=29, hours=12))
    (left,) = listed(harbour, state="deleted")["results"]
    assert (left["row"], left["days_left"]) == (1, 1)
    assert act(harbour, "lead", "restore", [0, 1]).json() == {"changed": [harbour.images[1].pk]}


def test_the_list_goes_on_and_is_searched_by_name(harbour: World) -> None:
    first = listed(harbour, limit=4)
    second = listed(harbour, limit=4, after=first["next"])
    assert (rows(first), rows(second), second["next"]) == ([0, 1, 2, 3], [4, 5], None)
    assert rows(listed(harbour, search="PICTURE-3")) == [3]


def test_a_mark_that_waited_on_a_deleted_picture_is_parked_and_taken_after_it_came_back(harbour: World) -> None:
    act(harbour, "lead", "delete", [0])
    assert mark(harbour, "annotator", 0, 0, 1)["status"] == "parked"
    act(harbour, "lead", "restore", [0])
    assert mark(harbour, "annotator", 0, 0, 1)["status"] == "applied"


def test_a_flagged_picture_is_not_asked_blind(harbour: World) -> None:
    AuditQuestion.objects.create(
        project=harbour.project, image=harbour.images[0], label=harbour.labels[0], asked_of=harbour["annotator"],
        probability=0.5,
    )  # fmt: skip

    def asked() -> list[int]:
        questions = harbour.get("audit/next/", {"count": 1}, role="annotator").json()
        return [question["image"]["id"] for question in questions]

    assert asked() == [harbour.images[0].pk]
    act(harbour, "annotator", "flag", [0], "private")
    assert harbour.images[0].pk not in asked()
