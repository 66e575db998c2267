"""Numbers with their range: a refusal says what may stand there, also of NaN and infinity."""

import math
from typing import Any

from rest_framework import serializers


class Whole(serializers.IntegerField):
    """A whole number from `least` to `most`."""

    def __init__(self, *, least: int, most: int, **options: Any) -> None:
        said = f"Write a whole number from {least:,} to {most:,}."
        messages = dict.fromkeys(("invalid", "min_value", "max_value", "max_string_length", "null"), said)
        super().__init__(min_value=least, max_value=most, error_messages=messages, **options)


class Share(serializers.FloatField):
    """A share from `least` to `most`, which the page shows as a percentage."""

    def __init__(self, *, least: float, most: float, **options: Any) -> None:
        said = f"Write a share from {least:g} to {most:g}, that is {least * 100:g} to {most * 100:g} percent."
        messages = dict.fromkeys(("invalid", "min_value", "max_value", "max_string_length", "null"), said)
        super().__init__(min_value=least, max_value=most, error_messages=messages, **options)

    def to_internal_value(self, data: Any) -> float:
        """The number; NaN passes every comparison and no database constraint."""
        value = float(super().to_internal_value(data))
        if not math.isfinite(value):
            self.fail("invalid")
        return value
