"""COCO: images, categories, and an annotation without a box for each label that is present."""

from typing import Any, BinaryIO

from annotator.formats.jsonl import dumped
from annotator.formats.sheet import Sheet

FILE_NAME = "coco.json"
TITLE = "COCO"
SAYS = "An annotation for each label present. A label without one may be absent or unknown: LVIS tells them apart."
LOSES = frozenset({"absent", "cant_tell", "hash"})
EXTRAS = frozenset[str]()


def parts(sheet: Sheet) -> dict[str, list[dict[str, Any]]]:
    """Images and categories count from 1, as do annotations."""
    images = [
        {"id": number, "file_name": image.name, "sha256": image.sha256}
        | {key: image.about[key] for key in ("width", "height") if key in image.about}
        for number, image in enumerate(sheet.images, 1)
    ]
    categories = [{"id": number, "name": name} for number, name in enumerate(sheet.names, 1)]
    annotations: list[dict[str, Any]] = []
    for row in range(len(sheet.images)):
        for column in sheet.of_state(row, 1):
            annotations.append({"id": len(annotations) + 1, "image_id": row + 1, "category_id": column + 1})
    return {"images": images, "categories": categories, "annotations": annotations}


def write(sheet: Sheet, file: BinaryIO) -> None:
    """One JSON object."""
    file.write(dumped(parts(sheet)).encode())
