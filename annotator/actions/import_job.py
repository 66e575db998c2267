"""The import job. Every step may run again after a death: hashes and values decide what is still to do.

Order: the label table is read and its labels are made, pictures are decoded and added in batches, then marks. Each
batch is one transaction under the job's lease, so that whatever was added stays and the rest goes on from there.
"""

import json
import os
import time
import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.db import OperationalError

from annotator.actions.images import NewImage, add_images
from annotator.actions.imported_labels import LabelPlan, make_labels, plan_labels, resembling
from annotator.actions.imported_marks import Tally, import_marks
from annotator.actions.imports import ImportRequest
from annotator.actions.training import request_scores
from annotator.formats import format_of
from annotator.formats.sheet import BadFile, LabelTable, RowError
from annotator.imports.decoding import Decoder, Outcome, Rejected, Taken, decode, shelf_of
from annotator.imports.limits import limits
from annotator.imports.matching import About, by_image, cells_of
from annotator.imports.names import Names
from annotator.imports.said import Said
from annotator.imports.sources import Entry, FolderSource, Source, UploadSource, ZipSource
from annotator.imports.spool import discard, sweep_spool
from annotator.jobs.context import JobContext, JobFailed, LeaseLost, WorkerLeaves
from annotator.jobs.registry import job
from annotator.models import Image, Job, Label, MarkEvent, Project, User
from annotator.pictures.media import Shelf, sweep
from annotator.pictures.uploads import Refused
from annotator.words import counted
from model.storage.durable import write_json

IMAGES_PER_BATCH = 400
CELLS_PER_BATCH = 4_000
ERRORS_TOLD = 500
LABELS_TOLD, LABELS_NAMED = 1_000, 12
# A temporary file this old belongs to no living process.
TEMPORARY_SECONDS = 24 * 3600
STATES = {1: "present", -1: "absent"}


@job("import")
def run_import(context: JobContext) -> None:
    """Do the import that the job's payload describes; uploaded files are gone when it has ended."""
    told = context.directory / "import-result.json"
    if told.exists():
        # A death after the last batch: everything is in, only the job's row does not say so.
        context.result = json.loads(told.read_text())
        return
    request = ImportRequest(**context.payload)
    try:
        context.result = Import(context, request).run()
        context.directory.mkdir(parents=True, exist_ok=True)
        write_json(told, context.result)
    except (LeaseLost, WorkerLeaves, OperationalError):
        raise  # another attempt needs the uploaded files
    except (Refused, BadFile) as error:
        discard(request.spool or "-")
        raise JobFailed(str(error)) from error
    except BaseException:
        discard(request.spool or "-")
        raise
    discard(request.spool or "-")


@dataclass
class Counts:
    """What the job tells when it ends; in a dry run what it would have done."""

    images_new: int = 0
    images_known: int = 0
    images_refused: int = 0
    marks_new: int = 0
    marks_same: int = 0
    marks_changed: int = 0
    marks_conflicting: int = 0
    labels_new: int = 0


@dataclass
class Import:
    """One attempt at an import job."""

    context: JobContext
    request: ImportRequest
    counts: Counts = field(default_factory=Counts)
    errors: list[dict[str, Any]] = field(default_factory=list)
    errors_total: int = 0
    hashes: set[str] = field(default_factory=set)
    names: Names = field(default_factory=Names)
    labels: list[dict[str, Any]] = field(default_factory=list)

    @property
    def shelf(self) -> Shelf:
        """Where the pictures go."""
        return shelf_of(default_storage.path(""))

    @property
    def operation(self) -> uuid.UUID:
        """All marks of one job share this operation, whichever attempt wrote them."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"tern:import:{self.context.job.pk}")

    @property
    def user(self) -> User:
        """Whose import this is."""
        user = self.context.job.created_by
        if user is None:
            raise JobFailed("The account that started this import is gone. Start it again.")
        return user

    def run(self) -> dict[str, Any]:
        """All steps; the job's result."""
        self.context.progress("read", 0, "Reading what is there", force=True)
        in_use = Job.objects.filter(kind=Job.Kind.IMPORT, state__in=Job.ACTIVE).values_list("payload__spool", flat=True)
        sweep_spool(set(in_use))
        sweep(self.shelf.root, older_than=time.time() - TEMPORARY_SECONDS)
        first = self.first_places()
        table = self.read_table()
        plan = self.plan(table)
        self.take_pictures(About(table.rows))
        self.count_pictures(first["row"])
        if table.rows:
            self.take_marks(table, plan)
        if not self.request.dry_run:
            added = Label.objects.filter(project_id=self.context.project_id, column__gte=first["column"])
            self.counts.labels_new = added.filter(name__in=[name.strip() for name in table.labels]).count()
            request_scores(self.context.project_id)
        return self.result(table)

    def first_places(self) -> dict[str, int]:
        """The project's next row and column when the first attempt began, so that later ones count from there."""
        path = self.context.directory / "import-start.json"
        if not path.exists():
            project = Project.objects.get(pk=self.context.project_id)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_json(path, {"row": project.next_row, "column": project.next_column})
        places: dict[str, int] = json.loads(path.read_text())
        return places

    def read_table(self) -> LabelTable:
        """The table of labels; an empty one when there is none. Raises BadFile."""
        if not self.request.table:
            return LabelTable([])
        table = format_of(self.request.table).read(Path(self.request.table))
        self.tell_lines(table.errors)
        return table

    def plan(self, table: LabelTable) -> LabelPlan:
        """Find the table's labels in the project, and make those that are missing."""
        plan = plan_labels(self.context.project_id, table.labels)
        self.tell_lines(RowError(1, message) for message in plan.errors)
        self.counts.labels_new = len(plan.missing)
        self.labels = resembling(self.context.project_id, [table.labels[place] for place in plan.missing])
        if self.labels and not self.request.make_labels and not self.request.dry_run:
            raise JobFailed(unknown_labels(self.labels))
        if self.request.dry_run:
            # No id is negative: these cells are surely new.
            plan.found |= {place: -1 - place for place in plan.missing}
        elif plan.missing:
            with self.context.fenced():
                make_labels(self.context.project_id, table.labels, plan, table.vocabulary, self.user)
        return plan

    def source(self) -> Source | None:
        """Where the pictures come from."""
        path = self.request.path
        if self.request.kind == "none":
            return None
        if self.request.kind == "zip":
            return ZipSource(path, limits())
        return FolderSource(path) if self.request.kind == "folder" else UploadSource(path)

    def take_pictures(self, about: About) -> None:
        """Decode every picture and add the new ones, a batch at a time."""
        source = self.source()
        if source is None:
            return
        entries: list[Entry] = []
        for found in source.entries():
            if isinstance(found, Entry):
                entries.append(found)
            else:
                self.refuse(*found)
        decoder = Decoder(source, self.shelf, limits(), store=not self.request.dry_run)
        begun, done, batch = time.monotonic(), 0, list[Taken]()
        chunks = decode(decoder, entries, max(1, min(4, os.cpu_count() or 1)))
        try:
            for outcomes in chunks:
                self.context.check()
                done += len(outcomes)
                batch += self.accepted(outcomes)
                if len(batch) >= IMAGES_PER_BATCH:
                    self.add(batch, about)
                    batch = []
                left = (time.monotonic() - begun) / done * (len(entries) - done)
                self.context.progress("images", 2 + 78 * done / len(entries), f"{done} of {len(entries)}", left)
            self.add(batch, about)
        finally:
            chunks.close()

    def accepted(self, outcomes: list[Outcome]) -> list[Taken]:
        """The pictures that came in; the others are told by name."""
        for outcome in outcomes:
            if isinstance(outcome, Rejected):
                self.refuse(outcome.entry.name, outcome.reason)
        return [outcome for outcome in outcomes if isinstance(outcome, Taken)]

    def add(self, batch: list[Taken], about: About) -> None:
        """Add one batch of decoded pictures to the project."""
        for taken in batch:
            self.hashes.add(taken.facts.sha256)
            self.names.add(taken.entry.name, taken.facts.sha256)
        if batch and not self.request.dry_run:
            self.shelf.settle()
            with self.context.fenced():
                add_images(self.context.project_id, [new_image(taken, about) for taken in batch])

    def count_pictures(self, first_row: int) -> None:
        """How many of the source's pictures this job brought, and how many were there before."""
        images = Image.objects.filter(project_id=self.context.project_id)
        known = set(images.filter(row__lt=first_row).values_list("content_hash", flat=True)) & self.hashes
        self.counts.images_known = len(known)
        self.counts.images_new = len(self.hashes) - len(known)

    def take_marks(self, table: LabelTable, plan: LabelPlan) -> None:
        """Match lines to pictures and write what they say, a batch at a time."""
        image_ids, known = {}, Names()
        images = Image.objects.filter(project_id=self.context.project_id, deleted_at=None)
        for pk, sha256, name in images.values_list("pk", "content_hash", "file_name"):
            image_ids[sha256] = pk
            known.add(name, sha256)
        known.merge(self.names)
        if self.request.dry_run:
            missing = sorted(self.hashes - image_ids.keys())
            image_ids |= {sha256: -1 - place for place, sha256 in enumerate(missing)}
        lines, errors = by_image(table, known, image_ids)
        self.tell_lines(errors)
        rules = dict(Label.objects.filter(pk__in=plan.found.values()).values_list("pk", "rule_version"))
        before = MarkEvent.objects.filter(operation=self.operation)
        earlier, earlier_new = before.count(), before.filter(old=0).count()
        batch: list[Said] = []
        for done, (cells, wrong) in enumerate(cells_of(table, lines, plan.found), 1):
            self.tell_lines(wrong)
            batch += cells
            if len(batch) >= CELLS_PER_BATCH or done == len(lines):
                self.context.check()
                self.mark(batch, rules, table)
                batch = []
                self.context.progress("labels", 80 + 19 * done / len(lines), f"Labels of {done} of {len(lines)}")
        self.counts.marks_new += earlier_new
        self.counts.marks_same -= earlier
        self.counts.marks_changed += earlier - earlier_new

    def mark(self, batch: list[Said], rules: dict[int, int], table: LabelTable) -> None:
        """Write one batch of values, or in a dry run look what would happen."""
        project = self.context.project_id
        if self.request.dry_run:
            tally = import_marks(project, self.user.pk, batch, rules, self.operation, write=False)
        else:
            with self.context.fenced():
                tally = import_marks(project, self.user.pk, batch, rules, self.operation)
        self.count_marks(tally)

    def count_marks(self, tally: Tally) -> None:
        """Add up one batch, and name its conflicts."""
        self.counts.marks_new += tally.new
        self.counts.marks_same += tally.same
        self.counts.marks_changed += tally.changed
        self.counts.marks_conflicting += len(tally.conflicts)
        for said, stays in tally.conflicts[: max(0, ERRORS_TOLD - len(self.errors))]:
            label, image = Label.objects.get(pk=said.label), Image.objects.get(pk=said.image)
            message = (
                f"{label.name!r} on {image.file_name!r}: the table says {STATES[said.value]}, a person said "
                f"{STATES[stays]}. The person's mark stays."
            )
            self.tell(self.request.table_name, message, said.line)

    def refuse(self, name: str, reason: str) -> None:
        """A picture that does not come in."""
        self.counts.images_refused += 1
        self.names.reject(name)
        self.tell(name, reason)

    def tell_lines(self, errors: Iterable[RowError]) -> None:
        """Lines of the table that were refused."""
        for error in errors:
            self.tell(self.request.table_name, error.message, error.line)

    def tell(self, file: str, message: str, line: int | None = None) -> None:
        """Note an error; beyond the first few hundred only their number is kept, the rest goes to the job's log."""
        self.errors_total += 1
        if len(self.errors) < ERRORS_TOLD:
            self.errors.append({"file": file, "line": line, "message": message})
        else:
            self.context.log(f"{file}{f', line {line}' if line else ''}: {message}")

    def result(self, table: LabelTable) -> dict[str, Any]:
        """What the job's row says in the end."""
        counts = asdict(self.counts)
        nothing = dict.fromkeys(counts, 0)
        return {
            **(nothing if self.request.dry_run else counts),
            "dry_run": self.request.dry_run,
            "would": counts if self.request.dry_run else None,
            "labels": self.labels[:LABELS_TOLD],
            "metadata_columns": table.metadata_columns,
            "errors": self.errors,
            "errors_total": self.errors_total,
        }


def unknown_labels(labels: list[dict[str, Any]]) -> str:
    """Why an import that may not make labels stops: the new names, each with what it resembles."""
    told = [
        f"'{label['name']}'" + (f" (did you mean '{label['like'][0]}'?)" if label["like"] else "")
        for label in labels[:LABELS_NAMED]
    ]
    more = f" and {len(labels) - LABELS_NAMED} more" if len(labels) > LABELS_NAMED else ""
    return (
        f"The table names {counted(len(labels), 'label')} that this project does not have: {', '.join(told)}{more}. "
        "Nothing was imported. Correct the table, or agree to make new labels."
    )


def new_image(taken: Taken, about: About) -> NewImage:
    """A decoded picture as a project takes it."""
    group, metadata = about.of(taken.entry.name, taken.facts.sha256)
    return NewImage(
        name=taken.entry.name,
        sha256=taken.facts.sha256,
        original=taken.original,
        thumbnail=taken.thumbnail,
        width=taken.facts.width,
        height=taken.facts.height,
        size_bytes=taken.facts.size_bytes,
        group=group,
        metadata=metadata,
    )
