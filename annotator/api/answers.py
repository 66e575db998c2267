"""Says in the schema what every answer keeps to, so that a typed client need not doubt each field."""

from typing import Any

# What an answer may leave out; everything else is always there, be it null.
OPTIONAL = {("Error", "fields")}
PARTIAL = {"JobProgress"}


def answers_are_whole(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Hook of drf-spectacular: all fields of an answer are required, and -1..1 is the three states, nothing between."""
    for name, shape in result["components"]["schemas"].items():
        properties = shape.get("properties", {})
        for prop in properties.values():
            if prop.get("type") == "integer" and (prop.get("minimum"), prop.get("maximum")) == (-1, 1):
                prop["enum"] = [-1, 0, 1, None] if prop.get("nullable") else [-1, 0, 1]
        if properties and not name.endswith("Request") and name not in PARTIAL:
            shape["required"] = sorted(prop for prop in properties if (name, prop) not in OPTIONAL)
    return result
