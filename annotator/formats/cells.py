"""Cells of text tables: tri-state values, and text that no spreadsheet takes for a formula."""

# A spreadsheet runs a cell that begins so, full-width forms included.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
SHIELD = "'"

# What people and programs write for present, absent and unknown.
STATES = {"": 0, "0": 0, "1": 1, "-1": -1, "+1": 1, "0.0": 0, "1.0": 1, "-1.0": -1}
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


def state(text: str) -> int | None:
    """1, -1 or 0 (blank too), or None when the text is none of them."""
    value = STATES.get(text)
    return STATES.get(text.strip()) if value is None else value
