"""Running a plan: pictures are added in batches, labels made, then marks. Each batch is a transaction under the lease.

Whatever was added stays when a worker dies, and the next one goes on from there: contents and values decide.
"""

import json
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from annotator.actions.closing_cells import last_event
from annotator.actions.imported_labels import make_labels
from annotator.actions.imported_marks import Importer, Tally, Word, batches, import_marks
from annotator.actions.imported_pictures import About, bring, bring_back
from annotator.actions.training import request_scores
from annotator.imports.decoding import Decoder, Rejected, Taken, decode, processes_for, shelf_of
from annotator.imports.limits import limits
from annotator.imports.sources import Entry
from annotator.jobs.context import JobContext, JobFailed
from annotator.models import CantTell, Image, Import, Label, MarkEvent, Operation, Project, User
from annotator.planning.look import Seen, source_of
from annotator.planning.plan import ERRORS_TOLD, PARTS, Planned
from annotator.planning.words import Said
from annotator.words import counted
from model.storage.durable import write_json

IMAGES_PER_BATCH = 400
CELLS_PER_BATCH = 4_000
STATES = {1: "present", -1: "absent"}


@dataclass
class Run:
    """One attempt at running a plan."""

    context: JobContext
    imported: Import
    errors: list[dict[str, Any]] = field(default_factory=list)
    errors_total: int = 0
    tally: Tally = field(default_factory=Tally)

    @property
    def operation(self) -> uuid.UUID:
        """All marks of one import share this operation, whichever attempt wrote them."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"tern:import:{self.imported.pk}")

    @cached_property
    def user(self) -> User:
        """Whose import this is."""
        user = self.context.job.created_by
        if user is None:
            raise JobFailed("The account that started this import is gone. Start it again.")
        return user

    def is_finished(self) -> bool:
        """Whether everything is in, and only the job's row does not say so yet."""
        return (self.context.directory / "import-result.json").exists()

    def finish(self) -> dict[str, Any]:
        """The job's result, kept with the import too."""
        told: dict[str, Any] = json.loads((self.context.directory / "import-result.json").read_text())
        Import.objects.filter(pk=self.imported.pk).update(result=told)
        return told

    def go(self, plan: Planned) -> None:
        """All steps."""
        begun = self.begin(plan)
        for error in plan.errors:
            self.tell(error["file"], error["message"], error["line"])
        with self.context.fenced():
            bring_back(self.imported, plan.restored)
        self.take_pictures(plan)
        self.take_marks(plan, begun)
        request_scores(self.context.project_id)
        write_json(self.context.directory / "import-result.json", self.told(plan, begun))

    def begin(self, plan: Planned) -> dict[str, Any]:
        """Where the first attempt began: nothing is written before the plan is found to be what was agreed to."""
        path = self.context.directory / "import-start.json"
        if path.exists():
            found: dict[str, Any] = json.loads(path.read_text())
            return found
        if plan.hash != self.imported.plan_hash:
            raise JobFailed(self.changed(plan))
        with self.context.fenced():
            project = Project.objects.get(pk=self.context.project_id)
            now = timezone.now()
            begun = {"column": project.next_column, "ceiling": last_event(), "at": now.isoformat()}
            Import.objects.filter(pk=self.imported.pk).update(operation=self.operation)
            Operation.objects.get_or_create(
                pk=self.operation,
                defaults={
                    "project": project, "annotator": self.user, "kind": "import", "job": self.context.job, "at": now,
                    "request": {"import": self.imported.pk}, "answer": {"status": "applied"},
                },
            )  # fmt: skip
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, begun)
        return begun

    def changed(self, plan: Planned) -> str:
        """Why a plan that was agreed to is not run: what of it is another one now."""
        agreed = (self.imported.plan or {}).get("digests", {})
        parts = [words for part, words in PARTS.items() if agreed.get(part) != plan.digests[part]]
        return (
            f"Nothing was written: since the plan was read, other things changed: {', '.join(parts)}. "
            "Look at the plan again, then run it."
        )

    def take_pictures(self, plan: Planned) -> None:
        """Decode every picture that the plan has, and add the new ones, a batch at a time."""
        source = source_of(self.imported.files)
        skip = {*plan.known.lost, *plan.left_in_bin}
        wanted = {one.key: one for one in plan.look.pictures if one.sha256 not in skip}
        if source is None or not wanted:
            return
        about = About(plan.table, plan.matched.hashes, plan.matched.of.tolist())
        decoder = Decoder(source, shelf_of(default_storage.path("")), limits())
        entries = [Entry(one.name, one.key) for one in wanted.values()]
        begun, done, batch = time.monotonic(), 0, list[Taken]()
        chunks = decode(decoder, entries, processes_for(len(entries)))
        try:
            for outcomes in chunks:
                self.context.check()
                done += len(outcomes)
                batch += self.accepted(outcomes, wanted)
                if len(batch) >= IMAGES_PER_BATCH:
                    self.add(decoder, batch, about)
                    batch = []
                left = (time.monotonic() - begun) / done * (len(entries) - done)
                self.context.progress("images", 40 + 40 * done / len(entries), f"{done} of {len(entries)}", left)
            self.add(decoder, batch, about)
        finally:
            chunks.close()

    def accepted(self, outcomes: Iterable[Taken | Rejected], wanted: dict[str, Seen]) -> list[Taken]:
        """The pictures that are still what the plan saw; the others are told by name."""
        found = []
        for one in outcomes:
            if isinstance(one, Rejected):
                self.tell(one.entry.name, one.reason)
            elif one.facts.sha256 != wanted[one.entry.key].sha256:
                self.tell(one.entry.name, "It changed since the plan was made, so it was left out. Import it again.")
            else:
                found.append(one)
        return found

    def add(self, decoder: Decoder, batch: list[Taken], about: About) -> None:
        """Add one batch of decoded pictures to the project."""
        if batch:
            decoder.shelf.settle()
            with self.context.fenced():
                bring(self.imported, batch, about)

    def take_marks(self, plan: Planned, begun: dict[str, Any]) -> None:
        """Make the labels, and write what the table says, a batch of pictures at a time."""
        if plan.table is None or plan.table.claims is None:
            return
        with self.context.fenced():
            new = [one.name for one in plan.words.labels if one.label == 0]
            made = make_labels(self.context.project_id, new, plan.table.claims.vocabulary, self.user)
        labels = {one.place: one.label or made[one.name] for one in plan.words.labels}
        rules = dict(Label.objects.filter(pk__in=labels.values()).values_list("pk", "rule_version"))
        at = datetime.fromisoformat(begun["at"])
        author = Importer(
            self.context.project_id, self.user.pk, self.operation, at, begun["ceiling"], plan.policy, rules
        )
        images = self.image_ids(plan)
        for done, words in word_batches(plan, labels, images):
            self.context.check()
            with self.context.fenced():
                tally = import_marks(author, words)
            self.count(tally)
            self.context.progress("labels", 80 + 19 * done, f"Labels of {counted(len(images), 'picture')}")

    def image_ids(self, plan: Planned) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Id of each picture that the table is about, 0 where it did not come in."""
        images = Image.objects.filter(project_id=self.context.project_id, deleted_at=None)
        ids = dict(images.values_list("content_hash", "pk"))
        left = set(plan.left_in_bin)
        return np.array([0 if one in left else ids.get(one, 0) for one in plan.matched.hashes], np.int64)

    def count(self, tally: Tally) -> None:
        """Add up one batch, and name its conflicts."""
        self.tally.same += tally.same
        self.tally.meanwhile += tally.meanwhile
        self.tally.kept += tally.kept
        self.tally.conflicts += tally.conflicts
        names = dict(Image.objects.filter(pk__in=[w.image for w, _ in tally.conflicts]).values_list("pk", "file_name"))
        labels = dict(Label.objects.filter(pk__in=[w.label for w, _ in tally.conflicts]).values_list("pk", "name"))
        for word, stays in tally.conflicts:
            message = (
                f"{labels[word.label]!r} on {names[word.image]!r}: the table says {STATES[word.value]}, a person said "
                f"{STATES[stays]}. The person's mark stays."
            )
            self.tell(self.table_name, message, word.line)

    @property
    def table_name(self) -> str:
        """What the table is called."""
        table = (self.imported.plan or {}).get("table")
        return str(table["name"]) if table else ""

    def tell(self, file: str, message: str, line: int | None = None) -> None:
        """Note an error; beyond the first few hundred only their number is kept, the rest goes to the job's log."""
        self.errors_total += 1
        if len(self.errors) < ERRORS_TOLD:
            self.errors.append({"file": file, "line": line, "message": message})
        else:
            self.context.log(f"{file}{f', line {line}' if line else ''}: {message}")

    def told(self, plan: Planned, begun: dict[str, Any]) -> dict[str, Any]:
        """What the import brought, read back from what was written."""
        pictures = self.imported.pictures
        events = MarkEvent.objects.filter(operation=self.operation)
        new_labels = Label.objects.filter(project_id=self.context.project_id, column__gte=begun["column"])
        unsure = CantTell.objects.filter(
            project_id=self.context.project_id, annotator=self.user, at=datetime.fromisoformat(begun["at"])
        )
        names = [one.name.strip() for one in plan.words.labels]
        return {
            "import": self.imported.pk,
            "step": "run",
            "images_new": pictures.filter(brought=True).values("image").distinct().count(),
            "images_known": pictures.exclude(
                image__in=pictures.filter(brought=True).values("image")
            ).values("image").distinct().count(),
            "images_refused": sum(error["line"] is None for error in self.errors),
            "marks_new": events.filter(old=0).exclude(new=0).count(),
            "marks_same": self.tally.same,
            "marks_changed": events.exclude(Q(old=0) | Q(new=0)).count(),
            "marks_withdrawn": events.filter(new=0).count(),
            "marks_conflicting": len(self.tally.conflicts),
            "marks_kept": self.tally.kept,
            "marks_meanwhile": self.tally.meanwhile,
            "cant_tell": unsure.count(),
            "labels_new": new_labels.filter(name__in=names).count(),
            "metadata_columns": [name for name, role in columns_of(plan).items() if role in ("metadata", "split")],
            "errors": self.errors,
            "errors_total": self.errors_total,
        }  # fmt: skip


def columns_of(plan: Planned) -> dict[str, str]:
    """Header -> role of the table's columns."""
    return plan.table.columns if plan.table is not None else {}


def word_batches(
    plan: Planned, labels: dict[int, int], images: np.ndarray[Any, Any]
) -> Iterator[tuple[float, list[Word]]]:
    """(share that is done, words on distinct cells), a few pictures at a time: blanks only where marks may go."""
    sizes = np.zeros(len(images), np.int64)
    for said in plan.words.labels:
        sizes += np.bincount(said.pictures, minlength=len(images)) + np.bincount(said.blank, minlength=len(images))
    for first, end in batches(CELLS_PER_BATCH, sizes.tolist()):
        words: list[Word] = []
        for said in plan.words.labels:
            words += words_between(said, labels[said.place], images, first, end)
        if words:
            yield end / len(images), words


def words_between(said: Said, label: int, images: np.ndarray[Any, Any], first: int, end: int) -> Iterator[Word]:
    """What is said of one label on pictures first <= picture < end."""
    a, b = np.searchsorted(said.pictures, (first, end)).tolist()
    ids = images[said.pictures[a:b]].tolist()
    for image, value, line in zip(ids, said.values[a:b].tolist(), said.lines[a:b].tolist(), strict=True):
        if image:
            yield Word(image, label, value, line)
    a, b = np.searchsorted(said.blank, (first, end)).tolist()
    for image in images[said.blank[a:b]].tolist():
        if image:
            yield Word(image, label, 0, 0)
