"""Do one job under its lease: claim, heartbeat, call the handler, finish."""

import logging
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction

from annotator.errors import TernError
from annotator.jobs import leases, news
from annotator.jobs.context import JobCancelled, JobContext, JobFailed, LeaseLost, WorkerLeaves
from annotator.jobs.registry import handler_of
from annotator.models import Job

logger = logging.getLogger(__name__)

_active: set[JobContext] = set()
_leaving = threading.Event()


def run(job_id: int) -> None:
    """Do the job if it is free; return at once when it has ended or another worker holds it."""
    if _leaving.is_set():
        return
    with transaction.atomic():
        token = leases.claim(job_id)
        if token is None:
            return
        job = Job.objects.select_related("project").get(pk=job_id)
        news.publish_job(job)
    context = JobContext(job, token)
    context.log(f"{job.kind} job {job.pk}, attempt {job.attempt}")
    with _heartbeat(context):
        outcome = _outcome(context)
    if outcome is not None:
        _end(context, *outcome)


def leave() -> None:
    """Ask every job of this process to stop at its next step; unfinished ones go back to the queue."""
    _leaving.set()
    for context in list(_active):
        context.leaving = True


def _outcome(context: JobContext) -> tuple[str, str] | None:
    """Call the handler: (final state, error text), or None when the job is not ours to end."""
    try:
        handler_of(context.job.kind)(context)
        return Job.State.DONE, ""
    except JobCancelled:
        return Job.State.CANCELLED, ""
    except LeaseLost:
        logger.warning("Job %s was taken over by another worker.", context.job.pk)
        return None
    except WorkerLeaves:
        leases.give_back(context.job.pk, context.token)
        return None
    except (JobFailed, TernError) as error:
        return Job.State.FAILED, str(error)
    except OperationalError as error:
        # The database was away or busy: the lease runs out and the sweep gives the job another attempt.
        context.log(f"Database trouble, will be tried again: {error}")
        return None
    except Exception as error:
        logger.exception("Job %s failed", context.job.pk)
        context.log(traceback.format_exc())
        return Job.State.FAILED, f"{type(error).__name__}: {error}"


def _end(context: JobContext, state: str, error: str) -> None:
    job = context.job
    progress: dict[str, Any] = dict(job.progress) | {"seconds_left": None}
    if state == Job.State.DONE:
        progress |= {"stage": "done", "percent": 100.0}
    context.log(f"{state}{': ' + error if error else ''}")
    with transaction.atomic():
        leases.held(job.pk, context.token).update(progress=progress)
        if not leases.finish(job.pk, context.token, state, context.result, error):
            logger.warning("Job %s was taken over by another worker before it ended here.", job.pk)
            return
        job.refresh_from_db()
        news.publish_job(job)


@contextmanager
def _heartbeat(context: JobContext) -> Iterator[None]:
    """Lengthen the lease from a thread of its own, so that a handler busy elsewhere does not lose its job."""
    done = threading.Event()

    def beat() -> None:
        try:
            while not done.wait(settings.TERN_LEASE_SECONDS / 4):
                try:
                    if not leases.heartbeat(context.job.pk, context.token):
                        context.lost = True
                        return
                except DatabaseError:
                    logger.warning("No heartbeat for job %s: the database did not answer.", context.job.pk)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat-{context.job.pk}", daemon=True)
    _active.add(context)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        _active.discard(context)
