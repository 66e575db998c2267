"""Job events: what watchers of a project are told about background work."""

from annotator.models import Job
from annotator.news.kinds import JobNews
from annotator.news.publish import publish


def publish_job(job: Job) -> None:
    """Tell the project's watchers the state and progress of `job`; call inside the transaction that changed it."""
    publish(job.project_id, JobNews(job.pk, job.kind, job.state, job.progress))
