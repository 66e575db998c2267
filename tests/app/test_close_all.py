"""Closing all labels in one act: what is stated, what is written, what is refused, and how it is taken back."""

import uuid

import numpy as np
import pytest

from annotator.models import CantTell, Event, Image, Mark, MarkEvent, Operation, Project
from annotator.queries.expected import live_tail
from annotator.queries.suggestions import home_path
from tests.app.acts import act, agree, applied, cell, mark, stated, values
from tests.optional import unwrap
from tests.world import World, publish_scores

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SCORES = np.full((3, 6), 0.002)
CELLS = 18


@pytest.fixture
def scored(harbour: World) -> World:
    """Three labels on six images, one positive of each known, little more expected."""
    publish_scores(harbour.project, SCORES)
    for label in range(3):
        mark(harbour, "reviewer", label, label, 1)
    return harbour


def test_the_statement_counts_the_cells_and_the_positives_expected_among_them(scored: World) -> None:
    told = stated(scored)
    assert (told["labels"], told["cells"], told["found"], told["untouched"]) == (3, CELLS - 3, 3, 0)
    missed = told["missed"]
    assert missed["low"] <= missed["value"] <= missed["high"]
    # Before any evidence of its own, fifteen cells at 0.002: the doubt about the tail widens, it does not move far.
    assert 0.01 < missed["value"] < 0.2
    assert told["risk"] == pytest.approx(missed["value"] / (3 + missed["value"]))
    assert told["recall"] == pytest.approx(1 - told["risk"])
    assert told["text"].startswith("15 cells become absent; about")


def test_it_is_proposed_only_at_the_accepted_risk_and_when_every_label_was_looked_at(harbour: World) -> None:
    publish_scores(harbour.project, np.full((3, 6), 1e-6))
    mark(harbour, "lead", 0, 0, 1)
    mark(harbour, "lead", 0, 1, 1)
    before = stated(harbour)
    assert (before["propose"], before["untouched"]) == (False, 1)
    mark(harbour, "lead", 0, 2, -1)
    after = stated(harbour)
    assert after["risk"] <= 0.018
    assert after["propose"]
    publish_scores(harbour.project, np.full((3, 6), 0.3))
    likely = stated(harbour)
    assert likely["risk"] > 0.018
    assert not likely["propose"]


def test_closing_writes_absent_where_nothing_was_known_and_says_the_number(scored: World) -> None:
    mark(scored, "annotator", 5, 0, -1)
    told = stated(scored)
    answer = agree(scored, told)
    assert answer.status_code == 200, answer.content
    assert (answer.json()["cells"], answer.json()["text"]) == (CELLS - 4, told["text"])
    found = values(scored)
    assert len(found) == CELLS
    assert {cell for cell, value in found.items() if value == 1} == {(0, 0), (1, 1), (2, 2)}
    closed = Mark.objects.filter(project=scored.project, source="closed")
    assert closed.count() == CELLS - 4
    assert set(closed.values_list("annotator", flat=True)) == {scored["lead"].pk}
    operation = Operation.objects.get(pk=answer.json()["operation"])
    assert operation.answer["detail"] == told["text"]
    assert MarkEvent.objects.filter(operation=operation.pk).count() == CELLS - 4
    news = Event.objects.filter(project=scored.project, kind="mark").order_by("seq").last()
    assert len(unwrap(news).payload["cells"]) == CELLS - 4
    assert stated(scored)["refusal"].startswith("Nothing is unknown")


def test_one_undo_takes_all_of_it_back_and_another_closes_again(scored: World) -> None:
    before = values(scored)
    operation = agree(scored, stated(scored)).json()["operation"]
    undone = act(scored, "lead", "undo", of=operation)
    assert undone["status"] == "applied"
    assert values(scored) == before
    again = act(scored, "lead", "undo", of=undone["id"])
    assert again["status"] == "applied"
    assert len(values(scored)) == CELLS


def test_undo_leaves_alone_what_somebody_changed_since(scored: World) -> None:
    operation = agree(scored, stated(scored)).json()["operation"]
    mark(scored, "annotator", 3, 0, 1)
    undone = act(scored, "lead", "undo", of=operation)
    assert (undone["status"], undone["skipped"]) == ("applied", 1)
    assert values(scored) == {(0, 0): 1, (1, 1): 1, (2, 2): 1, (3, 0): 1}


@pytest.mark.parametrize("change", ["a mark", "new scores", "a deleted picture", "a can't tell"])
def test_a_number_that_is_not_true_any_more_is_refused_and_nothing_is_written(scored: World, change: str) -> None:
    told = stated(scored)
    if change == "a mark":
        mark(scored, "annotator", 4, 1, 1)
    elif change == "new scores":
        publish_scores(scored.project, SCORES)
    elif change == "a deleted picture":
        image = scored.images[5].pk
        assert scored.delete(f"images/{image}/").status_code in (200, 204)
    else:
        act(scored, "lead", "cant_tell", image=scored.images[5].pk, label=scored.labels[0].pk)
    before = values(scored)
    answer = agree(scored, told)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "have changed" in answer.json()["detail"]
    assert values(scored) == before
    assert agree(scored, stated(scored)).status_code == 200


def test_receipts_that_change_no_cell_do_not_make_the_number_stale(scored: World) -> None:
    told = stated(scored)
    act(scored, "lead", "checked", image=scored.images[0].pk)
    assert agree(scored, told).status_code == 200


def test_the_same_operation_sent_again_answers_the_same_and_writes_nothing(scored: World) -> None:
    told, operation = stated(scored), uuid.uuid4()
    first = agree(scored, told, operation=operation)
    act(scored, "lead", "undo", of=str(operation))
    before = values(scored)
    second = agree(scored, told, operation=operation)
    assert (second.status_code, second.json()) == (200, first.json())
    assert values(scored) == before
    other = scored.project.members.get(user=scored["reviewer"])
    other.role = "lead"
    other.save()
    assert agree(scored, told, "reviewer", operation=operation).status_code == 400


def test_what_one_cannot_tell_stays_unknown_and_flagged_pictures_are_left_alone(scored: World) -> None:
    CantTell.objects.create(
        project=scored.project, image=scored.images[5], label=scored.labels[0], annotator=scored["lead"],
        at=scored.project.created_at,
    )  # fmt: skip
    Image.objects.filter(pk=scored.images[4].pk).update(flagged="corrupt")
    told = stated(scored)
    assert (told["cells"], told["undecided"]) == (CELLS - 3 - 3 - 1, 1)
    assert agree(scored, told).status_code == 200
    assert {(5, 0), (4, 0), (4, 1), (4, 2)}.isdisjoint(values(scored))


@pytest.mark.parametrize("role", ["annotator", "reviewer"])
def test_only_leads_close_all_labels(scored: World, role: str) -> None:
    told = stated(scored)
    assert scored.get("labelview/close/", role=role).status_code == 403
    assert agree(scored, told, role).status_code == 403
    assert len(values(scored)) == 3


def learned(world: World) -> np.ndarray:
    """The tail of a new version that scored every cell without having seen it."""
    version = publish_scores(world.project, np.full((3, 6), 0.01))
    np.save(home_path(version.directory) / "heldout.npy", np.full((3, 6), 0.01, np.float16))
    world.project.refresh_from_db()
    return unwrap(live_tail(world.project))[0].mean


def test_cells_that_nobody_looked_at_teach_nothing_about_the_tail(scored: World) -> None:
    mark(scored, "lead", 5, 0, -1)
    before = learned(scored)
    assert agree(scored, stated(scored)).status_code == 200
    assert learned(scored) == pytest.approx(before)
    assert before != pytest.approx([0.0, 1.0])


def test_closing_a_single_label_teaches_nothing_about_the_tail_either(scored: World) -> None:
    mark(scored, "lead", 5, 0, -1)
    before = learned(scored)
    applied(scored, "lead", "page", source="closed", cells=[cell(scored, row, 1) for row in (0, 2, 3)])
    assert MarkEvent.objects.filter(source="closed").count() == 3
    assert learned(scored) == pytest.approx(before)


def test_nobody_can_say_without_suggestions_for_every_cell(harbour: World) -> None:
    told = stated(harbour)
    assert (told["missed"], told["propose"], told["stamp"]["version"]) == (None, False, None)
    assert "no suggestion" in told["refusal"]
    publish_scores(harbour.project, SCORES[:, :5])
    told = stated(harbour)
    assert told["refusal"].startswith("3 cells have no suggestion yet")
    answer = agree(harbour, told)
    assert (answer.status_code, answer.json()["detail"]) == (409, told["refusal"])


def test_a_project_that_does_not_allow_closing_refuses_it(scored: World) -> None:
    told = stated(scored)
    Project.objects.filter(pk=scored.project.pk).update(allow_closing=False)
    answer = agree(scored, told)
    assert answer.status_code == 409
    assert "ask a lead" in answer.json()["detail"]
