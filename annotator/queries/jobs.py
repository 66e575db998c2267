"""Background work of a project, and its logs."""

from django.db.models import QuerySet

from annotator.errors import NotFound
from annotator.jobs.context import run_directory
from annotator.models import Job, Project

JOBS_LISTED = 50
LOG_CHARACTERS = 200_000


def jobs_of(project: Project) -> QuerySet[Job]:
    """The project's jobs, newest first."""
    return Job.objects.filter(project=project).select_related("training").order_by("-pk")


def get_job(project: Project, job_id: int) -> Job:
    """One job; NotFound when the project has none of this number."""
    job = jobs_of(project).filter(pk=job_id).first()
    if job is None:
        raise NotFound(f"There is no job {job_id} in this project.")
    return job


def log_of(job: Job) -> str:
    """The job's log, its end when it is very long; empty before it started."""
    path = run_directory(job.project_id, job.pk) / "job.log"
    if not path.exists():
        return ""
    return path.read_text(errors="replace")[-LOG_CHARACTERS:]
