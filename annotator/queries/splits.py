"""Which part of a data set a picture is in: by its group, so that look-alikes stay together and nothing moves later."""

import hashlib
from itertools import accumulate


def part_of(group: str, shares: dict[str, float]) -> str:
    """The part of this group. The same group and shares always give the same, whatever else is in the project.

    The first 64 bits of the group's SHA-256 are a place between 0 and 100; each part takes its share of that stretch.
    """
    place = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big") / 2**64 * 100
    ends = accumulate(shares.values())
    return next((name for name, end in zip(shares, ends, strict=True) if place < end), list(shares)[-1])
