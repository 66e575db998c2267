"""Labels: added, renamed, ruled, keyed, deleted and brought back at any time."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotator.models import Event, Label, LabelRevision, Mark, MarkEvent
from tests.world import Answer, World

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def post(world: World, **fields: Any) -> Answer:
    return world.post("labels/", fields)


def patch(world: World, label: Label, **fields: Any) -> Answer:
    return world.patch(f"labels/{label.pk}/", fields)


def test_a_new_label_gets_the_next_column_and_is_told(harbour: World) -> None:
    made = post(harbour, name="  moon ", synonyms=["crescent"], key="m")
    assert made.status_code == 201
    assert (made.json()["column"], made.json()["name"], made.json()["stage"]) == (3, "moon", "name")
    assert Event.objects.filter(project=harbour.project, kind="labels").count() == 1


def test_a_column_is_never_used_again(harbour: World) -> None:
    harbour.delete(f"labels/{harbour.labels[2].pk}/")
    assert post(harbour, name="moon").json()["column"] == 3


def test_names_are_unique_whatever_their_case_and_the_rival_is_named(harbour: World) -> None:
    answer = post(harbour, name="BOAT")
    assert answer.status_code == 409
    assert "boat" in answer.json()["fields"]["name"][0]
    assert patch(harbour, harbour.labels[0], name="Boat").status_code == 200


def test_a_key_clash_names_the_rival_and_reserved_keys_are_refused(harbour: World) -> None:
    assert patch(harbour, harbour.labels[0], key="g").status_code == 200
    clash = patch(harbour, harbour.labels[1], key="g")
    assert (clash.status_code, "boat" in clash.json()["detail"]) == (409, True)
    for key in ("c", "u", "b", "x", "1", "."):
        assert patch(harbour, harbour.labels[1], key=key).status_code == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "a\u0000b"},
        {"name": "x" * 121},
        {"name": "half \ud800"},
        {"colour": "red"},
        {"synonyms": "a"},
    ],
)
def test_what_no_label_can_be_is_refused_by_field(harbour: World, fields: dict[str, Any]) -> None:
    answer = post(harbour, **({"name": "moon"} | fields))
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == set(fields)


def test_a_new_meaning_is_a_new_rule_version_and_a_new_colour_is_not(harbour: World) -> None:
    assert patch(harbour, harbour.labels[0], colour="#ff0000").json()["rule_version"] == 1
    assert patch(harbour, harbour.labels[0], rule="Anything that floats.").json()["rule_version"] == 2
    assert patch(harbour, harbour.labels[0], name="ship").json()["rule_version"] == 3
    kept = LabelRevision.objects.filter(label=harbour.labels[0]).order_by("rule_version")
    assert [(one.rule_version, one.name) for one in kept] == [(2, "boat"), (3, "ship")]


def test_a_deleted_label_comes_back_with_its_marks(harbour: World) -> None:
    label, image = harbour.labels[0], harbour.images[0]
    mark = Mark.objects.create(
        project=harbour.project, image=image, label=label, annotator=harbour["lead"], value=1, version=1,
        updated_at=timezone.now(),
    )  # fmt: skip
    MarkEvent.objects.create(
        project=harbour.project, image=image, label=label, annotator=harbour["lead"], version=1, old=0, new=1,
        source="human", at=mark.updated_at,
    )  # fmt: skip
    lead, url = harbour.client("lead"), harbour.url("labels/")
    lead.delete(f"{url}{label.pk}/")
    assert [one["name"] for one in lead.get(url).json()] == ["sea", "car"]
    assert [one["name"] for one in lead.get(url, {"deleted": "1"}).json()] == ["boat"]
    assert lead.post(f"{url}{label.pk}/restore/").json()["positives"] == 1


def test_a_label_cannot_come_back_when_its_name_was_given_away_or_after_30_days(harbour: World) -> None:
    label, lead = harbour.labels[0], harbour.client("lead")
    lead.delete(harbour.url(f"labels/{label.pk}/"))
    other = post(harbour, name="Boat").json()["id"]
    assert lead.post(harbour.url(f"labels/{label.pk}/restore/")).status_code == 409
    lead.delete(harbour.url(f"labels/{other}/"))
    Label.objects.filter(pk=label.pk).update(deleted_at=timezone.now() - timedelta(days=31))
    assert lead.post(harbour.url(f"labels/{label.pk}/restore/")).status_code == 409


def test_a_list_of_names_is_looked_at_and_then_made_as_one(harbour: World) -> None:
    lead, url = harbour.client("lead"), harbour.url("labels/many/")
    body = {"names": ["Tower", harbour.labels[0].name.upper(), "tower", "x" * 121, "crane"], "dry_run": True}
    looked = lead.post(url, body, content_type="application/json").json()
    assert [bool(one["problem"]) for one in looked["names"]] == [False, True, True, True, False]
    assert looked["made"] == []
    refused = lead.post(url, body | {"dry_run": False}, content_type="application/json")
    assert (refused.status_code, len(refused.json()["fields"]["names"])) == (409, 3)
    assert harbour.project.labels.count() == len(harbour.labels), "all or none"
    made = lead.post(url, {"names": ["Tower", "crane"]}, content_type="application/json").json()["made"]
    assert [Label.objects.get(pk=pk).name for pk in made] == ["Tower", "crane"]
