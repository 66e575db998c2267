"""CSV as competitions have it: 1 present, 0 absent. What is unknown stays an empty cell: 0 never stands for it."""

from typing import BinaryIO

from annotator.formats.sheet import PICTURE_EXTRAS, Sheet
from annotator.formats.table import write_states

FILE_NAME = "zero_one.csv"
TITLE = "CSV of 0 and 1"
SAYS = "One column a label: 1 present, 0 absent, an empty cell for unknown. A reader that fills in 0 makes it absent."
LOSES = frozenset({"cant_tell"})
EXTRAS = frozenset(PICTURE_EXTRAS)


def write(sheet: Sheet, file: BinaryIO) -> None:
    """One line per image, as in the wide CSV."""
    write_states(sheet, file, {0: "", 1: "1", -1: "0"})
