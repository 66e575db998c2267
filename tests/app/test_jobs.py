"""A job runs once, survives the death of its worker, and only the holder of its lease may end it."""

import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Never

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from annotator.errors import Conflict
from annotator.jobs import leases, registry, runner
from annotator.jobs.context import JobContext, JobFailed, LeaseLost
from annotator.jobs.queue import cancel, enqueue
from annotator.jobs.sweep import sweep
from annotator.models import Event, Job, Project
from tests.optional import unwrap
from tests.processes import wait_for
from tests.world import make_project

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project() -> Project:
    return make_project(images=4, labels=1)


@pytest.fixture
def do(monkeypatch: pytest.MonkeyPatch) -> Callable[[registry.Handler], None]:
    """Let a function do the jobs of kind "export" for this test."""

    def set_handler(function: registry.Handler) -> None:
        monkeypatch.setitem(registry._handlers, "export", function)

    return set_handler


def expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(leased_until=Now() - timedelta(seconds=1))


def at_once(count: int, call: Callable[[], Any]) -> list[Any]:
    """Call from `count` threads released together; their results, exceptions included."""
    barrier = threading.Barrier(count)
    results: list[Any] = []

    def one() -> None:
        try:
            barrier.wait()
            results.append(call())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_job_is_claimed_by_one_of_many_workers(project: Project) -> None:
    job = enqueue(project.pk, "export")
    tokens = at_once(8, lambda: leases.claim(job.pk))
    assert sum(token is not None for token in tokens) == 1


def test_the_second_active_training_is_refused_by_the_database_and_names_the_first(project: Project) -> None:
    results = at_once(20, lambda: enqueue(project.pk, "train"))
    made = [result for result in results if isinstance(result, Job)]
    refused = [result for result in results if isinstance(result, Conflict)]
    assert len(made) == 1
    assert len(refused) == 19
    assert all(f"Job {made[0].pk}" in error.detail for error in refused)


def test_an_expired_lease_is_taken_over_and_its_old_holder_can_no_longer_write(project: Project) -> None:
    job = enqueue(project.pk, "export")
    first = unwrap(leases.claim(job.pk))
    assert leases.claim(job.pk) is None
    expire(job)
    second = unwrap(leases.claim(job.pk))
    assert second != first
    assert not leases.heartbeat(job.pk, first)
    assert not leases.finish(job.pk, first, Job.State.DONE, {"by": "old"})
    stale = JobContext(Job.objects.get(pk=job.pk), first)
    with pytest.raises(LeaseLost), stale.fenced():
        pytest.fail("the old holder came in")
    assert leases.finish(job.pk, second, Job.State.DONE, {"by": "new"})
    job.refresh_from_db()
    assert (job.state, job.result, job.attempt) == (Job.State.DONE, {"by": "new"}, 2)


def test_nothing_written_in_a_fenced_transaction_stays_when_the_lease_is_gone(project: Project) -> None:
    job = enqueue(project.pk, "export")
    token = unwrap(leases.claim(job.pk))
    expire(job)
    leases.claim(job.pk)
    before = Event.objects.count()
    with pytest.raises(LeaseLost):
        JobContext(Job.objects.get(pk=job.pk), token).progress("late", 50)
    assert Event.objects.count() == before


def test_the_sweep_queues_a_dead_job_again_and_gives_up_after_three_attempts(project: Project) -> None:
    job = enqueue(project.pk, "export")
    for attempt in (1, 2, 3):
        assert leases.claim(job.pk) is not None
        expire(job)
        wakes = DBTaskResult.objects.count()
        assert sweep() == [job.pk]
        job.refresh_from_db()
        assert job.attempt == attempt
        assert job.state == (Job.State.QUEUED if attempt < 3 else Job.State.FAILED)
        assert DBTaskResult.objects.count() == wakes + (1 if attempt < 3 else 0)
    assert "died 3 times" in job.error
    assert leases.claim(job.pk) is None


def test_a_lost_wake_up_is_sent_again(project: Project) -> None:
    job = enqueue(project.pk, "export")
    DBTaskResult.objects.all().delete()
    sweep()
    assert not DBTaskResult.objects.exists(), "within its first lease nobody is worried"
    expire(job)
    sweep()
    sweep()
    assert DBTaskResult.objects.count() == 1


def test_a_rolled_back_request_leaves_neither_job_nor_wake_up(project: Project) -> None:
    with transaction.atomic():
        enqueue(project.pk, "export")
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(
    project: Project, do: Callable[[registry.Handler], None]
) -> None:
    do(lambda context: pytest.fail("it ran"))
    job = enqueue(project.pk, "export")
    cancel(job)
    runner.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    with pytest.raises(Conflict):
        cancel(job)


def test_a_running_job_stops_at_its_next_step_when_cancelled(
    project: Project, do: Callable[[registry.Handler], None]
) -> None:
    steps = []

    def slow(context: JobContext) -> None:
        for step in range(1000):
            steps.append(step)
            if step == 2:
                cancel(Job.objects.get(pk=context.job.pk))
            context.check()
            time.sleep(0.01)

    do(slow)
    job = enqueue(project.pk, "export")
    runner.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert len(steps) < 1000


def test_a_failure_is_shown_in_its_own_words_and_never_left_running(
    project: Project, do: Callable[[registry.Handler], None]
) -> None:
    def fail(context: JobContext) -> Never:
        raise JobFailed("The disk is full. Make room, then start again.")

    do(fail)
    job = enqueue(project.pk, "export")
    runner.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, "The disk is full. Make room, then start again.")


def test_a_surprise_is_a_failure_with_its_trace_in_the_log(
    project: Project, do: Callable[[registry.Handler], None]
) -> None:
    def crash(context: JobContext) -> Never:
        raise ValueError("unheard of")

    do(crash)
    job = enqueue(project.pk, "export")
    runner.run(job.pk)
    job.refresh_from_db()
    assert job.error == "ValueError: unheard of"
    log = (JobContext(job, uuid.uuid4()).directory / "job.log").read_text()
    assert "Traceback" in log


def test_a_busy_handler_keeps_its_lease(
    project: Project, do: Callable[[registry.Handler], None], settings: Settings
) -> None:
    settings.TERN_LEASE_SECONDS = 4

    def busy(context: JobContext) -> None:
        """Never looks up: only the heartbeat's own thread can lengthen the lease."""
        taken = Job.objects.get(pk=context.job.pk).leased_until
        longer = Job.objects.filter(pk=context.job.pk, leased_until__gt=taken)
        wait_for(longer.exists, what="a longer lease")

    do(busy)
    job = enqueue(project.pk, "export")
    runner.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempt) == (Job.State.DONE, 1)


def test_watchers_hear_of_every_state_in_order(project: Project, do: Callable[[registry.Handler], None]) -> None:
    def work(context: JobContext) -> None:
        context.progress("copy", 40, "4 of 10", force=True)
        context.result = {"n": 10}

    do(work)
    job = enqueue(project.pk, "export")
    runner.run(job.pk)
    events = Event.objects.filter(project=project, kind="job").order_by("seq")
    told = [(event.payload["state"], event.payload["progress"]["percent"]) for event in events]
    assert told == [("queued", 0.0), ("running", 0.0), ("running", 40.0), ("done", 100.0)]


def test_every_kind_of_job_has_a_handler_and_a_lane() -> None:
    kinds = set(Job.Kind.values)
    assert kinds == set(registry.LANE_OF_KIND)
    assert all(callable(registry.handler_of(kind)) for kind in kinds)
