"""The label view: which tiles, where the cut lies, and what it says of the label."""

from typing import Any

import numpy as np
import pytest
from django.test import Client

from annotator.models import CantTell, Image, Project
from annotator.queries.state import forget_states
from annotator.queries.suggestions import home_path
from tests.world import Answer, add_images, add_labels, make_project, mark, publish_scores, signed_in, truth

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SCORES = np.array([[0.05, 0.95, 0.55, 0.85, 0.30, 0.02, 0.70, 0.10]])


@pytest.fixture
def project() -> Project:
    return make_project(images=8, labels=1)


@pytest.fixture
def client(project: Project) -> Client:
    return signed_in(project.members.get().user)


def page(client: Client, project: Project, **query: int | str) -> Answer:
    forget_states()
    label = project.labels.get()
    return client.get(f"/api/projects/{project.pk}/labelview/{label.pk}/", query)


def rows(project: Project, answer: Answer) -> list[int]:
    row_of = dict(project.images.values_list("pk", "row"))
    return [row_of[tile["image"]] for tile in answer.json()["tiles"]]


def test_tiles_come_by_falling_score_and_are_cut_where_exceptions_are_fewest(project: Project, client: Client) -> None:
    publish_scores(project, SCORES)
    answer = page(client, project)
    assert rows(project, answer) == [1, 3, 6, 2, 4, 7, 0, 5]
    assert answer.json()["cut"] == 4
    assert (answer.json()["version"], answer.json()["revision"]) == (1, 1)


def test_by_uncertainty_the_unsure_are_taken_and_shown_by_score(project: Project, client: Client) -> None:
    publish_scores(project, SCORES)
    assert rows(project, page(client, project, order="uncertainty", limit=3)) == [6, 2, 4]


def test_marked_tiles_are_out_of_the_way_unless_asked_for(project: Project, client: Client) -> None:
    publish_scores(project, SCORES)
    user, label = project.members.get().user, project.labels.get()
    mark(project, user, list(project.images.filter(row__in=[1, 5])), [label])
    answer = page(client, project)
    assert rows(project, answer) == [3, 6, 2, 4, 7, 0]
    assert answer.json()["remaining_unknown"] == 6
    everything = page(client, project, exclude_marked=0)
    assert rows(project, everything) == [1, 3, 6, 2, 4, 7, 0, 5]
    values = {tile["image"]: tile["value"] for tile in everything.json()["tiles"]}
    for image in project.images.all():
        assert values[image.pk] == (truth(image, label) if image.row in (1, 5) else 0)


def test_what_somebody_cannot_tell_deleted_and_flagged_images_are_left_out(project: Project, client: Client) -> None:
    publish_scores(project, SCORES)
    user, label = project.members.get().user, project.labels.get()
    CantTell.objects.create(
        project=project, image=project.images.get(row=1), label=label, annotator=user, at=project.created_at
    )
    Image.objects.filter(project=project, row=3).update(flagged="corrupt")
    Image.objects.filter(project=project, row=6).update(deleted_at=project.created_at)
    assert rows(project, page(client, project)) == [2, 4, 7, 0, 5]


def test_expected_left_is_the_sum_of_probabilities_before_any_evidence(project: Project, client: Client) -> None:
    publish_scores(project, SCORES)
    left = page(client, project).json()["expected_left"]
    assert left["low"] <= left["value"] <= left["high"]
    assert left["value"] == pytest.approx(SCORES.sum(), rel=0.15)


def test_held_out_marks_correct_what_is_expected(project: Project, client: Client) -> None:
    """All marked cells were absent though held-out scores said present: fewer are expected among the rest."""
    version = publish_scores(project, np.full((1, 8), 0.8))
    before = page(client, project).json()["expected_left"]["value"]
    blind = np.full((1, 8), np.nan, np.float16)
    blind[0, :6] = 0.8
    np.save(home_path(version.directory) / "heldout.npy", blind)
    label, user = project.labels.get(), project.members.get().user
    mark(project, user, list(project.images.filter(row__lt=6)), [label])
    project.marks.update(value=-1)
    after = page(client, project).json()
    assert after["expected_left"]["value"] < before * 2 / 8
    assert after["found"] == 0


def test_closing_is_proposed_with_its_risk_when_little_is_left(project: Project, client: Client) -> None:
    publish_scores(project, np.array([[0.99, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001]]))
    user, label = project.members.get().user, project.labels.get()
    mark(project, user, [project.images.get(row=0)], [label])
    project.marks.update(value=1)
    answer = page(client, project).json()
    assert answer["found"] == 1
    assert answer["proposal"]["close"] is (answer["proposal"]["risk"] <= 0.02)
    assert answer["proposal"]["risk"] < 0.05
    assert answer["proposal"]["cells"] == 7
    assert answer["proposal"]["text"].startswith("7 cells become absent")


def test_nothing_is_proposed_while_new_pictures_have_no_suggestion(project: Project, client: Client) -> None:
    publish_scores(project, np.array([[0.99, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001]]))
    assert page(client, project).json()["proposal"] is not None
    add_images(project, 1)
    answer = page(client, project).json()
    assert (answer["remaining_unknown"], answer["proposal"]) == (9, None)


def test_without_scores_tiles_are_shown_uncut_and_nothing_is_proposed(project: Project, client: Client) -> None:
    answer = page(client, project).json()
    assert len(answer["tiles"]) == 8
    assert (answer["cut"], answer["proposal"], answer["version"]) == (0, None, None)
    assert all(tile["score"] is None for tile in answer["tiles"])


def test_another_projects_label_is_not_found(project: Project, client: Client) -> None:
    other = make_project(images=1, labels=1)
    answer = client.get(f"/api/projects/{project.pk}/labelview/{other.labels.get().pk}/")
    assert answer.status_code == 404


def next_label(client: Client, project: Project, **query: int | str) -> dict[str, Any]:
    forget_states()
    return client.get(f"/api/projects/{project.pk}/labelview/next/", query).json()


def test_the_suggested_page_ends_where_the_unsure_begin(client: Client, project: Project) -> None:
    """300 pictures: 100 sure ones are worth a page; each of the others costs half a click for half a positive."""
    add_images(project, 292)
    publish_scores(project, np.array([[0.99] * 100 + [0.5] * 50 + [0.01] * 150]))
    assert page(client, project, limit=5).json()["suggested"] == 100


def test_what_is_left_comes_as_one_page(client: Client, project: Project) -> None:
    publish_scores(project, SCORES)
    user, label = project.members.get().user, project.labels.get()
    mark(project, user, list(project.images.filter(row__in=[1, 5])), [label])
    assert page(client, project).json()["suggested"] == 6


def test_the_next_label_is_one_without_marks_then_the_one_with_most_positives_for_each_action(
    client: Client, project: Project
) -> None:
    add_labels(project, ["rich", "poor", "done"])
    first, rich, poor, done = project.labels.order_by("column")
    publish_scores(project, np.array([[0.5] * 8, [0.9] * 8, [0.02] * 8, [0.95] * 8]))
    user, images = project.members.get().user, list(project.images.order_by("row"))
    mark(project, user, images, [done])
    mark(project, user, images[:1], [first, rich])
    assert next_label(client, project) == {"label": poor.pk, "size": 8}
    mark(project, user, images[:1], [poor])
    assert next_label(client, project) == {"label": rich.pk, "size": 7}
    assert next_label(client, project, other_than=rich.pk) == {"label": first.pk, "size": 7}


def test_no_label_is_next_when_nothing_is_open_for_this_person(client: Client, project: Project) -> None:
    user, label = project.members.get().user, project.labels.get()
    images = list(project.images.order_by("row"))
    mark(project, user, images[1:], [label])
    CantTell.objects.create(project=project, image=images[0], label=label, annotator=user, at=project.created_at)
    assert next_label(client, project) == {"label": None, "size": 0}
