"""Fields for text that people write, and ids in addresses: what a database cannot hold is refused at the door."""

from typing import Any

from django.urls import register_converter
from rest_framework import serializers


class Line(serializers.CharField):
    """One line of printable text, blanks around it cut off."""

    def to_internal_value(self, data: Any) -> str:
        """The text; refused when it holds control characters or half characters."""
        text = super().to_internal_value(data)
        if not text.isprintable():
            raise serializers.ValidationError("Write one line of plain text, without control characters.")
        return text


class Lines(serializers.CharField):
    """Text of any number of lines."""

    def to_internal_value(self, data: Any) -> str:
        """The text; refused when it holds control characters other than line breaks and tabs."""
        text = super().to_internal_value(data)
        if not text.translate({9: 32, 10: 32, 13: 32}).isprintable():
            raise serializers.ValidationError("Write plain text, without control characters.")
        return text


class Choice(serializers.ChoiceField):
    """One of a few words; a refusal names them all."""

    def fail(self, key: str, **values: Any) -> Any:
        """Say what may stand here."""
        if key == "invalid_choice":
            words = ", ".join(str(choice) for choice in self.choices)
            raise serializers.ValidationError(f"{values.get('input')!r} cannot stand here. Write one of: {words}.")
        super().fail(key, **values)


class IdConverter:
    """An id in an address; nineteen digits and more are no id, and SQLite would overflow on them."""

    regex = "[0-9]{1,18}"

    def to_python(self, value: str) -> int:
        """The number."""
        return int(value)

    def to_url(self, value: int) -> str:
        """Its digits."""
        return str(value)


register_converter(IdConverter, "id")
