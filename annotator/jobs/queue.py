"""Put a job in the queue and wake a worker. Losing, repeating or reordering wake-ups does no harm."""

from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django_tasks import task

from annotator.errors import Conflict
from annotator.jobs import leases, news
from annotator.jobs.registry import LANE_OF_KIND
from annotator.jobs.runner import run
from annotator.models import Job, User


@task(queue_name="training")
def run_job(job_id: int) -> None:
    """Engine side of a wake-up: do job `job_id` if it still waits."""
    run(job_id)


def enqueue(project_id: int, kind: str, payload: dict[str, Any] | None = None, user: User | None = None) -> Job:
    """Write the job's row and wake a worker once the surrounding transaction commits.

    Raises Conflict, naming the one that runs, when the project may have only one active job of this kind.
    """
    try:
        with transaction.atomic():
            job = Job.objects.create(
                project_id=project_id,
                kind=kind,
                payload=payload or {},
                created_by=user,
                leased_until=leases.lease_end(),
                progress={"stage": "queued", "percent": 0.0, "seconds_left": None, "message": "Waiting for a worker"},
            )
            news.publish_job(job)
    except IntegrityError as error:
        running = active(project_id, kind)
        if running is None:
            raise
        raise Conflict(
            f"Job {running.pk} ({running.get_kind_display().lower()}) is already {running.get_state_display().lower()} "
            f"in this project. Wait for it to end, or cancel it."
        ) from error
    wake(job.pk, kind)
    return job


def active(project_id: int, kind: str) -> Job | None:
    """The waiting or running job of this kind, if there is one."""
    return Job.objects.filter(project_id=project_id, kind=kind, state__in=Job.ACTIVE).order_by("pk").first()


def wake(job_id: int, kind: str) -> None:
    """Send the engine a wake-up for the job's lane, after commit."""
    send = run_job.using(queue_name=LANE_OF_KIND[kind]).enqueue
    transaction.on_commit(partial(send, job_id))


def cancel(job: Job) -> None:
    """Ask the job to stop; Conflict when it has ended already, or is one that nobody may leave half done."""
    if job.kind == Job.Kind.CLOSE:
        raise Conflict("This goes on to its end, so that nothing is left half done. Whoever began it can take it back.")
    with transaction.atomic():
        if not leases.cancel(job.pk):
            job.refresh_from_db()
            raise Conflict(f"Job {job.pk} has ended already: {job.get_state_display().lower()}.")
        job.refresh_from_db()
        news.publish_job(job)
