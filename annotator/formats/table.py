"""CSV, wide: one row per image, one column per label: 1, -1, or nothing where it is unknown."""

from typing import BinaryIO

from annotator.formats.cells import TEXT_OF_STATE, quoted
from annotator.formats.sheet import Sheet

FILE_NAME = "labels.csv"
HASH = "sha256"


def write(sheet: Sheet, file: BinaryIO) -> None:
    """One line per image: name, hash, values; an unknown cell is empty."""
    lines = [",".join(["image", HASH, *(quoted(name) for name in sheet.names)])]
    for image, values in zip(sheet.images, sheet.matrix.tolist(), strict=True):
        lines.append(",".join([quoted(image.name), image.sha256, *map(TEXT_OF_STATE.__getitem__, values)]))
    file.write(("\n".join(lines) + "\n").encode())
