"""Which encoding a text file is in: by its mark, as UTF-8 when it is, else guessed, and then said."""

import codecs
from pathlib import Path
from typing import NamedTuple

from charset_normalizer import from_bytes

from annotator.tables.parts import BadTable

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CHUNK = 1024 * 1024
# More than this tells no better which language it is.
SAMPLE = 200_000


class Encoding(NamedTuple):
    """A codec's name, and whether it was only guessed."""

    name: str
    guessed: bool


def encoding_of(path: Path) -> Encoding:
    """The encoding of a text file. Raises BadTable when it is no text."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if not head:
        raise BadTable(f"{path.name} is empty. Its first line must name the columns.")
    for mark, name in MARKS:
        if head.startswith(mark):
            return Encoding(name, False)
    if (unmarked := wide_without_mark(head)) is not None:
        return Encoding(unmarked, False)
    if b"\0" in head:
        raise BadTable(f"{path.name} is not text. Save it as CSV, Excel, Parquet, NPZ or JSON.")
    odd = first_odd_bytes(path)
    if odd is None:
        return Encoding("utf-8", False)
    # The sample must hold what is not ASCII, which may come late.
    best = from_bytes(odd).best()
    return Encoding(best.encoding if best is not None else "cp1252", True)


def wide_without_mark(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of its ASCII is zero."""
    even, odd = head[0:2000:2].count(0), head[1:2000:2].count(0)
    half = len(head[:2000]) // 2
    if half >= 2 and odd > 0.7 * half and even == 0:
        return "utf-16-le"
    return "utf-16-be" if half >= 2 and even > 0.7 * half and odd == 0 else None


def first_odd_bytes(path: Path) -> bytes | None:
    """None when the whole file is UTF-8, else bytes around the first that are not."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                lines = chunk[max(0, error.start - SAMPLE // 2) :][:SAMPLE].splitlines()
                odd = [line for line in lines if not line.isascii()]
                return b"\n".join(odd) or chunk[:SAMPLE]
        try:
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            return chunk or b"\xe9"
    return None
