"""Acts of people as the page sends them, what the server says of each, and what is known in the end."""

import uuid
from typing import Any

from annotator.models import Mark
from tests.world import Answer, World

Cells = dict[tuple[int, int], int]
"""(image row, label column): value of every known cell."""


def op(kind: str, **fields: Any) -> dict[str, Any]:
    """An operation with an id of its own."""
    return {"id": str(uuid.uuid4()), "kind": kind, **fields}


def cell(world: World, image: int, label: int, value: int = -1) -> dict[str, int]:
    """What is said of the image and the label at these places of the world."""
    return {"image": world.images[image].pk, "label": world.labels[label].pk, "value": value}


def send(world: World, *operations: Any, role: str = "annotator") -> list[dict[str, Any]]:
    """The results of operations that are sent in one batch."""
    answer = world.post("sync/", {"operations": operations}, role=role)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def act(world: World, role: str, kind: str, **fields: Any) -> dict[str, Any]:
    """The result of one operation, whatever it is."""
    (result,) = send(world, op(kind, **fields), role=role)
    return result


def applied(world: World, role: str, kind: str, **fields: Any) -> dict[str, Any]:
    """The result of one operation, which must take effect."""
    result = act(world, role, kind, **fields)
    assert result["status"] == "applied", result
    return result


def mark(world: World, role: str, image: int, label: int, value: int) -> dict[str, Any]:
    """The result of a mark."""
    return act(world, role, "mark", **cell(world, image, label, value))


def closing(world: World, label: int | None = None) -> str:
    """Where in the project the closing of the label at this place, or of all labels, is stated and agreed to."""
    return "labelview/close/" if label is None else f"labelview/{world.labels[label].pk}/close/"


def stated(world: World, role: str = "lead", label: int | None = None) -> dict[str, Any]:
    """What closing would write, as it is said before anybody agrees."""
    answer = world.get(closing(world, label), role=role)
    assert answer.status_code == 200, answer.content
    return answer.json()


def agree(
    world: World, told: dict[str, Any], role: str = "lead", label: int | None = None, operation: uuid.UUID | None = None
) -> Answer:
    """Close what was stated."""
    body = {"operation": str(operation or uuid.uuid4()), "stamp": told["stamp"]}
    return world.post(closing(world, label), body, role=role)


def values(world: World) -> Cells:
    marks = Mark.objects.filter(project=world.project, resolved=True)
    return {(row, column): value for row, column, value in marks.values_list("image__row", "label__column", "value")}
