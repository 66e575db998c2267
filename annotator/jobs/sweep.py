"""What every worker does every few seconds: find jobs whose worker died and wake-ups that were lost."""

import shutil
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from annotator.jobs import leases, news
from annotator.jobs.queue import wake
from annotator.models import Job

ENGINE_ROWS_KEPT = timedelta(hours=1)
# Nothing takes this long to write: a temporary file of this age belongs to a process that was killed.
TEMPORARY_SECONDS = 3600.0


def sweep() -> list[int]:
    """One round; the ids of the jobs that were moved. Safe in any number of workers at once."""
    with transaction.atomic():
        requeued, ended = leases.requeue_expired(), leases.end_expired()
        moved = requeued + ended
        for job in Job.objects.filter(pk__in=moved):
            news.publish_job(job)
        for pk, kind in Job.objects.filter(pk__in=requeued + leases.unheard()).values_list("pk", "kind"):
            wake(pk, kind)
    prune_engine()
    return moved


def prune_engine() -> int:
    """Forget old rows of the database engine, the ones it left "running" when its worker was killed included."""
    old = DBTaskResult.objects.filter(enqueued_at__lt=Now() - ENGINE_ROWS_KEPT)
    pending = [TaskResultStatus.READY]
    # A row that runs for an hour may be alive; it is kept as long as its job holds a lease.
    running = set(Job.objects.filter(state=Job.State.RUNNING).values_list("pk", flat=True))
    dead = [
        pk
        for pk, call in old.exclude(status__in=pending).values_list("pk", "args_kwargs")
        if not running.intersection(call.get("args", []))
    ]
    return DBTaskResult.objects.filter(pk__in=dead).delete()[0] if dead else 0


def sweep_temporaries() -> int:
    """Delete what killed processes left half written below the projects, and their trainers' logs; how many."""
    swept = 0
    home = Path(settings.TERN_HOME)
    for path in [*(home / "projects").rglob(".*"), *(home / "log").glob("trainer-*.log")]:
        if path.exists() and time.time() - path.stat().st_mtime > TEMPORARY_SECONDS:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            swept += 1
    return swept
