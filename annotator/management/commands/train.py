"""`manage.py train PROJECT`: ask for a training from the command line and watch it."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator.actions.training import LEVELS, request_training
from annotator.errors import TernError
from annotator.jobs import runner
from annotator.models import Job, Project
from annotator.trainer.process import pool

LOOK_SECONDS = 0.5


class Command(BaseCommand):
    """Train one project now."""

    help = "Train a project's model now and print its progress. Ctrl-C leaves the job running in the worker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Project, level, and who does the work."""
        parser.add_argument("project", type=int, help="Number of the project.")
        parser.add_argument("--level", choices=LEVELS, default="quick")
        parser.add_argument("--here", action="store_true", help="Do the work in this process; needs no worker.")

    def handle(self, *args: Any, project: int, level: str, here: bool, **options: Any) -> None:
        """Queue, then follow to the end; a failed run is a failed command."""
        found = Project.objects.filter(pk=project, deleted_at=None).first()
        if found is None:
            raise CommandError(f"There is no project {project}.")
        try:
            job = request_training(found, level, trigger="command")
        except TernError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(f"Job {job.pk}: {level}")
        if here:
            try:
                runner.run(job.pk)
            finally:
                pool.dismiss()
        self.follow(job)
        if job.state != Job.State.DONE:
            raise CommandError(f"Job {job.pk} {job.get_state_display().lower()}. {job.error}")
        self.stdout.write(f"Model {job.result['version']}: {job.result['note']}")

    def follow(self, job: Job) -> None:
        """Print each new state of the job until it ends."""
        told = ""
        while True:
            job.refresh_from_db()
            progress = job.progress
            line = f"{progress.get('percent', 0):5.1f}%  {progress.get('stage', '')}  {progress.get('message', '')}"
            if line != told:
                told = line
                self.stdout.write(line)
            if job.state not in Job.ACTIVE:
                return
            time.sleep(LOOK_SECONDS)
