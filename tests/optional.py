"""What may be None by its type, and is not where a test reads it."""

from typing import TypeVar

T = TypeVar("T")


def unwrap(value: T | None) -> T:
    """The value, which must be there."""
    assert value is not None
    return value
