"""Files that labels leave and come in by. One module per format, each with `FILE_NAME`, `write` and `read`.

What every format keeps: the tri-state matrix, label names in column order, image names and content hashes. Reading back
what was written gives the identical matrix. A new format is a new module and a line in `FORMATS`.
"""

from pathlib import Path
from typing import BinaryIO, Protocol

from annotator.formats import jsonl, npz, table
from annotator.formats.sheet import BadFile, LabelTable, Sheet


class Format(Protocol):
    """The interface of a format's module."""

    FILE_NAME: str

    def write(self, sheet: Sheet, file: BinaryIO) -> None:
        """Write the sheet; the same sheet gives the same bytes."""

    def read(self, path: Path) -> LabelTable:
        """Read labels; broken rows are listed, a file that cannot be read at all raises BadFile."""


FORMATS: dict[str, Format] = {"csv": table, "jsonl": jsonl, "npz": npz}


def format_of(file_name: str) -> Format:
    """The format of a file of labels by its suffix. Raises BadFile for an unknown one."""
    suffix = Path(file_name).suffix.lower().removeprefix(".")
    if suffix in {"tsv", "txt"}:
        suffix = "csv"
    if suffix not in FORMATS:
        raise BadFile(f"{Path(file_name).name}: labels come in as .csv, .jsonl or .npz.")
    return FORMATS[suffix]
