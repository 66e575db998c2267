"""Real workers on a real database, killed at bad moments."""

import os
import random
import signal
import threading
from pathlib import Path

import psutil
import pytest
from django.db import connection

from annotator.actions import training
from annotator.errors import Conflict
from annotator.models import Event, Job, ModelVersion, Project, TrainingRun
from annotator.queries.suggestions import home_path
from tests.optional import unwrap
from tests.processes import children, process, wait_for
from tests.world import make_project, mark

pytestmark = [pytest.mark.database, pytest.mark.drill, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def project() -> Project:
    made = make_project(images=30, labels=2, auto_retrain=False)
    mark(made, made.members.get().user, list(made.images.all()[:20]), list(made.labels.all()))
    return made


def ended(job: Job, seconds: float = 40) -> str:
    def state() -> bool:
        job.refresh_from_db()
        return job.state not in Job.ACTIVE

    wait_for(state, seconds, f"the end of {job}")
    return job.state


def live(project: Project) -> int | None:
    return Project.objects.get(pk=project.pk).live_version_id


def gone(processes: list[psutil.Process]) -> None:
    """Wait until none of these processes is left."""
    wait_for(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in processes), 20)


def fit_percent(job: Job) -> float:
    job.refresh_from_db()
    return job.progress.get("percent", 0) if job.progress.get("stage") == "fit" else 0


def weights(job: Job) -> str:
    return (home_path(job.training.directory) / "weights.safetensors").read_text()


@pytest.mark.slow
def test_the_whole_way_from_nothing_to_a_trained_model_without_being_asked(project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(auto_retrain=True)
    with process("work") as worker:
        wait_for(lambda: live(project), 30, worker.log.read_text)
        wait_for(lambda: ModelVersion.objects.filter(method="tern").exists(), 30, "a training by itself")
        run = TrainingRun.objects.get()
        assert (run.trigger, run.known) == ("marks", 40)


@pytest.mark.slow
def test_a_worker_told_to_leave_gives_its_job_back_and_leaves_no_process(project: Project) -> None:
    with process("work", SMALL_STEP_SECONDS="0.1") as worker:
        wait_for(lambda: live(project), 30)
        job = training.request_training(project)
        wait_for(lambda: fit_percent(job) > 20)
        family = children(worker.pid)
        worker.terminate()
        assert worker.wait(20) == 0
        gone(family)
    job.refresh_from_db()
    assert (job.state, job.attempt) == (Job.State.QUEUED, 0)
    with process("work"):
        assert ended(job) == Job.State.DONE
    assert job.attempt == 1


@pytest.mark.slow
def test_a_worker_whose_parent_dies_leaves_no_process(project: Project) -> None:
    with process("work", "--watch-parent", SMALL_STEP_SECONDS="0.1") as worker:
        wait_for(lambda: live(project), 30)
        job = training.request_training(project)
        wait_for(lambda: fit_percent(job) > 0)
        family = children(worker.pid)
        assert family
        unwrap(worker.stdin).close()
        worker.wait(20)
        gone(family)


@pytest.mark.slow
@pytest.mark.parametrize("victim", ["worker", "trainer"])
def test_a_run_killed_at_a_random_moment_is_resumed_and_ends_once_with_equal_weights(
    project: Project, victim: str
) -> None:
    moment = random.Random(os.urandom(4)).uniform(5, 80)
    with process("work", SMALL_STEP_SECONDS="0.04") as first:
        wait_for(lambda: live(project), 30)
        unbroken = training.request_training(project)
        assert ended(unbroken) == Job.State.DONE
        job = training.request_training(project)
        wait_for(lambda: fit_percent(job) > moment or job.state == Job.State.DONE)
        family = children(first.pid)
        if victim == "worker":
            first.kill()
            first.wait()
            gone(family)
            with process("work"):
                assert ended(job) == Job.State.DONE
        else:
            [one.kill() for one in family if "small_trainer" in " ".join(one.cmdline())]
            assert ended(job) == Job.State.DONE
    assert ModelVersion.objects.filter(run=job.training).count() == 1
    assert weights(job) == weights(unbroken), f"killed at {moment:.0f} %"


@pytest.mark.slow
def test_two_workers_and_twenty_simultaneous_triggers_make_one_run(project: Project) -> None:
    with process("work"), process("work"):
        wait_for(lambda: live(project), 30)
        barrier, made = threading.Barrier(20), []

        def trigger() -> None:
            try:
                barrier.wait()
                made.append(training.request_training(project))
            except Conflict:
                pass
            finally:
                connection.close()

        threads = [threading.Thread(target=trigger) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        first = made[0]
        assert ended(first) == Job.State.DONE
        assert first.attempt == 1
    active_at_once = len(made) - Job.objects.filter(kind="train", pk__gt=first.pk).count()
    assert active_at_once == 1


@pytest.mark.slow
def test_cancel_stops_a_running_training_and_keeps_its_checkpoint(project: Project) -> None:
    from annotator.jobs.queue import cancel

    with process("work", SMALL_STEP_SECONDS="0.1"):
        wait_for(lambda: live(project), 30)
        job = training.request_training(project)
        wait_for(lambda: fit_percent(job) > 10)
        cancel(job)
        assert ended(job, 10) == Job.State.CANCELLED
    assert list(home_path(job.training.directory).glob("attempt-1/checkpoint.npy"))
    assert ModelVersion.objects.filter(method="tern").count() == 0


@pytest.mark.slow
def test_a_frozen_worker_that_wakes_up_late_changes_nothing(project: Project) -> None:
    with process("work", SMALL_STEP_SECONDS="0.1") as frozen:
        wait_for(lambda: live(project), 30)
        job = training.request_training(project)
        wait_for(lambda: fit_percent(job) > 10)
        os.kill(frozen.pid, signal.SIGSTOP)
        with process("work"):
            assert ended(job) == Job.State.DONE
            token_gone = Job.objects.get(pk=job.pk)
            versions, events = ModelVersion.objects.count(), Event.objects.filter(kind="version").count()
            os.kill(frozen.pid, signal.SIGCONT)
            wait_for(lambda: "taken over" in frozen.log.read_text(), 20)
        assert (ModelVersion.objects.count(), Event.objects.filter(kind="version").count()) == (versions, events)
        assert Job.objects.get(pk=job.pk).result == token_gone.result


@pytest.mark.slow
def test_a_long_import_holds_up_neither_scoring_nor_training(project: Project, tmp_path: Path) -> None:
    slow = Path(tmp_path / "slow.py")
    slow.write_text(
        "import time\n"
        "import django\n"
        "django.setup()\n"
        "from annotator.jobs import registry\n"
        "def work(context):\n"
        "    while True:\n"
        "        context.check()\n"
        "        time.sleep(0.05)\n"
        "registry._handlers['export'] = work\n"
        "from django.core.management import execute_from_command_line\n"
        "execute_from_command_line(['manage.py', 'work'])\n"
    )
    from annotator.jobs.queue import cancel, enqueue
    from tests.processes import python

    with python(slow):
        long = enqueue(project.pk, "export")
        wait_for(lambda: live(project), 30)
        job = training.request_training(project)
        assert ended(job) == Job.State.DONE
        long.refresh_from_db()
        assert long.state == Job.State.RUNNING
        cancel(long)
        assert ended(long) == Job.State.CANCELLED
