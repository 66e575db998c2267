"""LVIS: COCO whose images also list the categories that are absent; those in neither list are unknown."""

from typing import BinaryIO

from annotator.formats import coco
from annotator.formats.jsonl import dumped
from annotator.formats.sheet import Sheet

FILE_NAME = "lvis.json"
TITLE = "LVIS"
SAYS = "COCO with lists of what is absent; a label in neither list is unknown."
LOSES = frozenset({"cant_tell", "hash"})
EXTRAS = frozenset[str]()


def write(sheet: Sheet, file: BinaryIO) -> None:
    """`not_exhaustive_category_ids` stays empty: it speaks of objects that were not counted, and none are here."""
    data = coco.parts(sheet)
    for row, image in enumerate(data["images"]):
        image["neg_category_ids"] = [column + 1 for column in sheet.of_state(row, -1)]
        image["not_exhaustive_category_ids"] = []
    file.write(dumped(data).encode())
