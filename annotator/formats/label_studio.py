"""Label Studio: a task a picture whose annotation chooses the labels present."""

from typing import Any, BinaryIO

from annotator.formats.jsonl import dumped
from annotator.formats.sheet import Sheet

FILE_NAME = "label_studio.json"
TITLE = "Label Studio"
SAYS = "Tasks with the labels present as choices. A label that is not chosen may be absent or unknown."
LOSES = frozenset({"absent", "cant_tell", "hash"})
EXTRAS = frozenset[str]()


def write(sheet: Sheet, file: BinaryIO) -> None:
    """A task without an annotation where nothing is known of the picture: nobody has looked at it."""
    file.write(dumped([task(sheet, row) for row in range(len(sheet.images))]).encode())


def task(sheet: Sheet, row: int) -> dict[str, Any]:
    """One picture."""
    choices = sheet.present(row)
    result = {"from_name": "labels", "to_name": "image", "type": "choices", "value": {"choices": choices}}
    looked_at = bool(sheet.matrix[row].any())
    annotations = [{"result": [result] if choices else []}] if looked_at else []
    return {"data": {"image": sheet.images[row].name}, "annotations": annotations}
