"""Files that labels leave by. One module per format, each with `FILE_NAME` and `write`; `annotator.tables` reads them.

What every format keeps: the tri-state matrix, label names in column order, image names and content hashes. Reading back
what was written gives the identical matrix. A new format is a new module and a line in `FORMATS`.
"""

from typing import BinaryIO, Protocol

from annotator.formats import jsonl, npz, table
from annotator.formats.sheet import Sheet


class Format(Protocol):
    """The interface of a format's module."""

    FILE_NAME: str

    def write(self, sheet: Sheet, file: BinaryIO) -> None:
        """Write the sheet; the same sheet gives the same bytes."""


FORMATS: dict[str, Format] = {"csv": table, "jsonl": jsonl, "npz": npz}
