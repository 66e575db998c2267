"""CSV as Open Images has its image-level labels: a line a verified label, confidence 1 or 0."""

from typing import BinaryIO

from annotator.formats.cells import quoted, write_lines
from annotator.formats.sheet import Sheet

FILE_NAME = "open_images.csv"
TITLE = "Open Images"
SAYS = "A line a known cell: confidence 1 present, 0 absent. An unknown cell has no line."
LOSES = frozenset({"cant_tell", "hash"})
EXTRAS = frozenset[str]()
CONFIDENCE = {1: "1", -1: "0"}


def write(sheet: Sheet, file: BinaryIO) -> None:
    """By picture, then label. Every line is a person's, so its source is `verification`."""
    names = [quoted(name) for name in sheet.names]
    lines = ["ImageID,Source,LabelName,Confidence"]
    for row, image in enumerate(sheet.images):
        start = f"{quoted(image.name)},verification"
        for column, value in enumerate(sheet.matrix[row].tolist()):
            if value:
                lines.append(f"{start},{names[column]},{CONFIDENCE[value]}")
    write_lines(file, lines)
