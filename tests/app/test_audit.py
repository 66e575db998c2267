"""Blind questions: drawn at random with a known chance, answered once, never trained on."""

from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from annotator.actions.audit import next_questions
from annotator.models import AuditQuestion, Mark, Member, Project, Role, User
from annotator.queries.audit import quality, questions_due
from annotator.queries.blind import blind_cells
from annotator.queries.matrix import audit_matrices, mark_matrix
from annotator.queries.suggestions import live_scores
from tests.optional import unwrap
from tests.world import Answer, make_project, make_user, mark, publish_scores, signed_in, truth

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def project() -> Project:
    return make_project(images=60, labels=2)


@pytest.fixture
def user(project: Project) -> User:
    return project.members.get().user


@pytest.fixture
def client(user: User) -> Client:
    return signed_in(user)


def ask(client: Client, project: Project, **query: int) -> list[dict[str, Any]]:
    return client.get(f"/api/projects/{project.pk}/audit/next/", query).json()


def answer(client: Client, project: Project, question: int, value: int) -> Answer:
    return client.post(
        f"/api/projects/{project.pk}/audit/{question}/", {"answer": value}, content_type="application/json"
    )


def test_a_question_tells_neither_score_nor_marks(project: Project, client: Client) -> None:
    publish_scores(project, np.full((2, 60), 0.9))
    (question,) = ask(client, project)
    assert set(question) == {"id", "image", "label"}
    assert set(question["image"]) == {
        "id", "file_name", "width", "height", "thumbnail", "preview", "original",
    }  # fmt: skip
    assert AuditQuestion.objects.get().score == pytest.approx(0.9, abs=1e-3)


def test_questions_are_of_unknown_cells_and_none_comes_twice(project: Project, user: User, client: Client) -> None:
    mark(project, user, list(project.images.all()[:50]), list(project.labels.all()))
    refresh(project)
    first = ask(client, project, count=10)
    assert ask(client, project, count=10) == first, "what was not answered is asked again"
    for question in first:
        assert answer(client, project, question["id"], 0).status_code == 200
    second = ask(client, project, count=20)
    cells = [(question["image"]["id"], question["label"]) for question in first + second]
    assert len(cells) == len(set(cells)) == 20
    assert not Mark.objects.filter(image_id__in=[image for image, _ in cells]).exists()


def refresh(project: Project) -> None:
    """Let the matrix in memory read marks that were written past the actions."""
    from annotator.queries.state import forget_states

    forget_states()
    project.refresh_from_db()


def test_uncertain_cells_are_asked_more_often_and_weighted_less(project: Project, user: User) -> None:
    scores = np.full((2, 60), 0.001)
    scores[:, :6] = 0.5
    publish_scores(project, scores)
    next_questions(project, user.pk, 20)
    asked = AuditQuestion.objects.select_related("image")
    unsure = [one.probability for one in asked if one.image.row < 6]
    sure = [one.probability for one in asked if one.image.row >= 6]
    assert unsure
    assert sure
    assert min(unsure) > max(sure)
    for group, size in ((unsure, 12), (sure, 108)):
        assert group == pytest.approx([len(group) / size] * len(group))


def test_asked_one_by_one_sure_cells_have_their_chance_too(project: Project, user: User) -> None:
    """Otherwise what the model is sure of would never be checked, and the figures would be those of the rest."""
    scores = np.full((2, 60), 0.98)
    scores[:, 20:] = 0.2
    publish_scores(project, scores)
    for _ in range(70):
        (question,) = next_questions(project, user.pk, 1)
        AuditQuestion.objects.filter(pk=question.pk).update(answer=1, answered_at=project.created_at)
    sure = AuditQuestion.objects.filter(score__gt=0.9)
    assert 0 < sure.count() < 40, "about 14; none at all once in a million"
    chances = set(sure.values_list("probability", flat=True))
    assert all(0 < chance < 1 for chance in chances)


def test_an_answer_becomes_a_mark_that_never_trains(project: Project, user: User, client: Client) -> None:
    (question,) = ask(client, project)
    assert answer(client, project, question["id"], 1).json() == {"answer": 1}
    made = Mark.objects.get()
    assert (made.value, made.source, made.image_id) == (1, "audit", question["image"]["id"])
    assert not mark_matrix(project.pk, np.array([made.image_id]), np.array([made.label_id])).any()


def test_an_answer_counts_once(project: Project, client: Client) -> None:
    (question,) = ask(client, project)
    assert answer(client, project, question["id"], 1).status_code == 200
    assert answer(client, project, question["id"], 1).status_code == 200, "a repeat of the same"
    other = answer(client, project, question["id"], -1)
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert Mark.objects.get().value == 1
    assert answer(client, project, question["id"], 3).status_code == 400


def test_nobody_answers_for_somebody_else(project: Project, client: Client) -> None:
    (question,) = ask(client, project)
    other = make_user("other")
    Member.objects.create(project=project, user=other, role=Role.ANNOTATOR)
    stranger = signed_in(other)
    assert answer(stranger, project, question["id"], 1).status_code == 404
    assert AuditQuestion.objects.get().answer is None


def test_the_projects_share_says_how_many_are_due(project: Project, user: User, client: Client) -> None:
    Project.objects.filter(pk=project.pk).update(audit_share=0.1)
    refresh(project)
    assert ask(client, project, count=5, due=1) == []
    mark(project, user, list(project.images.all()[:20]), list(project.labels.all()))
    refresh(project)
    assert questions_due(project) == 4
    assert len(ask(client, project, count=9, due=1)) == 4


def test_a_project_whose_share_is_nothing_asks_nothing_between_other_work(
    project: Project, user: User, client: Client
) -> None:
    mark(project, user, list(project.images.all()[:20]), list(project.labels.all()))
    Project.objects.filter(pk=project.pk).update(audit_share=0.1)
    refresh(project)
    assert len(ask(client, project, count=2, due=1)) == 2
    Project.objects.filter(pk=project.pk).update(audit_share=0)
    assert ask(client, project, count=2, due=1) == []
    assert len(ask(client, project, count=2)) == 2, "whoever opens the page of questions still gets them"


@pytest.mark.slow
def test_figures_are_computed_again_only_when_something_they_rest_on_changed(
    project: Project, user: User, client: Client
) -> None:
    publish_scores(project, np.linspace(0.02, 0.9, 120).reshape(2, 60))
    questions = next_questions(project, user.pk, 70)
    for question in questions[:60]:
        answer(client, project, question.pk, truth(question.image, question.label))

    def figures() -> tuple[dict[str, Any], bool]:
        with CaptureQueriesContext(connection) as made:
            found = client.get(f"/api/projects/{project.pk}/audit/").json()
        return found, any("probability" in one["sql"] and "auditquestion" in one["sql"] for one in made)

    first, computed = figures()
    assert computed
    assert first["map"] is not None
    assert figures() == (first, False)
    answer(client, project, questions[60].pk, 1)
    assert figures()[1]
    publish_scores(project, np.linspace(0.9, 0.02, 120).reshape(2, 60))
    other, computed = figures()
    assert computed
    assert other["map"] != first["map"]


@pytest.mark.slow
def test_quality_is_that_of_all_cells_not_of_the_asked_ones(project: Project, user: User, client: Client) -> None:
    """Of 12 unsure cells about half are present, of 108 sure ones none: the weighted share must say so."""
    scores = np.full((2, 60), 0.001)
    scores[:, :6] = 0.5
    publish_scores(project, scores)
    for question in next_questions(project, user.pk, 60):
        present = 1 if question.image.row < 6 and truth(question.image, question.label) == 1 else -1
        answer(client, project, question.pk, present)
    project.refresh_from_db()
    figures = quality(project)
    assert (figures["asked"], figures["answered"]) == (60, 60)
    unsure = next(one for one in figures["curve"] if one["probability"] > 0.4)
    sure = next(one for one in figures["curve"] if one["probability"] < 0.1)
    assert sure["present"] < 0.01
    assert all(one["low"] <= one["present"] <= one["high"] for one in figures["curve"])
    images, labels = project.images.filter(row__lt=6), project.labels.all()
    exact = np.mean([truth(image, label) == 1 for image in images for label in labels])
    assert unsure["present"] == pytest.approx(exact, abs=0.25)
    assert figures["map"]["low"] <= figures["map"]["value"] <= figures["map"]["high"]


def test_before_there_are_enough_answers_no_figure_is_shown(project: Project, user: User, client: Client) -> None:
    publish_scores(project, np.full((2, 60), 0.3))
    for question in next_questions(project, user.pk, 20):
        answer(client, project, question.pk, 1)
    project.refresh_from_db()
    figures = quality(project)
    assert (figures["answered"], figures["map"], figures["ece"], figures["curve"]) == (20, None, None, [])


def test_answers_of_several_draws_stand_for_every_cell_once(project: Project, user: User, client: Client) -> None:
    publish_scores(project, np.linspace(0.02, 0.9, 120).reshape(2, 60))
    for count in (20, 30, 1, 25):
        for question in next_questions(project, user.pk, count):
            answer(client, project, question.pk, 1)
    assert AuditQuestion.objects.values("draw").distinct().count() == 4
    ids = np.array(list(project.images.order_by("row").values_list("pk", flat=True)))
    answers, weights = audit_matrices(project.pk, ids, np.array(list(project.labels.values_list("pk", flat=True))))
    assert np.count_nonzero(answers) == 76
    assert weights.sum() == pytest.approx(120, rel=0.05)


def test_a_cell_that_was_marked_since_judges_no_more(project: Project, user: User, client: Client) -> None:
    publish_scores(project, np.full((2, 60), 0.3))
    first, *_ = next_questions(project, user.pk, 3)
    for question in AuditQuestion.objects.all():
        answer(client, project, question.pk, 1)
    Mark.objects.filter(image=first.image, label=first.label).update(source="human")
    refresh(project)
    cells, _ = blind_cells(project, unwrap(live_scores(project)))
    assert (len(cells.values), np.count_nonzero(cells.values)) == (119, 2)


def test_without_answers_there_are_no_figures(project: Project, client: Client) -> None:
    figures = client.get(f"/api/projects/{project.pk}/audit/").json()
    assert (figures["map"], figures["ece"], figures["curve"]) == (None, None, [])
