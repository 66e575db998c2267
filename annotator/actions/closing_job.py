"""The job that closes very many cells, or takes such a closing back, a part in each transaction.

A part is written whole or not at all, and writing it again changes nothing: an attempt after a death starts from the
beginning and soon comes to where the last one was. Taking back an act that still runs ends it before its next part.
"""

import time
from collections.abc import Callable, Iterator

from django.db import connection
from django.utils import timezone

from annotator.actions import closing_cells
from annotator.actions.closing_cells import CLOSINGS, Author, Plan, Touched
from annotator.jobs.context import JobCancelled, JobContext, JobFailed
from annotator.jobs.registry import job
from annotator.models import Job, MarkEvent, Operation
from annotator.news.kinds import RowsNews
from annotator.news.publish import lock_project, publish

CELLS_PER_PART = 10_000
FEWEST_CELLS = 2_000
MOST_ROWS = 10_000
# Others wait for a part, so its size follows what the machine can do in about this long.
PART_SECONDS = 0.25
# SQLite lets whoever waits for it try again after at most 100 ms; a shorter pause could keep a save out for long.
PAUSE_SECONDS = 0.12


@job("close")
def run_act(context: JobContext) -> None:
    """Do the operation that the job's payload names."""
    operation = Operation.objects.select_related("job").filter(pk=context.payload["operation"]).first()
    if operation is None:
        raise JobFailed("What this was to write is gone.")
    LongAct(context, operation).run()


def chain_of(operation: Operation) -> list[Operation]:
    """The closing and every undo after it up to this one, oldest first; every second one closes."""
    chain = [operation]
    while chain[0].kind not in CLOSINGS:
        chain.insert(0, Operation.objects.select_related("job").get(pk=chain[0].request["of"]))
    return chain


class LongAct:
    """One attempt at a closing, an undo of it, or an undo of that."""

    def __init__(self, context: JobContext, operation: Operation) -> None:
        self.context, self.operation = context, operation
        self.chain = chain_of(operation)
        self.closes = len(self.chain) % 2 == 1
        self.size = CELLS_PER_PART
        self.begun = time.monotonic()

    def run(self) -> None:
        """All parts; the job's result says how many cells this operation changed."""
        # An act that was cut short left the rest to the one before it: all that stand against this one are turned.
        against = self.chain[-2::-2]
        shares = 1 + len(against)
        for place, target in enumerate(against):
            self.turn(target, place / shares)
        root = self.chain[0]
        if self.closes and (root is self.operation or (root.job and root.job.state != Job.State.DONE)):
            self.close(Plan(**root.request["plan"]), (shares - 1) / shares)
        self.context.result = {"cells": MarkEvent.objects.filter(operation=self.operation.pk).count()}

    def turn(self, target: Operation, done: float) -> None:
        """Reverse what an earlier act of the chain changed, where nobody changed it since."""
        act = closing_cells.close_again if self.closes else closing_cells.reopen
        first, last = closing_cells.span_of(target.pk)
        after = first - 1
        while (until := closing_cells.part_of(target.pk, after, last, self.size)) is not None:
            self.part(lambda by, a=after, u=until: act(target.pk, a, u, by))  # type: ignore[misc]
            after = until
            self.progress(done + (1 - done) * (after - first + 1) / (last - first + 1))

    def close(self, plan: Plan, done: float) -> None:
        """Make the plan's cells absent, a range of rows at a time."""
        for first, last in self.ranges(plan):
            self.part(lambda by, a=first, b=last: closing_cells.close(plan, a, b, by))  # type: ignore[misc]
            self.progress(done + (1 - done) * (last + 1) / plan.rows)

    def ranges(self, plan: Plan) -> Iterator[tuple[int, int]]:
        """Rows, first and last included, of about `size` cells each."""
        first = 0
        while first < plan.rows:
            step = min(MOST_ROWS, max(1, self.size // max(1, len(plan.labels))))
            yield first, min(first + step, plan.rows) - 1
            first += step

    def part(self, act: Callable[[Author], Touched]) -> None:
        """One transaction under the job's lease and the project's lock, then a pause for others."""
        self.context.check()
        with self.context.fenced():
            lock_project(self.context.project_id)
            begun = time.monotonic()
            if Operation.objects.filter(pk=self.operation.pk).exclude(undone_by=None).exists():
                raise JobCancelled
            by = self.operation.annotator_id
            changed = act(Author(self.context.project_id, by, self.operation.pk, timezone.now()))
            if changed.cells:
                publish(self.context.project_id, RowsNews(by, changed.first, changed.last))
        change = PART_SECONDS / max(time.monotonic() - begun, 0.01)
        self.size = max(FEWEST_CELLS, round(self.size * min(2.0, max(0.5, change))))
        if connection.vendor == "sqlite":
            time.sleep(PAUSE_SECONDS)

    def progress(self, share: float) -> None:
        """Tell how far it is."""
        took = time.monotonic() - self.begun
        left = took / share - took if share > 0 else None
        what = "all labels" if self.chain[0].request.get("label") is None else "a label"
        message = f"Closing {what}" if self.closes else f"Taking back the closing of {what}"
        self.context.progress("close", 100 * share, message, left)
