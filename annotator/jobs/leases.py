"""Claim, keep, finish and sweep jobs: one conditional UPDATE each, on the database's clock.

The holder of a job is whoever knows its fencing token. A worker that slept past its lease finds the token changed and
can no longer write anything, so a job taken over by another worker is never finished twice.
"""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, Now

from annotator.models import Job

State = Job.State


def lease_end() -> CombinedExpression:
    """SQL expression: now, on the database's clock, plus one lease."""
    return Now() + timedelta(seconds=settings.TERN_LEASE_SECONDS)


def claim(job_id: int) -> uuid.UUID | None:
    """Take the job if it waits, or if its holder's lease ran out; the new fencing token, or None."""
    token = uuid.uuid4()
    free = Q(state=State.QUEUED) | Q(state=State.RUNNING, leased_until__lt=Now())
    claimed = Job.objects.filter(free, pk=job_id, attempt__lt=Job.MAX_ATTEMPTS, cancel_requested=False).update(
        state=State.RUNNING,
        token=token,
        attempt=F("attempt") + 1,
        leased_until=lease_end(),
        started_at=Coalesce("started_at", Now()),
    )
    return token if claimed else None


def held(job_id: int, token: uuid.UUID) -> QuerySet[Job]:
    """The queryset of this job as long as `token` holds it; every write of a worker goes through it."""
    return Job.objects.filter(pk=job_id, token=token, state=State.RUNNING)


def heartbeat(job_id: int, token: uuid.UUID) -> bool:
    """Lengthen the lease; False when the job is no longer ours."""
    return bool(held(job_id, token).update(leased_until=lease_end()))


def finish(job_id: int, token: uuid.UUID, state: str, result: dict, error: str = "") -> bool:
    """End the job as `state`; False, and nothing written, when the job is no longer ours."""
    return bool(
        held(job_id, token).update(
            state=state, result=result, error=error, finished_at=Now(), token=None, leased_until=None
        )
    )


def another_attempt(job_id: int, token: uuid.UUID) -> bool:
    """Count one more attempt by the same holder; False when the three are used up or the job is not ours."""
    return bool(
        held(job_id, token)
        .filter(attempt__lt=Job.MAX_ATTEMPTS)
        .update(attempt=F("attempt") + 1, leased_until=lease_end())
    )


def give_back(job_id: int, token: uuid.UUID) -> bool:
    """Put an unfinished job back in the queue, its attempt uncounted: the worker was asked to leave."""
    return bool(held(job_id, token).update(state=State.QUEUED, token=None, leased_until=None, attempt=F("attempt") - 1))


def cancel(job_id: int) -> bool:
    """Ask for a stop: a waiting job ends at once, a running one at its next step. False when it had ended."""
    waiting = Job.objects.filter(pk=job_id, state=State.QUEUED)
    if waiting.update(state=State.CANCELLED, cancel_requested=True, finished_at=Now(), leased_until=None):
        return True
    return bool(Job.objects.filter(pk=job_id, state=State.RUNNING).update(cancel_requested=True))


def requeue_expired() -> list[int]:
    """Jobs whose holder died go back to the queue; the ids to wake workers for."""
    dead = Q(state=State.RUNNING, leased_until__lt=Now(), attempt__lt=Job.MAX_ATTEMPTS, cancel_requested=False)
    return _move(dead, state=State.QUEUED, token=None, leased_until=None)


def end_expired() -> list[int]:
    """Jobs whose holder died once too often fail, those that were to be cancelled are; the ids that ended."""
    dead = Q(state=State.RUNNING, leased_until__lt=Now())
    cancelled = _move(
        dead & Q(cancel_requested=True), state=State.CANCELLED, finished_at=Now(), token=None, leased_until=None
    )
    failed = _move(
        dead & Q(attempt__gte=Job.MAX_ATTEMPTS),
        state=State.FAILED,
        finished_at=Now(),
        token=None,
        leased_until=None,
        error=f"The worker died {Job.MAX_ATTEMPTS} times while doing this. Look into its log, then start it again.",
    )
    return cancelled + failed


def unheard() -> list[int]:
    """Waiting jobs that no worker took within a lease: their wake-up may be lost. Each is listed once per lease."""
    return _move(Q(state=State.QUEUED) & (Q(leased_until=None) | Q(leased_until__lt=Now())), leased_until=lease_end())


def _move(condition: Q, **values: object) -> list[int]:
    candidates = Job.objects.filter(condition).values_list("pk", flat=True)
    return [pk for pk in candidates if Job.objects.filter(condition, pk=pk).update(**values)]
