"""Files that labels leave by. One module per format; `annotator.tables` reads them again.

A format that cannot hold a state says so in `LOSES` and writes nothing in its place, never another state. Without
a loss, reading what was written gives the identical tri-state matrix. A new format is a new module and a
line in `FORMATS`.
"""

from typing import BinaryIO, Protocol

from annotator.formats import (
    chexpert,
    coco,
    excel,
    fiftyone,
    huggingface,
    jsonl,
    label_studio,
    lists,
    long,
    lvis,
    npz,
    open_images,
    parquet,
    table,
    zero_one,
)
from annotator.formats.sheet import Sheet


class Format(Protocol):
    """The interface of a format's module. `SAYS`: what stands in it, one sentence for whoever chooses."""

    FILE_NAME: str
    TITLE: str
    SAYS: str
    LOSES: frozenset[str]
    """What of "absent", "cant_tell" and "hash" it has no word for: all of it becomes unknown."""
    EXTRAS: frozenset[str]
    """Which of `annotator.formats.sheet.EXTRAS` it can hold besides."""

    def write(self, sheet: Sheet, file: BinaryIO) -> None:
        """Write the sheet; the same sheet gives the same bytes."""


FORMATS: dict[str, Format] = {
    "csv": table,
    "jsonl": jsonl,
    "npz": npz,
    "parquet": parquet,
    "excel": excel,
    "long": long,
    "zero_one": zero_one,
    "lists": lists,
    "chexpert": chexpert,
    "open_images": open_images,
    "coco": coco,
    "lvis": lvis,
    "huggingface": huggingface,
    "label_studio": label_studio,
    "fiftyone": fiftyone,
}

CHOICES = [(name, one.TITLE) for name, one in FORMATS.items()]

STANDARD = ("csv", "jsonl", "npz")
"""What a snapshot holds unless others are asked for."""
