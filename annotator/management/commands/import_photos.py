"""Import: `import_photos FOLDER|ZIP --project NAME [--labels TABLE] [--answers FILE] [--dry-run] [--create]`."""

import json
import sys
import time
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from annotator.actions.imports import plan_server_files
from annotator.actions.projects import create_project
from annotator.errors import TernError
from annotator.jobs.runner import run
from annotator.management.commands.read_table import OPEN, answers_in
from annotator.models import Import, Job, Project, User
from annotator.planning.described import described
from annotator.tables.parts import BadTable
from annotator.words import counted

ERRORS_SHOWN = 20
SECONDS_BETWEEN_LOOKS = 1.0


class Command(BaseCommand):
    """Any folder of this machine may be imported here; marks count as the given person's."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to import, and where to."""
        parser.add_argument("source", type=Path, nargs="?", help="folder or zip archive; leave out for labels alone")
        parser.add_argument("--project", required=True, help="name or number of the project")
        parser.add_argument("--labels", type=Path, help="table of labels, in any format of docs/formats.md")
        parser.add_argument("--answers", type=Path, help='a JSON file of answers to questions: {"zero": "absent"}')
        parser.add_argument("--user", help="whose import it is (default: a lead of the project, else the first owner)")
        parser.add_argument("--create", action="store_true", help="make the project when there is none of that name")
        parser.add_argument(
            "--dry-run", action="store_true", help="only show the plan; exits with 3 when questions are open"
        )
        parser.add_argument("--json", type=Path, help="write the result, or the plan, there as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, showing progress; CommandError when it cannot be done."""
        try:
            project, user = self.target(options["project"], options["user"], options["create"])
            source, labels = (str(options[name] or "") for name in ("source", "labels"))
            planned = plan_server_files(
                project, user, source, labels, answers_in(options["answers"]),
                anywhere=True, at_once=not options["dry_run"],
            )  # fmt: skip
        except TernError as error:
            raise CommandError(error.detail) from error
        except BadTable as error:
            raise CommandError(str(error)) from error
        assert planned.job is not None
        job = self.follow(planned.job)
        planned.refresh_from_db()
        if planned.plan is not None and (options["dry_run"] or planned.open_questions):
            return self.show_plan(planned, options["json"])
        if job.state != Job.State.DONE:
            raise CommandError(f"The import {job.get_state_display().lower()}: {job.error or 'see the log of the job'}")
        self.show(job.result)
        if options["json"]:
            options["json"].write_text(json.dumps(job.result, indent=1))

    def target(self, name: str, username: str | None, create: bool) -> tuple[Project, User]:
        """The project, made when asked for, and the person in whose name marks come in."""
        projects = Project.objects.filter(deleted_at=None)
        found = list(projects.filter(name=name)) or list(projects.filter(pk=int(name)) if name.isdigit() else [])
        if len(found) > 1:
            raise CommandError(f"{len(found)} projects are called {name!r}. Give the number of the one you mean.")
        leads = User.objects.filter(memberships__project=found[0], memberships__role="lead") if found else User.objects
        wanted = User.objects.filter(username=username) if username else leads.order_by("-is_superuser", "pk")
        user = wanted.first()
        if user is None:
            raise CommandError("There is no such person. Name one with --user, or make one: manage.py createsuperuser")
        if not found and not create:
            raise CommandError(f"There is no project {name!r}. Add --create to make it.")
        return (found[0] if found else create_project(user, name)), user

    def follow(self, job: Job) -> Job:
        """Do the job here, unless a worker was quicker, and print how far it is."""
        with ThreadPoolExecutor(1) as pool:
            doing = pool.submit(self.do, job.pk)
            shown = ""
            while True:
                if doing.done():
                    time.sleep(SECONDS_BETWEEN_LOOKS)  # a worker took the job; it is watched from here
                wait([doing], timeout=SECONDS_BETWEEN_LOOKS)
                job.refresh_from_db()
                told = f"{job.progress.get('percent', 0):5.1f} %  {job.progress.get('message', '')}"
                if told != shown:
                    self.stdout.write(told)
                    shown = told
                if doing.done() and job.state not in Job.ACTIVE:
                    doing.result()
                    return job

    def do(self, job_id: int) -> None:
        """Run the job in this thread, with a database connection of its own."""
        try:
            run(job_id)
        finally:
            connection.close()

    def show_plan(self, planned: Import, path: Path | None) -> None:
        """What would happen; leaves with 3 when something must be answered first, with 0 otherwise."""
        assert planned.plan is not None
        for line in described(planned.plan):
            self.stdout.write(line)
        if path:
            path.write_text(json.dumps(planned.plan, indent=1, ensure_ascii=False), encoding="utf-8")
        if planned.open_questions:
            sys.exit(OPEN)

    def show(self, result: dict[str, Any]) -> None:
        """Counts and the first errors."""
        counts = result
        labels, marks = counted(counts["labels_new"], "new label"), counted(counts["marks_new"], "new mark")
        self.stdout.write(
            f"Imported {counted(counts['images_new'], 'new image')} ({counts['images_known']} were there, "
            f"{counts['images_refused']} refused), {labels}, {marks} "
            f"({counts['marks_same']} the same, {counts['marks_changed']} corrected, "
            f"{counts['marks_conflicting']} left to the person who said otherwise)."
        )
        if result["metadata_columns"]:
            self.stdout.write(f"Kept as metadata, not as labels: {', '.join(result['metadata_columns'])}.")
        for error in result["errors"][:ERRORS_SHOWN]:
            where = f"{error['file']}:{error['line']}" if error["line"] else error["file"]
            self.stderr.write(f"{where}: {error['message']}")
        if result["errors_total"] > ERRORS_SHOWN:
            self.stderr.write(f"… and {result['errors_total'] - ERRORS_SHOWN} more.")
