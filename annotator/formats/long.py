"""CSV, long: one line a known cell, with whatever is wanted of it."""

from typing import BinaryIO

from annotator.formats.cells import quoted, write_lines
from annotator.formats.sheet import CELL_EXTRAS, PICTURE_EXTRAS, Sheet

FILE_NAME = "cells.csv"
TITLE = "CSV, a line a cell"
SAYS = "Picture, label and value: 1, -1, ? for can't tell. An unknown cell has no line."
LOSES = frozenset[str]()
EXTRAS = frozenset((*CELL_EXTRAS, *PICTURE_EXTRAS))
UNSURE = "?"


def write(sheet: Sheet, file: BinaryIO) -> None:
    """By picture, then label."""
    extras = [name for name in (*CELL_EXTRAS, *PICTURE_EXTRAS) if name in sheet.extras]
    told = {(mark.row, mark.column): mark for mark in sheet.marks}
    names = [quoted(name) for name in sheet.names]
    lines = [",".join(["image", "sha256", "label", "value", *(f"tern_{name}" for name in extras)])]
    for row, image in enumerate(sheet.images):
        about = {name: quoted(image.extra.get(name, "")) for name in extras if name in PICTURE_EXTRAS}
        start = f"{quoted(image.name)},{image.sha256}"
        values = sheet.matrix[row].tolist()
        unsure = set(sheet.cant_tell(row))
        for column, value in enumerate(values):
            if value == 0 and column not in unsure:
                continue
            cell = dict(about)
            if mark := told.get((row, column)):
                cell |= {"source": mark.source, "by": quoted(mark.by), "at": mark.at}
            if sheet.probability is not None and (chance := float(sheet.probability[row, column])) == chance:
                cell["probability"] = f"{chance:.4f}"
            besides = [cell.get(name, "") for name in extras]
            lines.append(",".join([start, names[column], str(value) if value else UNSURE, *besides]))
    write_lines(file, lines)
