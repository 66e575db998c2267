"""Plain Python types in the OpenAPI schema: what has no serializer is described from its own annotations."""

import typing
from typing import Any

from drf_spectacular.plumbing import resolve_type_hint

from annotator.news.kinds import KINDS
from model.storage.card import SHAPES

DESCRIBED: tuple[type, ...] = (*KINDS, *SHAPES)


def describe_plain(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Hook of drf-spectacular: a component for each kind of news and each part of a card, named as its class."""
    for shape in DESCRIBED:
        result["components"]["schemas"][shape.__name__] = shape_of(shape)
    return result


def shape_of(shape: type) -> dict[str, Any]:
    """The JSON schema of a dataclass or a TypedDict."""
    hints = typing.get_type_hints(shape)
    fields = {name: hint for name, hint in hints.items() if typing.get_origin(hint) is not typing.ClassVar}
    properties = {name: schema_of(hint) for name, hint in fields.items()}
    return {"type": "object", "description": shape.__doc__, "properties": properties}


def schema_of(hint: Any) -> dict[str, Any]:
    """The schema of one annotation; what is described by itself is referred to."""
    if hint in SHAPES:
        return reference(hint)
    if typing.get_origin(hint) is list and typing.get_args(hint)[0] in SHAPES:
        return {"type": "array", "items": reference(typing.get_args(hint)[0])}
    return resolve_type_hint(hint)


def reference(shape: type) -> dict[str, Any]:
    """Where the schema describes it."""
    return {"$ref": f"#/components/schemas/{shape.__name__}"}
