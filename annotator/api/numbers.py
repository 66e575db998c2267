"""Numbers with their range: a refusal says what may stand there, also of NaN and infinity."""

import math
from typing import Any

from rest_framework import serializers

from annotator.limits import Range


class Whole(serializers.IntegerField):
    """A whole number of a range."""

    def __init__(self, within: Range, **options: Any) -> None:
        least, most = int(within.least), int(within.most)
        said = f"Write a whole number from {least:,} to {most:,}."
        super().__init__(min_value=least, max_value=most, error_messages=always(said), **options)


class Share(serializers.FloatField):
    """A share of a range, which the page shows as a percentage."""

    def __init__(self, within: Range, **options: Any) -> None:
        least, most = within.least, within.most
        said = f"Write a share from {least:g} to {most:g}, that is {least * 100:g} to {most * 100:g} percent."
        super().__init__(min_value=least, max_value=most, error_messages=always(said), **options)

    def to_internal_value(self, data: Any) -> float:
        """The number; NaN passes every comparison and no database constraint."""
        value = float(super().to_internal_value(data))
        if not math.isfinite(value):
            self.fail("invalid")
        return value


def always(said: str) -> dict[str, Any]:
    """The same sentence for whatever is wrong with a number."""
    return dict.fromkeys(("invalid", "min_value", "max_value", "max_string_length", "null"), said)
