"""Cells of text tables: states as text, and text that no spreadsheet takes for a formula."""

from collections.abc import Iterable
from typing import BinaryIO

# A spreadsheet runs a cell that begins so, full-width forms included.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
SHIELD = "'"

# Unknown is an empty cell: whatever reads a column as numbers then finds nothing there, and not a zero.
TEXT_OF_STATE = {0: "", 1: "1", -1: "-1"}


def neutral(text: str) -> str:
    """The text as it may stand in a cell: shielded by an apostrophe where it could run; `original` undoes it."""
    return SHIELD + text if text.startswith((*DANGEROUS, SHIELD)) else text


def original(text: str) -> str:
    """The text before `neutral`. An apostrophe that shields nothing is left alone."""
    return text[1:] if text.startswith(SHIELD) and text[1:].startswith((*DANGEROUS, SHIELD)) else text


def quoted(text: str) -> str:
    """A neutral cell, quoted where CSV needs it."""
    cell = neutral(text)
    if cell == cell.strip() and not any(mark in cell for mark in ',;"\r\n\t'):
        return cell
    return '"' + cell.replace('"', '""') + '"'


def write_lines(file: BinaryIO, lines: Iterable[str]) -> None:
    """The lines of a table, each with its end, in UTF-8."""
    file.write(("\n".join(lines) + "\n").encode())
