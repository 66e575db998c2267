"""Taking an import back as one act: its marks by the rule of every undo, then the pictures that only it brought.

What somebody changed since stays, and so do pictures that somebody worked on, or that another import has too. All of
it is said. A part is written whole or not at all; doing it again after a death changes nothing more.
"""

import uuid
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils import timezone

from annotator.actions import closing_cells
from annotator.actions.board import Board
from annotator.actions.closing_cells import Author
from annotator.actions.images import delete_images
from annotator.actions.past import Past, changed_by, in_the_way, rows_at, standing_before
from annotator.jobs.context import JobContext, JobFailed
from annotator.models import CantTell, Checked, Image, Import, ImportedImage, Job, MarkEvent, Operation, User
from annotator.news.kinds import ProjectNews
from annotator.news.publish import lock_project, publish, publish_marks
from annotator.words import counted

CELLS_PER_PART = 5_000
OTHERS_PER_PART = 500
IMAGES_PER_PART = 500
PEOPLE_NAMED = 5
# Pictures of imports that were taken back.
UNDONE = Q(origin__step=Import.Step.UNDO, origin__job__state=Job.State.DONE)


class TakeBack:
    """One attempt at taking an import back."""

    def __init__(self, context: JobContext, imported: Import) -> None:
        self.context, self.imported = context, imported
        self.project = context.project_id

    @property
    def operation(self) -> uuid.UUID:
        """The operation of the taking back."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"tern:import:{self.imported.pk}:undo")

    def result(self) -> dict[str, Any]:
        """Do it all; what was done, and what could not be."""
        user = self.context.job.created_by
        if user is None:
            raise JobFailed("The account that asked for this is gone. Ask again.")
        target = self.imported.operation
        told: dict[str, Any] = {"import": self.imported.pk, "step": "undo", "marks": 0, "images": 0, "left": []}
        if target is not None:
            self.begin(target, user)
            told["marks"] = self.marks(target, user)
            self.receipts(target)
            told["left"] += self.left_marks(target)
            told["images"], left = self.images(user)
            told["left"] += left
        told["left"] += self.labels()
        with self.context.fenced():
            Import.objects.filter(pk=self.imported.pk).update(undone=told)
            publish(self.project, ProjectNews())
        return told

    def begin(self, target: uuid.UUID, user: User) -> None:
        """Note that the import's operation is undone, and by which one."""
        with self.context.fenced():
            Operation.objects.get_or_create(
                pk=self.operation,
                defaults={
                    "project_id": self.project, "annotator": user, "kind": "undo", "job": self.context.job,
                    "request": {"of": str(target), "import": self.imported.pk}, "answer": {"status": "applied"},
                    "at": timezone.now(),
                },
            )  # fmt: skip
            Operation.objects.filter(pk=target).update(undone_by=self.operation)

    def marks(self, target: uuid.UUID, user: User) -> int:
        """Bring every cell back to what it was; how many."""
        first, last = closing_cells.span_of(target)
        after = first - 1
        while (until := closing_cells.part_of(target, after, last, CELLS_PER_PART)) is not None:
            self.context.check()
            with self.context.fenced():
                lock_project(self.project)
                author = Author(self.project, user.pk, self.operation, timezone.now())
                closing_cells.reopen(target, after, until, author, self.importer(target))
            after = until
            done = (after - first + 1) / (last - first + 1)
            self.context.progress("undo", 80 * done, "Taking marks back")
        for piece in self.others(target):
            with self.context.fenced():
                self.put_back(piece, target, user)
        return MarkEvent.objects.filter(operation=self.operation).count()

    def importer(self, target: uuid.UUID) -> int:
        """Whose marks the import's are."""
        return Operation.objects.get(pk=target).annotator_id

    def others(self, target: uuid.UUID) -> Iterator[list[tuple[int, int]]]:
        """Cells that had a value before the import changed them."""
        events = MarkEvent.objects.filter(operation=target).exclude(old=0).order_by("pk")
        cells = list(events.values_list("image_id", "label_id"))
        return (cells[at : at + OTHERS_PER_PART] for at in range(0, len(cells), OTHERS_PER_PART))

    def put_back(self, cells: list[tuple[int, int]], target: uuid.UUID, user: User) -> None:
        """Give cells back all marks they had, where what the import made of them still stands."""
        lock_project(self.project)
        board = Board(self.project, {}, timezone.now())
        board.load({image for image, _ in cells}, {label for _, label in cells})
        past = Past(board)
        past.load_cells(cells)
        for image, label in cells:
            cell = board.cell(image, label)
            events = past.events(cell)
            event = changed_by(events, target)
            if event is not None and in_the_way(events, event) is None:
                before = standing_before(events, event)
                board.put_back(cell, rows_at(cell, events, before), before, user.pk, self.operation)
        board.write()
        if changes := board.changes():
            publish_marks(self.project, user.pk, changes)

    def receipts(self, target: uuid.UUID) -> None:
        """Take back what the import could not tell."""
        operation = Operation.objects.get(pk=target)
        with self.context.fenced():
            CantTell.objects.filter(project_id=self.project, annotator=operation.annotator, at=operation.at).delete()

    def left_marks(self, target: uuid.UUID) -> list[str]:
        """Cells that somebody changed since, and who."""
        mine = MarkEvent.objects.filter(operation=target)
        later = MarkEvent.objects.filter(image=OuterRef("image"), label=OuterRef("label"), operation=self.operation)
        left = mine.exclude(Exists(later))
        count = left.count()
        if not count:
            return []
        newer = MarkEvent.objects.filter(image=OuterRef("image"), label=OuterRef("label"), operation=target)
        by = MarkEvent.objects.filter(project=self.project, pk__gt=closing_cells.span_of(target)[0])
        people = (
            by.exclude(operation__in=[target, self.operation])
            .filter(Exists(newer))
            .values_list("annotator_id", flat=True)
        )
        return [f"{counted(count, 'cell stays', 'cells stay')} as it is now: changed since by {named(people)}."]

    def images(self, user: User) -> tuple[int, list[str]]:
        """Put the pictures that only this import brought into the bin; how many, and which kinds stay."""
        others = (
            ImportedImage.objects.filter(image=OuterRef("image")).filter(origin__gt=self.imported.pk).exclude(UNDONE)
        )
        brought = self.brought().filter(image__deleted_at=None)
        shared = brought.filter(Exists(others)).values("image").distinct().count()
        alone = Image.objects.filter(pk__in=brought.exclude(Exists(others)).values("image"))
        worked = alone.filter(self.touched()).count()
        ids = list(alone.exclude(self.touched()).order_by("row").values_list("pk", flat=True))
        for at in range(0, len(ids), IMAGES_PER_PART):
            self.context.check()
            with self.context.fenced():
                delete_images(self.project, user, ids[at : at + IMAGES_PER_PART])
            self.context.progress("undo", 80 + 19 * at / len(ids), "Pictures go to the bin")
        left = []
        if worked:
            left.append(f"{counted(worked, 'picture stays', 'pictures stay')}: somebody worked on them since.")
        if shared:
            left.append(f"{counted(shared, 'picture stays', 'pictures stay')}: another import has them too.")
        gone = self.brought().filter(image__deleted_at__isnull=False).values("image").distinct().count()
        return gone, left

    def touched(self) -> Combinable:
        """Whether anybody marked, could not tell, or checked a picture since the import."""
        assert self.imported.operation is not None
        begun = Operation.objects.get(pk=self.imported.operation).at
        since = {"image": OuterRef("pk"), "at__gt": begun}
        marks = MarkEvent.objects.filter(**since).exclude(operation=self.operation)
        others = (CantTell.objects.filter(**since), Checked.objects.filter(**since))
        return Exists(marks) | Exists(others[0]) | Exists(others[1])

    def brought(self) -> "QuerySet[ImportedImage]":
        """The pictures that it brought, or named when an import brought them that was taken back."""
        back = ImportedImage.objects.filter(UNDONE, image=OuterRef("image"), brought=True)
        return self.imported.pictures.filter(Q(brought=True) | Exists(back)).order_by()

    def labels(self) -> list[str]:
        """Labels that it made stay: others may use them by now."""
        made = self.imported.result.get("labels_new", 0)
        if not made:
            return []
        return [f"{counted(made, 'label that it made stays', 'labels that it made stay')}: delete them under Labels."]


def named(people: Any) -> str:
    """Names of some people, in words."""
    ids = list(dict.fromkeys(people))
    names = [str(one) for one in User.objects.filter(pk__in=ids[:PEOPLE_NAMED]).order_by("pk")]
    more = [f"{len(ids) - PEOPLE_NAMED} more"] if len(ids) > PEOPLE_NAMED else []
    return ", ".join([*names, *more]) or "somebody"
