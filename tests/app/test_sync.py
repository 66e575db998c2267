"""The sync endpoint: every operation applied once, conflicts shown, one bad operation harms none."""

import json
import uuid
from typing import Any

import pytest

from annotator.models import Checked, Event, Mark, MarkEvent, Operation, Project
from tests.app.acts import cell, op, send, values
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def mark(world: World, image: int, label: int, value: int, base: int | None = None, **fields: Any) -> dict[str, Any]:
    """A mark on the world's image and label of these places."""
    return op("mark", **cell(world, image, label, value), base=base, **fields)


def test_a_mark_is_saved_with_its_history_and_told_to_others(harbour: World) -> None:
    [result] = send(harbour, mark(harbour, 0, 1, 1, base=0))
    assert (result["status"], result["cells"][0]["value"], result["cells"][0]["version"]) == ("applied", 1, 1)
    assert result["cells"][0]["by"] == harbour["annotator"].pk
    event = MarkEvent.objects.get(project=harbour.project)
    assert (event.old, event.new, event.version, event.source) == (0, 1, 1, "human")
    assert str(event.operation) == result["id"]
    news = Event.objects.get(project=harbour.project, kind="mark")
    assert news.payload == {
        "by": harbour["annotator"].pk,
        "cells": [[harbour.images[0].pk, harbour.labels[1].pk, 1, 1]],
    }


def test_a_replay_gets_the_identical_answer_and_changes_nothing(harbour: World) -> None:
    batch = [mark(harbour, 0, 0, 1, base=0), mark(harbour, 0, 1, -1, base=0), op("close", image=harbour.images[1].pk)]
    client, url = harbour.client("annotator"), harbour.url("sync/")
    first = client.post(url, {"operations": batch}, content_type="application/json").json()
    send(harbour, mark(harbour, 0, 0, -1))
    second = client.post(url, {"operations": batch}, content_type="application/json").json()
    assert json.dumps(second["results"]) == json.dumps(first["results"])
    assert MarkEvent.objects.count() == 2 + 3 + 1
    assert values(harbour)[0, 0] == -1


def test_an_operation_sent_twice_in_one_batch_is_applied_once(harbour: World) -> None:
    one = mark(harbour, 0, 0, 1)
    first, second = send(harbour, one, one)
    assert first == second
    assert MarkEvent.objects.count() == 1


def test_a_stale_base_is_a_conflict_that_shows_the_current_value(harbour: World) -> None:
    send(harbour, mark(harbour, 0, 0, 1, base=0), role="reviewer")
    [result] = send(harbour, mark(harbour, 0, 0, -1, base=0))
    assert result["status"] == "conflict"
    assert result["cells"][0]["value"] == 1
    assert result["cells"][0]["version"] == 1
    assert result["cells"][0]["by"] == harbour["reviewer"].pk
    assert values(harbour) == {(0, 0): 1}


def test_a_stale_base_that_says_the_same_is_no_conflict(harbour: World) -> None:
    send(harbour, mark(harbour, 0, 0, 1, base=0), role="reviewer")
    [result] = send(harbour, mark(harbour, 0, 0, 1, base=0))
    assert result["status"] == "applied"
    assert Mark.objects.filter(image=harbour.images[0]).count() == 2
    assert Mark.objects.get(image=harbour.images[0], resolved=True).annotator == harbour["annotator"]


def test_a_conflict_does_not_depend_on_the_mark_still_being_there(harbour: World) -> None:
    send(harbour, mark(harbour, 0, 0, 1, base=0))
    send(harbour, mark(harbour, 0, 0, 0, base=1))
    [result] = send(harbour, mark(harbour, 0, 0, 1, base=0), role="lead")
    assert result["status"] == "conflict"
    assert (result["cells"][0]["value"], result["cells"][0]["version"]) == (0, 2)


def test_the_latest_person_speaks_for_the_project_and_the_others_marks_are_kept(harbour: World) -> None:
    send(harbour, mark(harbour, 0, 0, 1), role="annotator")
    send(harbour, mark(harbour, 0, 0, -1), role="reviewer")
    marks = {one.annotator_id: (one.value, one.resolved) for one in Mark.objects.all()}
    assert marks == {harbour["annotator"].pk: (1, False), harbour["reviewer"].pk: (-1, True)}


def test_unknown_takes_the_mark_away_and_is_recorded(harbour: World) -> None:
    send(harbour, mark(harbour, 0, 0, 1))
    [result] = send(harbour, mark(harbour, 0, 0, 0))
    assert result["cells"][0] == {
        "image": harbour.images[0].pk, "label": harbour.labels[0].pk, "value": 0, "version": 2, "by": None, "at": None,
        "source": None,
    }  # fmt: skip
    assert not Mark.objects.exists()
    assert list(MarkEvent.objects.order_by("version").values_list("old", "new")) == [(0, 1), (1, 0)]


def test_setting_to_unknown_what_somebody_else_said_leaves_their_mark_but_no_value(harbour: World) -> None:
    send(harbour, mark(harbour, 0, 0, 1), role="annotator")
    send(harbour, mark(harbour, 0, 0, 0), role="reviewer")
    assert values(harbour) == {}
    assert Mark.objects.get().annotator == harbour["annotator"]


def test_one_bad_operation_never_blocks_the_others(harbour: World, meadow: World) -> None:
    results = send(
        harbour,
        {"kind": "mark"},
        "nonsense",
        op("dance"),
        mark(harbour, 0, 0, 7),
        op("mark", image=meadow.images[0].pk, label=harbour.labels[0].pk, value=1),
        op("mark", image=harbour.images[0].pk, label=10**9, value=1),
        op("undo", of=str(uuid.uuid4())),
        op("mark", image=True, label=harbour.labels[0].pk, value=1),
        mark(harbour, 0, 0, 1),
    )
    assert [result["status"] for result in results] == ["rejected"] * 8 + ["applied"]
    assert all(result["detail"] for result in results[:-1])
    assert values(harbour) == {(0, 0): 1}


def test_an_operation_id_means_one_thing_only(harbour: World) -> None:
    one = mark(harbour, 0, 0, 1)
    send(harbour, one)
    [other_value] = send(harbour, one | {"value": -1})
    [other_person] = send(harbour, one, role="lead")
    assert (other_value["status"], other_person["status"]) == ("rejected", "rejected")
    assert values(harbour) == {(0, 0): 1}


def test_closing_marks_only_unknown_cells_and_leaves_what_one_cannot_tell(harbour: World) -> None:
    image = harbour.images[0].pk
    send(harbour, mark(harbour, 0, 0, 1), op("cant_tell", image=image, label=harbour.labels[1].pk, on=True))
    [result] = send(harbour, op("close", image=image))
    assert values(harbour) == {(0, 0): 1, (0, 2): -1}
    assert result["skipped"] == 1
    assert Mark.objects.get(label=harbour.labels[2]).source == "closed"
    assert Checked.objects.get().image_id == image


def test_closing_is_undone_as_one_and_redone_as_one(harbour: World) -> None:
    close = op("close", image=harbour.images[0].pk)
    send(harbour, mark(harbour, 0, 0, 1), close)
    undo = op("undo", of=close["id"])
    [undone] = send(harbour, undo)
    assert undone["status"] == "applied"
    assert values(harbour) == {(0, 0): 1}
    assert not Checked.objects.exists()
    send(harbour, op("undo", of=undo["id"]))
    assert values(harbour) == {(0, 0): 1, (0, 1): -1, (0, 2): -1}
    assert Checked.objects.count() == 1
    assert set(Mark.objects.filter(value=-1).values_list("source", flat=True)) == {"closed"}


def test_closing_takes_suggestions_as_present_and_all_of_it_is_one_act(harbour: World) -> None:
    image = harbour.images[0].pk

    def present(*places: int, of: int = image) -> dict[str, Any]:
        labels = [harbour.labels[place].pk for place in places]
        return op("close", image=image, cells=[{"image": of, "label": pk, "value": 1, "base": 0} for pk in labels])

    close = present(0, 1)
    [closed] = send(harbour, close)
    assert (closed["status"], closed["detail"], len(closed["cells"])) == ("applied", "", 3)
    assert values(harbour) == {(0, 0): 1, (0, 1): 1, (0, 2): -1}
    sources = Mark.objects.order_by("label").values_list("source", flat=True)
    assert list(sources) == ["accepted", "accepted", "closed"]
    send(harbour, op("undo", of=close["id"]))
    assert values(harbour) == {}
    assert not Checked.objects.exists()

    # What somebody else set meanwhile stays, and nothing that was said to be present becomes absent instead.
    theirs = mark(harbour, 0, 0, -1)
    send(harbour, theirs, mark(harbour, 0, 1, 1), role="reviewer")
    send(harbour, mark(harbour, 0, 1, 0), role="reviewer")
    [partly] = send(harbour, present(0, 1))
    assert (partly["status"], partly["skipped"]) == ("applied", 2)
    assert partly["detail"] == "2 cells were left alone: marked meanwhile, or deleted."
    assert values(harbour) == {(0, 0): -1, (0, 2): -1}

    [elsewhere] = send(harbour, present(0, of=harbour.images[1].pk))
    assert elsewhere["status"] == "rejected"


def test_undo_leaves_alone_what_somebody_changed_since(harbour: World) -> None:
    close = op("close", image=harbour.images[0].pk)
    send(harbour, close)
    send(harbour, mark(harbour, 0, 1, 1), role="reviewer")
    [result] = send(harbour, op("undo", of=close["id"]))
    assert (result["status"], result["skipped"]) == ("applied", 1)
    assert values(harbour) == {(0, 1): 1}


def test_undo_gives_the_cell_back_to_whoever_had_marked_it(harbour: World) -> None:
    send(harbour, mark(harbour, 0, 0, 1), role="reviewer")
    mine = mark(harbour, 0, 0, -1)
    send(harbour, mine)
    [result] = send(harbour, op("undo", of=mine["id"]))
    assert (result["cells"][0]["value"], result["cells"][0]["by"]) == (1, harbour["reviewer"].pk)
    assert Mark.objects.count() == 1


def test_undo_within_the_same_batch(harbour: World) -> None:
    one = mark(harbour, 0, 0, 1)
    results = send(harbour, one, op("undo", of=one["id"]), op("undo", of=one["id"]))
    assert [result["status"] for result in results] == ["applied", "applied", "conflict"]
    assert values(harbour) == {}


def test_only_the_person_who_did_it_can_undo_it(harbour: World) -> None:
    one = mark(harbour, 0, 0, 1)
    send(harbour, one)
    [result] = send(harbour, op("undo", of=one["id"]), role="lead")
    assert result["status"] == "rejected"
    assert values(harbour) == {(0, 0): 1}


def test_a_project_can_forbid_closing(harbour: World) -> None:
    Project.objects.update(allow_closing=False)
    image = harbour.images[0].pk
    closed, checked = send(harbour, op("close", image=image), op("checked", image=image, on=True))
    assert (closed["status"], checked["status"]) == ("rejected", "applied")
    assert values(harbour) == {}


def test_a_page_touches_only_unknown_cells_and_is_undone_as_one(harbour: World) -> None:
    send(harbour, mark(harbour, 1, 0, -1), role="reviewer")
    cells = [
        {"image": image.pk, "label": harbour.labels[0].pk, "value": 1 if place < 2 else -1}
        for place, image in enumerate(harbour.images)
    ]
    page = op("page", cells=cells)
    [result] = send(harbour, page)
    assert (result["status"], result["skipped"]) == ("applied", 1)
    assert values(harbour) == {(0, 0): 1, (1, 0): -1, (2, 0): -1, (3, 0): -1, (4, 0): -1, (5, 0): -1}
    assert Mark.objects.filter(source="page").count() == 5
    send(harbour, op("undo", of=page["id"]))
    assert values(harbour) == {(1, 0): -1}


def test_accepted_suggestions_keep_their_source(harbour: World) -> None:
    cells = [{"image": harbour.images[0].pk, "label": label.pk, "value": 1, "base": 0} for label in harbour.labels]
    send(harbour, op("page", source="accepted", cells=cells))
    assert set(Mark.objects.values_list("source", flat=True)) == {"accepted"}


def test_work_on_a_deleted_label_or_image_is_parked_and_kept(harbour: World) -> None:
    lead = harbour.client("lead")
    lead.delete(harbour.url(f"labels/{harbour.labels[0].pk}/"))
    lead.delete(harbour.url(f"images/{harbour.images[1].pk}/"))
    on_label, on_image, fine = mark(harbour, 0, 0, 1), mark(harbour, 1, 1, 1), mark(harbour, 0, 1, 1)
    assert [one["status"] for one in send(harbour, on_label, on_image, fine)] == ["parked", "parked", "applied"]
    kept = Operation.objects.get(pk=on_label["id"])
    assert kept.request["cells"] == [[harbour.images[0].pk, harbour.labels[0].pk, 1, None]]


def test_cant_tell_ends_when_one_can_after_all_and_undo_brings_it_back(harbour: World) -> None:
    image, label = harbour.images[0].pk, harbour.labels[0].pk
    send(harbour, op("cant_tell", image=image, label=label, on=True))
    certain = mark(harbour, 0, 0, 1)
    send(harbour, certain)

    def undecided() -> bool:
        cells = harbour.get(f"images/{image}/", role="annotator").json()["cells"]
        return next(cell["cant_tell"] for cell in cells if cell["label"] == label)

    assert not undecided()
    send(harbour, op("undo", of=certain["id"]))
    assert undecided()


def test_a_mark_remembers_the_rule_it_was_made_under(harbour: World) -> None:
    url = harbour.url(f"labels/{harbour.labels[0].pk}/")
    harbour.client("lead").patch(url, {"rule": "Floats."}, content_type="application/json")
    send(harbour, mark(harbour, 0, 0, 1))
    assert Mark.objects.get().rule_version == 2
    assert MarkEvent.objects.get().rule_version == 2


def test_event_numbers_have_no_gaps(harbour: World) -> None:
    send(harbour, mark(harbour, 0, 0, 1), op("checked", image=harbour.images[0].pk, on=True))
    send(harbour, op("close", image=harbour.images[1].pk))
    numbers = list(Event.objects.filter(project=harbour.project).values_list("seq", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
    harbour.project.refresh_from_db()
    assert harbour.project.event_seq == numbers[-1]


@pytest.mark.parametrize("body", ["[]", "{}", '{"operations": 3}', "null", '{"operations": {}}'])
def test_a_body_that_is_no_batch_is_refused_with_a_reason(harbour: World, body: str) -> None:
    answer = harbour.post("sync/", body, role="annotator")
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"


def test_a_batch_costs_few_queries_however_long_it_is(harbour: World, django_assert_max_num_queries: Any) -> None:
    operations = [mark(harbour, image, label, 1, base=0) for image in range(6) for label in range(3)]
    harbour.client("annotator").get("/api/session/")
    with django_assert_max_num_queries(20):
        send(harbour, *operations)
