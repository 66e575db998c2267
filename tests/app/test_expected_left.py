"""What is still expected is one figure: project page, label view and both closings say the same at any moment."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from annotator.actions.marks import record
from annotator.queries.expected import ENOUGH_ABSENT
from annotator.queries.suggestions import home_path
from tests.app.acts import act, cell
from tests.world import World, make_world, publish_scores

pytestmark = [pytest.mark.database, pytest.mark.django_db]
IMAGES = 300
Figures = dict[int, Any]


@pytest.fixture
def world(db: None) -> World:
    """Two labels with suggestions on many pictures, from a version that knew marks of both."""
    made = make_world("harbour", images=IMAGES, labels=("boat", "sea"))
    chances = np.random.default_rng(3).beta(0.3, 3, (2, IMAGES))
    version = publish_scores(made.project, chances)
    np.save(home_path(version.directory) / "heldout.npy", chances.astype(np.float16))
    return made


def answers(world: World) -> tuple[Figures, Figures, Figures, dict[str, float]]:
    """What each screen is told: by label from project page, label view and closing; and the joint statement."""
    client = world.client("lead")
    rows = {row["id"]: row["expected_left"] for row in client.get(world.url("progress/")).json()["labels"]}
    pages, closings = {}, {}
    for label in world.labels:
        pages[label.pk] = client.get(world.url(f"labelview/{label.pk}/")).json()["expected_left"]
        closings[label.pk] = client.get(world.url(f"labelview/{label.pk}/close/")).json()["missed"]
    return rows, pages, closings, client.get(world.url("labelview/close/")).json()["missed"]


def agreed(world: World) -> Figures:
    """The figures, after checking that they are the same everywhere."""
    rows, pages, closings, together = answers(world)
    assert rows == pages == closings
    assert together["value"] == pytest.approx(sum(one["value"] for one in rows.values()))
    assert all(one["low"] <= one["value"] <= one["high"] for one in rows.values())
    return rows


def mark(world: World, rows: Iterable[int], label: int, value: int, source: str = "human") -> None:
    cells = [(world.images[row].pk, world.labels[label].pk, value) for row in rows]
    record(world.project.pk, world["lead"].pk, cells, source)


def test_every_answer_agrees_before_any_mark_after_marks_and_with_blind_answers(world: World) -> None:
    first = agreed(world)
    mark(world, range(40), 0, -1)
    mark(world, range(40, 60), 1, 1)
    marked = agreed(world)
    assert marked != first
    mark(world, range(60, 90), 0, 1, source="audit")
    blind = agreed(world)
    assert blind[world.labels[0].pk] != marked[world.labels[0].pk]
    assert blind[world.labels[1].pk] == marked[world.labels[1].pk]


def test_every_answer_agrees_when_a_new_version_learned_from_the_answers(world: World) -> None:
    mark(world, range(90), 0, -1)
    before = agreed(world)
    chances = np.full((2, IMAGES), 0.2)
    version = publish_scores(world.project, chances)
    np.save(home_path(version.directory) / "heldout.npy", chances.astype(np.float16))
    assert agreed(world) != before


def test_it_is_the_same_whoever_asks_and_whatever_was_asked_before(world: World) -> None:
    first = agreed(world)
    own = world.get(f"labelview/{world.labels[1].pk}/", role="annotator").json()["expected_left"]
    assert own == first[world.labels[1].pk]


def by_name_alone(world: World) -> None:
    """A version that knew no present mark of either label."""
    card = {"labels": [{"id": label.pk, "positives": 0} for label in world.labels]}
    publish_scores(world.project, np.full((2, IMAGES), 0.004), card)


def page(world: World, label: int = 0) -> dict[str, Any]:
    return world.get(f"labelview/{world.labels[label].pk}/").json()


def test_a_label_known_by_its_name_alone_promises_nothing(world: World) -> None:
    by_name_alone(world)
    rows, pages, _, _ = answers(world)
    assert rows == pages == {label.pk: None for label in world.labels}
    assert page(world)["absent_suggested"] is False
    assert page(world)["proposal"]["close"] is False
    told = world.get("labelview/close/").json()
    assert (told["unproven"], told["propose"]) == (2, False)
    # Six hundred cells at 0.004 would be 2.4: from a name alone it may as well be many times that.
    assert told["missed"]["high"] > 10 * 2.4


def test_a_few_marks_do_not_make_it_known_but_a_version_that_learned_them_does(world: World) -> None:
    by_name_alone(world)
    mark(world, range(20), 0, 1)
    mark(world, range(20, 20 + 2 * ENOUGH_ABSENT), 0, -1)
    assert page(world)["absent_suggested"] is False
    publish_scores(world.project, np.full((2, IMAGES), 0.004))
    assert page(world)["absent_suggested"] is True
    assert page(world)["expected_left"] is not None


def test_many_pictures_without_it_say_that_the_others_are_without_it_too(world: World) -> None:
    by_name_alone(world)
    mark(world, range(ENOUGH_ABSENT - 1), 0, -1)
    assert page(world)["absent_suggested"] is False
    mark(world, [ENOUGH_ABSENT - 1], 0, -1)
    assert page(world)["absent_suggested"] is True
    assert page(world, 1)["absent_suggested"] is False


def test_a_label_of_which_all_is_decided_has_nothing_left_whatever_is_known_of_it(world: World) -> None:
    by_name_alone(world)
    mark(world, range(IMAGES), 0, 1)
    assert page(world)["expected_left"] == {"value": 0, "low": 0, "high": 0}


def test_before_the_first_suggestions_nothing_is_stated(db: None) -> None:
    world = make_world("quay", images=3, labels=("boat",))
    act(world, "lead", "page", cells=[cell(world, row, 0) for row in range(2)])
    rows, pages, _, together = answers(world)
    assert (list(rows.values()), list(pages.values()), together) == ([None], [None], None)
