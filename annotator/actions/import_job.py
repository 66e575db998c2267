"""The import job: makes a plan, runs it, or takes it back. Every step may run again after a death.

A plan is only kept while it is its import's own: a later answer has started another one by then. Running it begins by
making it again: when it is not what was agreed to, nothing is written.
"""

import time

from django.core.files.storage import default_storage
from django.db import OperationalError

from annotator.actions.import_run import Run
from annotator.actions.import_undo import TakeBack
from annotator.errors import TernError
from annotator.imports.decoding import shelf_of
from annotator.imports.spool import discard, sweep_spool
from annotator.jobs.context import JobContext, JobFailed, LeaseLost, WorkerLeaves
from annotator.jobs.registry import job
from annotator.models import Import, Job
from annotator.pictures.media import sweep
from annotator.pictures.uploads import Refused
from annotator.planning.plan import Planned, plan_of
from annotator.tables.parts import BadTable
from annotator.words import counted

# A temporary file this old belongs to no living process.
TEMPORARY_SECONDS = 24 * 3600


@job("import")
def do_import(context: JobContext) -> None:
    """Do the step of the import that the job's payload names."""
    imports = Import.objects.select_related("project", "created_by", "job")
    imported = imports.filter(pk=context.payload.get("import", 0)).first()
    if imported is None:
        raise JobFailed("This import is gone, or was begun by an earlier version of Tern. Import the files again.")
    if imported.job_id != context.job.pk:
        return  # A later answer began another plan.
    try:
        Steps(context, imported).go()
    except (LeaseLost, WorkerLeaves, OperationalError):
        raise  # another attempt needs the files
    except BaseException as error:
        if imported.step == Import.Step.RUN or imported.plan is None:
            discard(imported.files["spool"])
        if isinstance(error, (Refused, BadTable, TernError)):
            raise JobFailed(str(error)) from error
        raise


class Steps:
    """One attempt at one step."""

    def __init__(self, context: JobContext, imported: Import) -> None:
        self.context, self.imported = context, imported

    def go(self) -> None:
        """The step, and with `at_once` the run right after a plan that asks nothing."""
        if self.imported.step == Import.Step.UNDO:
            self.context.result = TakeBack(self.context, self.imported).result()
        elif self.imported.step == Import.Step.RUN:
            self.run()
        else:
            self.plan()

    def plan(self) -> None:
        """Look, plan, and keep the plan."""
        self.sweep()
        planned = plan_of(self.imported, self.tell)
        open_count = planned.shown["open"]
        self.context.result = {"import": self.imported.pk, "step": "plan", "open": open_count}
        at_once = bool(self.context.payload.get("at_once"))
        step = Import.Step.RUN if at_once and not open_count else Import.Step.PLAN
        with self.context.fenced():
            mine = Import.objects.filter(pk=self.imported.pk, job=self.context.job, step=Import.Step.PLAN)
            mine.update(plan=planned.shown, plan_hash=planned.hash, step=step)
        self.imported.refresh_from_db()
        if at_once and open_count:
            raise JobFailed(unanswered(planned, self.imported))
        if at_once:
            self.run(planned)

    def run(self, planned: Planned | None = None) -> None:
        """Write what was agreed to; the files are gone then."""
        run = Run(self.context, self.imported)
        if not run.is_finished():
            run.go(planned or plan_of(self.imported, self.tell))
        self.context.result = run.finish()
        discard(self.imported.files["spool"])

    def tell(self, percent: float, message: str) -> None:
        """How far the look and the plan are."""
        self.context.check()
        share = 0.4 if self.imported.step == Import.Step.RUN else 1
        self.context.progress("plan", percent * share, message)

    def sweep(self) -> None:
        """Remove what dead imports left behind."""
        busy = Import.objects.filter(job__state__in=Job.ACTIVE).values_list("files", flat=True)
        sweep_spool({str(files["spool"]) for files in busy})
        sweep(shelf_of(default_storage.path("")).root, older_than=time.time() - TEMPORARY_SECONDS)


def unanswered(planned: Planned, imported: Import) -> str:
    """Why an import that nobody watches stops: its questions, and how to answer them."""
    asked = [one for one in planned.questions if one.answer(imported.answers) is None]
    told = [f"{one.id}: {one.text} ({' | '.join(choice.value for choice in one.choices[:8])})" for one in asked[:12]]
    return f"{counted(len(asked), 'question is', 'questions are')} open, so nothing was written. {' '.join(told)}"
