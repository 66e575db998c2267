"""Closing one label is the act that closes all of them: as large, as careful, and taken back by one undo."""

import threading
import uuid
from datetime import timedelta

import numpy as np
import psutil
import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from annotator.jobs import runner
from annotator.models import Event, Image, Job, Lease, Mark, MarkEvent, Operation, Project, Role, User
from annotator.news.kinds import ImagesNews
from annotator.news.publish import publish
from tests.app.acts import act, agree, applied, cell, closing, mark, op, send, stated, values
from tests.optional import unwrap
from tests.processes import process, wait_for
from tests.world import World, add_images, make_world, publish_scores

pytestmark = [pytest.mark.database, pytest.mark.django_db]
ROLES = sorted(Role.values)
MANY = 25_000


@pytest.fixture
def scored(harbour: World) -> World:
    """Three labels on six images with suggestions, one present mark of the first."""
    publish_scores(harbour.project, np.full((3, 6), 0.002))
    mark(harbour, "reviewer", 0, 0, 1)
    return harbour


@pytest.fixture
def long_label(transactional_db: None) -> World:
    """One label with 25,000 unknown pictures: more than a page holds, and more than one transaction writes."""
    world = make_world("coast", images=MANY + 1, labels=("boat",))
    publish_scores(world.project, np.full((1, MANY + 1), 0.0001))
    mark(world, "reviewer", 0, 0, 1)
    return world


@pytest.mark.parametrize("role", ROLES)
def test_everybody_closes_a_label_and_takes_it_back_though_the_next_label_was_opened_and_worked_on(
    scored: World, role: str
) -> None:
    told = stated(scored, role, 0)
    assert (told["labels"], told["cells"], told["found"]) == (1, 5, 1)
    done = agree(scored, told, role, 0)
    assert (done.status_code, done.json()["cells"]) == (200, 5)
    assert values(scored) == {(0, 0): 1} | {(row, 0): -1 for row in range(1, 6)}
    assert set(MarkEvent.objects.filter(operation=done.json()["operation"]).values_list("source", flat=True)) == {
        "closed"
    }
    assert scored.get(f"labelview/{scored.labels[1].pk}/", role=role).status_code == 200
    mark(scored, role, 2, 1, 1)
    assert act(scored, role, "undo", of=done.json()["operation"])["status"] == "applied"
    assert values(scored) == {(0, 0): 1, (2, 1): 1}


def test_marks_of_other_labels_do_not_make_the_number_stale_but_those_of_this_one_do(scored: World) -> None:
    told = stated(scored, "annotator", 0)
    mark(scored, "reviewer", 3, 1, 1)
    assert agree(scored, told, "annotator", 0).status_code == 200
    told = stated(scored, "annotator", 1)
    mark(scored, "reviewer", 4, 1, 1)
    before = values(scored)
    answer = agree(scored, told, "annotator", 1)
    assert (answer.status_code, "have changed" in answer.json()["detail"]) == (409, True)
    assert values(scored) == before


def test_a_picture_that_came_since_is_not_closed_with_the_rest(scored: World) -> None:
    told = stated(scored, "annotator", 0)
    scored.images.append(make_image(scored))
    before = values(scored)
    assert agree(scored, told, "annotator", 0).status_code == 409
    assert values(scored) == before
    assert "no suggestion yet" in stated(scored, "annotator", 0)["refusal"]


def make_image(world: World) -> Image:
    """A picture as an import would bring it, with its event."""
    world.project.refresh_from_db()
    (image,) = add_images(world.project, 1)
    with transaction.atomic():
        publish(world.project.pk, ImagesNews(0, 0, []))
    return image


def lease(world: World, role: str, image: int, minutes: int = 5) -> Lease:
    until = timezone.now() + timedelta(minutes=minutes)
    return Lease.objects.create(
        project=world.project, image=world.images[image], annotator=world[role], expires_at=until
    )


def test_pictures_that_others_have_open_stay_unknown_whenever_they_opened_them(scored: World) -> None:
    lease(scored, "reviewer", 1)
    lease(scored, "annotator", 2)  # one's own
    lease(scored, "lead", 3, minutes=-1)  # over
    told = stated(scored, "annotator", 0)
    assert (told["cells"], told["held"], told["stamp"]["held"]) == (4, 1, [scored.images[1].pk])
    lease(scored, "lead", 4)  # opened after the number was read
    Lease.objects.filter(image=scored.images[1]).delete()  # and this one left: nothing was stated of it
    done = agree(scored, told, "annotator", 0).json()
    assert done["cells"] == 3
    assert values(scored) == {(0, 0): 1} | {(row, 0): -1 for row in (2, 3, 5)}


@pytest.mark.parametrize("role", ROLES)
def test_a_project_that_forbids_closing_forbids_it_on_every_way(scored: World, role: str) -> None:
    scored.project.members.filter(user=scored[role]).update(role=role)
    told = stated(scored, role, 0)
    everything = scored.get(closing(scored), role=role)
    closed = agree(scored, told, role, 0).json()["operation"]
    undone = act(scored, role, "undo", of=closed)["id"]
    Project.objects.filter(pk=scored.project.pk).update(allow_closing=False)
    before = values(scored)

    assert "ask a lead" in stated(scored, role, 0)["refusal"]
    page = scored.get(f"labelview/{scored.labels[0].pk}/", role=role).json()
    assert page["proposal"] is None
    assert agree(scored, told, role, 0).status_code == 409
    if everything.status_code == 200:
        assert agree(scored, everything.json(), role).status_code == 409
    results = send(
        scored,
        op("page", source="closed", cells=[cell(scored, 5, 0)]),
        op("close", image=scored.images[5].pk),
        op("undo", of=undone),
        role=role,
    )
    assert [(one["status"], "ask a lead" in one["detail"]) for one in results] == [("rejected", True)] * 3
    assert values(scored) == before
    # What was looked at is no closing.
    applied(scored, role, "page", cells=[cell(scored, 5, 0)])


@pytest.mark.parametrize("route", ["one", "all"])
def test_an_outsider_learns_nothing_of_either_way(scored: World, outsider: User, client: Client, route: str) -> None:
    client.force_login(outsider)
    url = scored.url(closing(scored, 0 if route == "one" else None))
    body = {"operation": str(uuid.uuid4()), "stamp": {"version": 1, "revision": 1, "seq": 0}}
    assert client.get(url).status_code == 404
    assert client.post(url, body, content_type="application/json").status_code == 404


@pytest.mark.slow
def test_twenty_five_thousand_cells_of_a_label_are_closed_and_taken_back_to_the_last(long_label: World) -> None:
    done = agree(long_label, stated(long_label, "annotator", 0), "annotator", 0).json()
    assert done["cells"] == MANY
    runner.run(done["job"])
    assert Job.objects.get(pk=done["job"]).result == {"cells": MANY}
    assert Mark.objects.filter(value=-1, source="closed", resolved=True).count() == MANY
    back = act(long_label, "annotator", "undo", of=done["operation"])
    assert back["status"] == "applied"
    runner.run(unwrap(Operation.objects.get(pk=back["id"]).job_id))
    assert values(long_label) == {(0, 0): 1}


@pytest.mark.slow
@pytest.mark.drill
def test_a_worker_killed_in_the_middle_of_a_label_is_followed_by_one_that_ends_it(long_label: World) -> None:
    job = agree(long_label, stated(long_label, "annotator", 0), "annotator", 0).json()["job"]
    with process("work", "--lanes", "marks") as worker:
        wait_for(lambda: Event.objects.filter(kind="rows").exists(), 60, worker.log.read_text)
        psutil.Process(worker.pid).kill()
    with process("work", "--lanes", "marks") as worker:
        wait_for(lambda: Job.objects.get(pk=job).state not in Job.ACTIVE, 60, worker.log.read_text)
    assert Mark.objects.filter(value=-1, source="closed", resolved=True).count() == MANY
    assert MarkEvent.objects.count() == MANY + 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_agree_at_once_one_closes_and_the_other_is_told(scored: World) -> None:
    told = {role: stated(scored, role, 0) for role in ("annotator", "reviewer")}
    ready, answers = threading.Barrier(2), {}

    def close(role: str) -> None:
        try:
            scored.client(role)
            ready.wait()
            answers[role] = agree(scored, told[role], role, 0).status_code
        finally:
            connection.close()

    threads = [threading.Thread(target=close, args=[role]) for role in told]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers.values()) == [200, 409]
    assert MarkEvent.objects.filter(source="closed").count() == 5
    assert len(values(scored)) == 6
