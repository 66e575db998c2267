"""Closing more cells than one transaction should hold: a job does it, others go on, and every death and change of mind
ends in a whole state."""

import csv
from typing import Any

import numpy as np
import psutil
import pytest

from annotator.actions import closing, closing_job
from annotator.jobs import runner
from annotator.models import Event, Image, Job, Mark, MarkEvent, Operation, Project, Snapshot
from annotator.queries.state import State
from annotator.queries.suggestions import home_path
from tests.app.acts import Cells, act, agree, applied, mark, stated, values
from tests.optional import unwrap
from tests.processes import process, wait_for
from tests.world import World, make_world, publish_scores

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def close(world: World) -> dict[str, Any]:
    """Agree to whatever is stated of all labels."""
    answer = agree(world, stated(world))
    assert answer.status_code == 200, answer.content
    return answer.json()


def turn(world: World, operation: str) -> tuple[str, int]:
    """Undo an operation; the undo's own id and its job."""
    result = applied(world, "lead", "undo", of=operation)
    return result["id"], unwrap(Operation.objects.get(pk=result["id"]).job_id)


def all_closed(world: World, but: Cells) -> Cells:
    cells = {(row, column): -1 for row in range(len(world.images)) for column in range(len(world.labels))}
    return cells | but


def state_of_job(pk: int) -> str:
    return Job.objects.get(pk=pk).state


@pytest.fixture
def by_job(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """A project of 18 cells with two marks, in which five cells already take a job, a picture in its first part."""
    monkeypatch.setattr(closing, "CELLS_AT_ONCE", 5)
    monkeypatch.setattr(closing_job, "CELLS_PER_PART", 3)
    monkeypatch.setattr(closing_job, "FEWEST_CELLS", 3)
    world = make_world("harbour")
    publish_scores(world.project, np.full((3, 6), 0.002))
    mark(world, "annotator", 0, 0, 1)
    mark(world, "annotator", 1, 1, -1)
    return world


MARKED = {(0, 0): 1, (1, 1): -1}


def test_a_job_writes_what_was_agreed_to_and_tells_of_it(by_job: World) -> None:
    follower = State(by_job.project.pk)
    follower.refresh(Project.objects.get(pk=by_job.project.pk).event_seq)
    done = close(by_job)
    assert values(by_job) == MARKED
    runner.run(done["job"])
    assert values(by_job) == all_closed(by_job, MARKED)
    assert Job.objects.get(pk=done["job"]).result == {"cells": 16}
    closed = MarkEvent.objects.filter(operation=done["operation"])
    assert set(closed.values_list("old", "new", "version", "source")) == {(0, -1, 1, "closed")}
    follower.refresh(Project.objects.get(pk=by_job.project.pk).event_seq)
    assert (follower.values != 0).all()
    assert follower.unknown.tolist() == [0] * 6
    assert Event.objects.filter(project=by_job.project, kind="rows").count() > 1


@pytest.mark.slow
def test_while_it_waits_or_runs_nobody_agrees_again_and_nobody_stops_it(by_job: World) -> None:
    done = close(by_job)
    client, url = by_job.client("lead"), by_job.url("labelview/close/")
    assert "being closed just now" in client.get(url).json()["refusal"]
    stopped = client.post(by_job.url(f"jobs/{done['job']}/cancel/"))
    assert (stopped.status_code, state_of_job(done["job"])) == (409, "queued")
    runner.run(done["job"])
    assert "Nothing is unknown" in client.get(url).json()["refusal"]


def test_what_others_do_meanwhile_stays_and_what_was_not_agreed_to_stays_unknown(by_job: World) -> None:
    Image.objects.filter(pk=by_job.images[5].pk).update(flagged="corrupt")
    done = close(by_job)
    mark(by_job, "annotator", 2, 0, 1)
    mark(by_job, "annotator", 3, 1, 1)
    mark(by_job, "annotator", 3, 1, 0)  # touched after the agreement, so it is somebody's to decide
    Image.objects.filter(pk=by_job.images[5].pk).update(flagged="")
    runner.run(done["job"])
    expected = all_closed(by_job, MARKED | {(2, 0): 1})
    for cell in ((3, 1), (5, 0), (5, 1), (5, 2)):
        del expected[cell]
    assert values(by_job) == expected


@pytest.mark.slow
def test_undo_by_job_leaves_alone_what_was_changed_since_and_can_be_undone(by_job: World) -> None:
    done = close(by_job)
    runner.run(done["job"])
    mark(by_job, "annotator", 4, 2, 1)
    undo, job = turn(by_job, done["operation"])
    assert len(values(by_job)) == 18
    runner.run(job)
    changed = MARKED | {(4, 2): 1}
    assert values(by_job) == changed
    assert Job.objects.get(pk=job).result == {"cells": 15}
    again, job = turn(by_job, undo)
    runner.run(job)
    assert values(by_job) == all_closed(by_job, changed)
    assert set(Mark.objects.filter(source="closed").values_list("annotator", flat=True)) == {by_job["lead"].pk}
    _, job = turn(by_job, again)
    runner.run(job)
    assert values(by_job) == changed
    assert act(by_job, "lead", "undo", of=done["operation"])["status"] == "conflict"


def everything(world: World) -> list[Any]:
    """All marks, those behind the resolved one too."""
    marks = Mark.objects.filter(project=world.project)
    return sorted(marks.values_list("image", "label", "annotator", "value", "resolved", "source", "rule_version"))


@pytest.mark.slow
def test_undo_by_job_takes_back_what_stands_again_and_brings_back_what_stood_behind(by_job: World) -> None:
    # Of one cell the lead said present, somebody else absent, and that person then took it back: the lead's is behind.
    mark(by_job, "lead", 2, 2, 1)
    mark(by_job, "annotator", 2, 2, -1)
    mark(by_job, "annotator", 2, 2, 0)
    before = everything(by_job)
    assert (by_job.images[2].pk, by_job.labels[2].pk, by_job["lead"].pk, 1, False, "human", 1) in before
    done = close(by_job)
    runner.run(done["job"])
    closed = everything(by_job)
    # Somebody changes one closed cell and takes that back: the closing stands there as before.
    changed = mark(by_job, "annotator", 4, 1, 1)
    applied(by_job, "annotator", "undo", of=changed["id"])
    undo, job = turn(by_job, done["operation"])
    runner.run(job)
    assert everything(by_job) == before
    again, job = turn(by_job, undo)
    runner.run(job)
    assert everything(by_job) == closed
    _, job = turn(by_job, again)
    runner.run(job)
    assert everything(by_job) == before


@pytest.mark.slow
def test_a_closing_taken_back_before_it_began_writes_nothing_and_closes_whole_when_done_again(by_job: World) -> None:
    done = close(by_job)
    undo, job = turn(by_job, done["operation"])
    runner.run(done["job"])
    runner.run(job)
    assert (state_of_job(done["job"]), state_of_job(job)) == ("cancelled", "done")
    assert values(by_job) == MARKED
    again, job = turn(by_job, undo)
    runner.run(job)
    assert values(by_job) == all_closed(by_job, MARKED)
    _, job = turn(by_job, again)
    runner.run(job)
    assert values(by_job) == MARKED


@pytest.mark.slow
def test_an_undo_cut_short_by_another_change_of_mind_leaves_nothing_half_done(by_job: World) -> None:
    done = close(by_job)
    runner.run(done["job"])
    undo, first = turn(by_job, done["operation"])
    again, second = turn(by_job, undo)
    runner.run(first)
    runner.run(second)
    assert state_of_job(first) == "cancelled"
    assert values(by_job) == all_closed(by_job, MARKED)
    _, third = turn(by_job, again)
    runner.run(third)
    assert values(by_job) == MARKED


@pytest.fixture
def large(db: None) -> World:
    """24,000 cells: really more than are written at once."""
    world = make_world("quay", images=400, labels=tuple(f"label {at}" for at in range(60)))
    publish_scores(world.project, np.full((60, 400), 0.002))
    mark(world, "annotator", 0, 0, 1)
    return world


def first_part(world: World) -> bool:
    return Event.objects.filter(project=world.project, kind="rows").exists()


def ended(job: int) -> bool:
    return state_of_job(job) not in Job.ACTIVE


@pytest.mark.slow
@pytest.mark.drill
def test_a_worker_killed_in_the_middle_is_followed_by_one_that_ends_it_and_every_cell_is_closed_once(
    large: World,
) -> None:
    job = close(large)["job"]
    with process("work", "--lanes", "marks") as worker:
        wait_for(lambda: first_part(large), 30, worker.log.read_text)
        psutil.Process(worker.pid).kill()
    with process("work", "--lanes", "marks") as worker:
        wait_for(lambda: ended(job), 40, worker.log.read_text)
    assert state_of_job(job) == "done"
    assert values(large) == all_closed(large, {(0, 0): 1})
    assert MarkEvent.objects.filter(project=large.project).count() == 24_000


@pytest.mark.slow
@pytest.mark.drill
def test_marks_are_saved_while_it_runs_and_an_undo_in_the_middle_takes_all_of_it_back(large: World) -> None:
    done = close(large)
    with process("work", "--lanes", "marks") as worker:
        wait_for(lambda: first_part(large), 30, worker.log.read_text)
        assert mark(large, "annotator", 399, 59, 1)["status"] == "applied"
        _, undo = turn(large, done["operation"])
        wait_for(lambda: ended(done["job"]) and ended(undo), 40, worker.log.read_text)
    assert state_of_job(undo) == "done"
    assert values(large) == {(0, 0): 1, (399, 59): 1}


@pytest.mark.slow
def test_a_snapshot_waits_for_the_end_of_a_closing(large: World) -> None:
    asked = large.post("snapshots/", {"formats": ["csv"]})
    assert asked.status_code == 201, asked.content
    job = close(large)["job"]
    with process("work", "--lanes", "marks", "transfer") as worker:
        wait_for(lambda: Snapshot.objects.get().finished_at, 40, worker.log.read_text)
    assert state_of_job(job) == "done"
    with next(home_path(Snapshot.objects.get().directory).glob("*.csv")).open() as file:
        lines = list(csv.reader(file))
    assert len(lines) == 401
    assert all(cell in ("1", "-1") for line in lines[1:] for cell in line[-60:])
