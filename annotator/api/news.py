"""The kinds of news in the OpenAPI schema: events go through the socket, which it would know nothing of."""

import typing
from dataclasses import fields
from typing import Any

from drf_spectacular.plumbing import resolve_type_hint

from annotator.news.kinds import KINDS, News


def describe_news(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Hook of drf-spectacular: a component for each kind, named as its class."""
    for kind in KINDS:
        result["components"]["schemas"][kind.__name__] = shape_of(kind)
    return result


def shape_of(kind: type[News]) -> dict[str, Any]:
    """The JSON schema of what an event of this kind carries."""
    hints = typing.get_type_hints(kind)
    properties = {field.name: resolve_type_hint(hints[field.name]) for field in fields(kind)}
    return {"type": "object", "description": kind.__doc__, "properties": properties}
