"""Pictures that an import names: those that are missing are added, those in the bin brought back, all remembered."""

from collections.abc import Sequence

from annotator.actions.images import NewImage, add_images, restore_images
from annotator.imports.decoding import Taken
from annotator.limits import FILE_NAME
from annotator.models import Image, Import, ImportedImage
from annotator.news.publish import lock_project
from annotator.tables.parts import Detail
from annotator.tables.plan import Plan


class About:
    """What a table says of pictures besides labels; asked when a picture is new."""

    def __init__(self, table: Plan | None, hashes: Sequence[str], of: Sequence[int]) -> None:
        self.told: dict[str, dict[str, str]] = {}
        self.groups: dict[str, str] = {}
        if table is not None and table.claims is not None:
            for detail in table.claims.details:
                self.take(detail, hashes, of)

    def take(self, detail: Detail, hashes: Sequence[str], of: Sequence[int]) -> None:
        """One column: the first that it says of a picture counts."""
        for row, picture in zip(detail.rows.tolist(), detail.pictures.tolist(), strict=True):
            text = detail.column.text(row)
            if not text or of[picture] < 0:
                continue
            sha256 = hashes[of[picture]]
            if detail.role == "group":
                self.groups.setdefault(sha256, text)
            else:
                self.told.setdefault(sha256, {}).setdefault(detail.column.name, text)

    def new_image(self, taken: Taken) -> NewImage:
        """A decoded picture as a project takes it."""
        facts = taken.facts
        return NewImage(
            taken.entry.name, facts.sha256, taken.original, taken.thumbnail, facts.width, facts.height,
            facts.size_bytes, self.groups.get(facts.sha256, ""), self.told.get(facts.sha256, {}),
        )  # fmt: skip


def bring(imported: Import, batch: Sequence[Taken], about: About) -> None:
    """Add those of the pictures that are missing, and note what each was called. Doing it again changes nothing.

    Runs inside the caller's transaction.
    """
    project = imported.project_id
    lock_project(project)
    noted = set(imported.pictures.filter(image__content_hash__in=[t.facts.sha256 for t in batch]).values_list(
        "image__content_hash", "name"
    ))  # fmt: skip
    hashes = [taken.facts.sha256 for taken in batch]
    images = Image.objects.filter(project_id=project, content_hash__in=hashes)
    before = set(images.values_list("content_hash", flat=True))
    add_images(project, [about.new_image(taken) for taken in batch])
    ids = dict(images.values_list("content_hash", "pk"))
    told: dict[tuple[str, str], ImportedImage] = {}
    for taken in batch:
        sha256, name = taken.facts.sha256, taken.entry.name[-FILE_NAME:]
        if (sha256, name) not in noted:
            row = ImportedImage(origin=imported, image_id=ids[sha256], name=name, brought=sha256 not in before)
            told[sha256, name] = row
    ImportedImage.objects.bulk_create(told.values())


def bring_back(imported: Import, hashes: Sequence[str]) -> None:
    """Bring pictures back from the bin, as the plan says. Runs inside the caller's transaction."""
    images = Image.objects.filter(project_id=imported.project_id, content_hash__in=hashes, deleted_at__isnull=False)
    names = dict(images.values_list("pk", "file_name"))
    back = restore_images(imported.project_id, list(names))
    noted = set(imported.pictures.filter(image__in=back).values_list("image_id", flat=True))
    ImportedImage.objects.bulk_create(
        ImportedImage(origin=imported, image_id=pk, name=names[pk], brought=True) for pk in back if pk not in noted
    )
