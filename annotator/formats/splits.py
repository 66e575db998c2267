"""CSV of the part that each picture is in, beside whatever other formats a snapshot has."""

from collections import Counter
from typing import Any, BinaryIO

from annotator.formats.cells import quoted, write_lines
from annotator.formats.sheet import Sheet

FILE_NAME = "splits.csv"


def write(sheet: Sheet, file: BinaryIO) -> None:
    """One line per picture."""
    lines = ["image,sha256,split"]
    lines += [f"{quoted(image.name)},{image.sha256},{quoted(image.extra['split'])}" for image in sheet.images]
    write_lines(file, lines)


def told(sheet: Sheet, shares: dict[str, float]) -> dict[str, Any]:
    """What the manifest says of the parts: their shares, how they were drawn, and how many pictures each has."""
    if not shares:
        return {}
    counts = Counter(image.extra["split"] for image in sheet.images)
    return {
        "shares": shares,
        "rule": "the first 64 bits of SHA-256 of the group, over 2^64, times 100",
        "images": {name: counts[name] for name in shares},
    }
