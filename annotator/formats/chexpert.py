"""CSV as CheXpert and MIMIC-CXR have it: 1 present, 0 absent, -1 uncertain, an empty cell for what is not mentioned."""

from typing import BinaryIO

from annotator.formats.cells import quoted, write_lines
from annotator.formats.sheet import Sheet

FILE_NAME = "chexpert.csv"
TITLE = "CheXpert"
SAYS = "One column a label: 1.0 present, 0.0 absent, -1.0 for can't tell, an empty cell for unknown."
LOSES = frozenset({"hash"})
EXTRAS = frozenset[str]()
TEXT = {1: "1.0", -1: "0.0", 0: ""}
UNCERTAIN = "-1.0"
OWN_COLUMNS = ("Path", "Sex", "Age", "Frontal/Lateral", "AP/PA")


def write(sheet: Sheet, file: BinaryIO) -> None:
    """One line per picture; of the columns that CheXpert has before its findings only `Path` says something."""
    lines = [",".join([*OWN_COLUMNS, *(quoted(name) for name in sheet.names)])]
    for row, image in enumerate(sheet.images):
        texts = [TEXT[value] for value in sheet.matrix[row].tolist()]
        for column in sheet.cant_tell(row):
            texts[column] = UNCERTAIN
        lines.append(",".join([quoted(image.name), *[""] * (len(OWN_COLUMNS) - 1), *texts]))
    write_lines(file, lines)
