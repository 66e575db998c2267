"""What a table says of one cell, on its way to becoming a mark."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """What a line of a table says of one cell; `value` is 1 or -1."""

    image: int
    label: int
    value: int
    line: int
