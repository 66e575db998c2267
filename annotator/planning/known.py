"""The pictures that a project has, those in its bin included, by content and by every name they came in under."""

from dataclasses import dataclass, field

from annotator.limits import still_there_since
from annotator.models import Image, ImportedImage
from annotator.tables.names import Picture


@dataclass
class Known:
    """`ids`: content hash -> id of pictures; `bin`: of those that can be brought back; `lost`: not any more."""

    ids: dict[str, int] = field(default_factory=dict)
    bin: dict[str, int] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    names: list[Picture] = field(default_factory=list)


def known_pictures(project_id: int) -> Known:
    """All pictures of the project."""
    found, earliest = Known(), still_there_since()
    images = Image.objects.filter(project_id=project_id)
    hashes: dict[int, tuple[str, str]] = {}
    for pk, sha256, name, deleted in images.values_list("pk", "content_hash", "file_name", "deleted_at"):
        if deleted is None:
            found.ids[sha256] = pk
        elif deleted > earliest:
            found.bin[sha256] = pk
        else:
            found.lost.add(sha256)
            continue
        hashes[pk] = sha256, name
        found.names.append(Picture(sha256, name, sha256))
    others = ImportedImage.objects.filter(origin__project_id=project_id).values_list("image_id", "name").distinct()
    for pk, name in others:
        if pk in hashes and name != hashes[pk][1]:
            found.names.append(Picture(hashes[pk][0], name, hashes[pk][0]))
    return found
