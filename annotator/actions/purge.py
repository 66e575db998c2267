"""What was deleted longer ago than it can be taken back is removed for good: rows, files and folders.

Nobody can bring these back any more, so a purge that dies half-way has harmed nothing; the next one goes on. Numbers
that were given are not used again: matrices keep a gap where an image or label was.
"""

import shutil
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from annotator.models import (
    AuditQuestion,
    CantTell,
    Checked,
    Event,
    Image,
    Job,
    Label,
    Mark,
    MarkEvent,
    Operation,
    Project,
    Skip,
)  # fmt: skip
from annotator.news.kinds import LabelsNews, ProjectNews
from annotator.news.publish import lock_project, publish
from annotator.pictures.media import PREVIEWS, THUMBNAILS, small_name

# Rows removed in one transaction: other writers wait for it no longer than for a large page of marks.
PIECE = 1_000
OF_IMAGES: tuple[type[Model], ...] = (Mark, MarkEvent, CantTell, Checked, Skip, AuditQuestion)
OF_LABELS: tuple[type[Model], ...] = (Mark, MarkEvent, CantTell, AuditQuestion)
OF_PROJECTS: tuple[type[Model], ...] = (*OF_IMAGES, Operation, Event)


def purge() -> dict[str, int]:
    """Remove everything that is due; how many of each kind. Safe in several workers at once."""
    removed = {"projects": 0, "labels": 0, "images": 0}
    if settings.TERN_PURGE_DAYS == 0:
        return removed
    before = timezone.now() - timedelta(days=settings.TERN_PURGE_DAYS)
    for label in Label.objects.filter(deleted_at__lt=before):
        purge_label(label)
        removed["labels"] += 1
    images = Image.objects.filter(deleted_at__lt=before)
    for project_id in list(images.order_by().values_list("project_id", flat=True).distinct()):
        removed["images"] += purge_images(project_id, images.filter(project_id=project_id))
    for project in Project.objects.filter(deleted_at__lt=before):
        removed["projects"] += purge_project(project)
    return removed


def purge_label(label: Label) -> None:
    """Remove a label with everything that was said of it."""
    for model in OF_LABELS:
        in_pieces(model._default_manager.filter(label=label))
    with transaction.atomic():
        lock_project(label.project_id)
        label.delete()
        publish(label.project_id, LabelsNews())


def purge_images(project_id: int, images: "QuerySet[Image]") -> int:
    """Remove images of one project with everything that was said of them, and files that no other image has."""
    removed = 0
    while piece := list(images.order_by("pk")[:PIECE]):
        for model in OF_IMAGES:
            in_pieces(model._default_manager.filter(image__in=[image.pk for image in piece]))
        with transaction.atomic():
            lock_project(project_id)
            if not imports_rest():
                break
            remove_files(piece)
            Image.objects.filter(pk__in=[image.pk for image in piece]).delete()
            publish(project_id, ProjectNews())
        removed += len(piece)
    return removed


def purge_project(project: Project) -> bool:
    """Remove a project with all that belongs to it; False when its pictures have to wait for an import."""
    images = Image.objects.filter(project=project)
    purge_images(project.pk, images)
    if images.exists():
        return False
    for model in OF_PROJECTS:
        in_pieces(model._default_manager.filter(project=project))
    shutil.rmtree(Path(settings.TERN_HOME) / "projects" / str(project.pk), ignore_errors=True)
    project.delete()
    return True


def imports_rest() -> bool:
    """Whether no import is going on, and none can begin before this transaction ends.

    An import takes a picture's file for granted that it found in place, before it writes the row that names it.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {Job._meta.db_table} IN EXCLUSIVE MODE")
    return not Job.objects.filter(kind=Job.Kind.IMPORT, state=Job.State.RUNNING).exists()


def remove_files(images: Collection[Image]) -> None:
    """Delete the pictures of these images where no other image, of any project, has the same content."""
    gone = {image.pk for image in images}
    hashes = [image.content_hash for image in images]
    shared = set(
        Image.objects.filter(content_hash__in=hashes).exclude(pk__in=gone).values_list("content_hash", flat=True)
    )
    for image in images:
        if image.content_hash not in shared:
            for name in (image.file, *(small_name(kind, image.content_hash) for kind in (THUMBNAILS, PREVIEWS))):
                default_storage.delete(name)


def in_pieces(rows: "QuerySet[Model]") -> None:
    """Delete rows that no other rows depend on, a piece in each transaction."""
    while found := list(rows.order_by("pk").values_list("pk", flat=True)[:PIECE]):
        rows.model._default_manager.filter(pk__in=found).delete()
