"""Add pictures to a project. Their files are stored already; rows and news are written here, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import F

from annotator.actions.events import lock_project, publish
from annotator.models import Image, Project

# As wide as the columns of the table.
NAME_LENGTH, GROUP_LENGTH = 255, 120


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
    count = project.images.filter(deleted_at=None).count()
    publish(project_id, "images", {"count": count, "added": len(new)})
    return len(new)


def image_row(project_id: int, row: int, picture: NewImage) -> Image:
    """The unsaved table row of a picture; of a name that is too long the end is kept, which tells files apart."""
    return Image(
        project_id=project_id,
        row=row,
        content_hash=picture.sha256,
        group_key=(picture.group or picture.sha256)[:GROUP_LENGTH],
        file_name=picture.name[-NAME_LENGTH:],
        file=picture.original,
        thumbnail=picture.thumbnail,
        width=picture.width,
        height=picture.height,
        size_bytes=picture.size_bytes,
        metadata=picture.metadata,
    )
