"""Pictures of a project: added, set aside with a reason, deleted and brought back. Each act is one transaction.

Their files are stored already when they are added; only rows and news are written here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from annotator.errors import Conflict, NotFound
from annotator.limits import DAYS_TO_TAKE_BACK, FILE_NAME, NAME, still_there_since
from annotator.models import Image, Lease, Project, User
from annotator.news.kinds import ImagesNews, ProjectNews
from annotator.news.publish import lock_project, publish
from annotator.words import counted

# Above this, whoever listens is quicker when told once to read everything again.
PICTURES_WORTH_TELLING = 500


@dataclass(frozen=True)
class NewImage:
    """A stored picture that a project may not have yet; `group` is empty for one without look-alikes."""

    name: str
    sha256: str
    original: str
    thumbnail: str
    width: int
    height: int
    size_bytes: int
    group: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


def add_images(project_id: int, pictures: Sequence[NewImage]) -> int:
    """Add the pictures that the project does not have, in their order; how many. The content hash decides.

    Runs inside the caller's transaction and holds the project's lock until it ends, so that rows stay in order.
    """
    project = lock_project(project_id)
    hashes = [picture.sha256 for picture in pictures]
    known = set(project.images.filter(content_hash__in=hashes).values_list("content_hash", flat=True))
    new = {picture.sha256: picture for picture in pictures if picture.sha256 not in known}
    if not new:
        return 0
    Image.objects.bulk_create(
        image_row(project_id, project.next_row + place, picture) for place, picture in enumerate(new.values())
    )
    Project.objects.filter(pk=project_id).update(next_row=F("next_row") + len(new))
    tell_of_images(project_id, added=len(new))
    return len(new)


def image_row(project_id: int, row: int, picture: NewImage) -> Image:
    """The unsaved table row of a picture; of a name that is too long the end is kept, which tells files apart."""
    return Image(
        project_id=project_id,
        row=row,
        content_hash=picture.sha256,
        group_key=(picture.group or picture.sha256)[:NAME],
        file_name=picture.name[-FILE_NAME:],
        file=picture.original,
        thumbnail=picture.thumbnail,
        width=picture.width,
        height=picture.height,
        size_bytes=picture.size_bytes,
        metadata=picture.metadata,
    )


def tell_of_images(project_id: int, added: int = 0, changed: Sequence[int] = ()) -> None:
    """Publish that the list of images is another one now, and which of those there before are not what they were."""
    count = Image.objects.filter(project_id=project_id, deleted_at=None).count()
    publish(project_id, ImagesNews(count, added, list(changed)[:PICTURES_WORTH_TELLING]))
    if len(changed) > PICTURES_WORTH_TELLING:
        publish(project_id, ProjectNews())


@transaction.atomic
def flag_images(project_id: int, user: User, image_ids: Sequence[int], reason: str) -> list[int]:
    """Say why pictures cannot be used ('' = they can); flagged ones leave queue, training and export. Which changed."""
    by = {"flagged_by": user, "flagged_at": timezone.now()} if reason else {"flagged_by": None, "flagged_at": None}
    return change_images(project_id, image_ids, Q(deleted_at=None) & ~Q(flagged=reason), flagged=reason, **by)


@transaction.atomic
def delete_images(project_id: int, user: User, image_ids: Sequence[int]) -> list[int]:
    """Take pictures out of sight; marks and flags stay, rows are not used again, and they can come back. Which went."""
    gone = change_images(project_id, image_ids, Q(deleted_at=None), deleted_at=timezone.now(), deleted_by=user)
    Lease.objects.filter(image__in=gone).delete()
    return gone


@transaction.atomic
def restore_images(project_id: int, image_ids: Sequence[int]) -> list[int]:
    """Bring deleted pictures back with all their marks and flags; which came."""
    in_time = Q(deleted_at__gt=still_there_since())
    return change_images(project_id, image_ids, in_time, deleted_at=None, deleted_by=None)


def change_images(project_id: int, image_ids: Sequence[int], where: Q, **fields: Any) -> list[int]:
    """Update those of the pictures for which `where` still holds, and tell of them; their ids, by row."""
    lock_project(project_id)
    chosen = Image.objects.filter(where, project_id=project_id, pk__in=image_ids).order_by("row")
    changed = list(chosen.values_list("pk", flat=True))
    if changed:
        Image.objects.filter(pk__in=changed).update(**fields)
        tell_of_images(project_id, changed=changed)
    return changed


def restore_image(project_id: int, image_id: int) -> None:
    """Bring one deleted picture back. NotFound when there is none, Conflict after its time."""
    if not Image.objects.filter(project_id=project_id, pk=image_id, deleted_at__isnull=False).exists():
        raise NotFound(f"This project has no deleted image {image_id}.")
    if not restore_images(project_id, [image_id]):
        raise Conflict(
            f"This image was deleted more than {counted(DAYS_TO_TAKE_BACK, 'day')} ago and cannot be brought back."
        )
