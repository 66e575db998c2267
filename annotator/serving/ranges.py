"""Conditions and byte ranges of RFC 9110 for a file that has a strong ETag: what of it a GET is to be answered with."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.http import parse_etags

# One range of whole bytes. Longer numbers than these name no byte of any file.
ONE_RANGE = re.compile(r"bytes=\s*(?P<first>[0-9]{0,19})\s*-\s*(?P<last>[0-9]{0,19})\s*", re.ASCII | re.IGNORECASE)


class NotSatisfiable(Exception):
    """The range begins behind the end of the file: 416."""


@dataclass(frozen=True)
class Part:
    """Bytes `start` up to and not including `stop` of a file of `size` bytes."""

    start: int
    stop: int
    size: int

    @property
    def length(self) -> int:
        """How many bytes."""
        return self.stop - self.start

    @property
    def content_range(self) -> str:
        """The Content-Range header."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size}"


def has_it(meta: Mapping[str, Any], etag: str) -> bool:
    """Whether If-None-Match says that the client has the file: 304. Proxies that compress make ETags weak."""
    told = parse_etags(meta.get("HTTP_IF_NONE_MATCH", ""))
    return "*" in told or etag in {one.removeprefix("W/") for one in told}


def asked_part(meta: Mapping[str, Any], size: int, *validators: str) -> Part | None:
    """The part that a GET asks for, None for the whole file. NotSatisfiable.

    A part is only given of the file that If-Range names by one of its `validators` (strong ETag, Last-Modified), so
    that a download that goes on never joins two files. Several ranges at once, and what is no range, get the whole.
    """
    if meta.get("REQUEST_METHOD", "GET") != "GET" or meta.get("HTTP_IF_RANGE", validators[0]) not in validators:
        return None
    found = ONE_RANGE.fullmatch(meta.get("HTTP_RANGE", ""))
    first, last = found.group("first", "last") if found else ("", "")
    if not first and not last:
        return None
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise NotSatisfiable
    return Part(start, stop, size)
