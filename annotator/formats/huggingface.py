"""Hugging Face's ImageFolder: `metadata.jsonl`, a line a picture with the list of labels present."""

from typing import BinaryIO

from annotator.formats.jsonl import dumped
from annotator.formats.sheet import Sheet

FILE_NAME = "metadata.jsonl"
TITLE = "Hugging Face ImageFolder"
SAYS = "A line a picture with the labels present in it. A label that is not listed may be absent or unknown."
LOSES = frozenset({"absent", "cant_tell", "hash"})
EXTRAS = frozenset[str]()


def write(sheet: Sheet, file: BinaryIO) -> None:
    """Put it beside the pictures; names are as they were imported."""
    for row, image in enumerate(sheet.images):
        file.write((dumped({"file_name": image.name, "labels": sheet.present(row)}) + "\n").encode())
