"""CSV, wide: one row per image, one column per label: 1, -1, or nothing where it is unknown."""

from typing import BinaryIO

from annotator.errors import Invalid
from annotator.formats.cells import TEXT_OF_STATE, quoted, write_lines
from annotator.formats.sheet import PICTURE_EXTRAS, PREFIX, Sheet

FILE_NAME = "labels.csv"
TITLE = "CSV"
SAYS = "One row a picture, one column a label: 1, -1, an empty cell for unknown."
LOSES = frozenset({"cant_tell"})
EXTRAS = frozenset(PICTURE_EXTRAS)
HASH = "sha256"


def write(sheet: Sheet, file: BinaryIO) -> None:
    """One line per image: name, hash, what was asked for besides, values; an unknown cell is empty."""
    write_states(sheet, file, TEXT_OF_STATE)


def header(sheet: Sheet) -> list[str]:
    """Names of the columns. Raises Invalid for a label that is called like a column that is none."""
    if taken := [name for name in sheet.names if name.startswith(PREFIX)]:
        raise Invalid(f"Rename the label {taken[0]!r}: columns that begin with {PREFIX!r} are no labels in a table.")
    return ["image", HASH, *(PREFIX + name for name in sheet.picture_extras), *sheet.names]


def write_states(sheet: Sheet, file: BinaryIO, text_of_state: dict[int, str]) -> None:
    """The same with other texts for the states."""
    extras = sheet.picture_extras
    lines = [",".join(quoted(name) for name in header(sheet))]
    for image, values in zip(sheet.images, sheet.matrix.tolist(), strict=True):
        besides = [quoted(image.extra[name]) for name in extras]
        lines.append(",".join([quoted(image.name), image.sha256, *besides, *map(text_of_state.__getitem__, values)]))
    write_lines(file, lines)
