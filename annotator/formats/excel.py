"""Excel: the wide table as a sheet."""

import tempfile
from datetime import UTC, datetime
from typing import BinaryIO

from annotator.errors import Invalid
from annotator.formats.cells import neutral
from annotator.formats.sheet import PICTURE_EXTRAS, Sheet
from annotator.formats.table import header
from annotator.words import counted

FILE_NAME = "labels.xlsx"
TITLE = "Excel"
SAYS = "The wide table as a sheet: 1, -1, an empty cell for unknown."
LOSES = frozenset({"cant_tell"})
EXTRAS = frozenset(PICTURE_EXTRAS)
# What one sheet and one cell hold: "Excel specifications and limits" of its makers.
ROWS, COLUMNS, CHARACTERS = 1_048_576, 16_384, 32_767
# A book says when it was made; ours says the same of the same labels.
MADE = datetime(2000, 1, 1, tzinfo=UTC)


def write(sheet: Sheet, file: BinaryIO) -> None:
    """Texts are texts, whatever they begin with: none is a formula or a link. Raises Invalid for too many."""
    names = header(sheet)
    most = f"{counted(ROWS - 1, 'picture')} and {counted(COLUMNS, 'column')}"
    if len(sheet.images) >= ROWS or len(names) > COLUMNS:
        raise Invalid(f"An Excel sheet holds {most}. Take CSV or Parquet.")
    # Here and not above: every process that serves would load it.
    import xlsxwriter

    # In constant memory, rows go to a file of their own while they are written.
    options = {"constant_memory": True, "tmpdir": tempfile.gettempdir()}
    with xlsxwriter.Workbook(file, options) as book:
        book.set_properties({"created": MADE})
        page = book.add_worksheet("labels")
        for place, text in enumerate(names):
            page.write_string(0, place, neutral(text)[:CHARACTERS])
        for row, (image, values) in enumerate(zip(sheet.images, sheet.matrix.tolist(), strict=True), 1):
            texts = [image.name, image.sha256, *(image.extra[name] for name in sheet.picture_extras)]
            for place, text in enumerate(texts):
                page.write_string(row, place, neutral(text)[:CHARACTERS])
            for place, value in enumerate(values, len(texts)):
                if value:
                    page.write_number(row, place, value)
