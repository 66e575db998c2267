"""Job events: what watchers of a project are told about background work."""

from annotator.actions.events import publish
from annotator.models import Job


def publish_job(job: Job) -> None:
    """Tell the project's watchers the state and progress of `job`; call inside the transaction that changed it."""
    payload = {"job": job.pk, "kind": job.kind, "state": job.state, "progress": job.progress}
    publish(job.project_id, "job", payload)
