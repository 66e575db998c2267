"""CSV with one column that lists the labels present in a picture."""

from typing import BinaryIO

from annotator.formats.cells import quoted, write_lines
from annotator.formats.sheet import BETWEEN, Sheet

FILE_NAME = "lists.csv"
TITLE = "CSV, a list of labels"
SAYS = "Picture and the labels present in it, set apart by |. A label that is not listed may be absent or unknown."
LOSES = frozenset({"absent", "cant_tell"})
EXTRAS = frozenset[str]()


def write(sheet: Sheet, file: BinaryIO) -> None:
    """One line per picture; an empty list where nothing is known to be present. Bars in names become slashes."""
    names = [name.replace(BETWEEN, "/") for name in sheet.names]
    lines = ["image,sha256,labels"]
    for row, image in enumerate(sheet.images):
        present = BETWEEN.join(names[column] for column in sheet.of_state(row, 1))
        lines.append(",".join([quoted(image.name), image.sha256, quoted(present)]))
    write_lines(file, lines)
