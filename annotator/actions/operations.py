"""What a client may ask of the sync endpoint, checked: shapes and limits, before anything is read or written."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from annotator.errors import Invalid
from annotator.limits import ACT_CELLS, AFTER, LARGEST_ID, NAME, OPERATIONS_AT_ONCE
from annotator.models import Source

KINDS = ("mark", "cant_tell", "checked", "close", "page", "blind", "undo")
NEEDS = {
    "mark": ("image", "label", "value"),
    "cant_tell": ("image", "label"),
    "checked": ("image",),
    "close": ("image",),
    "page": (),
    "blind": ("question", "value"),
    "undo": (),
}
SOURCES = {
    "mark": {"human": Source.HUMAN, "accepted": Source.ACCEPTED},
    "page": {"human": Source.PAGE, "page": Source.PAGE, "accepted": Source.ACCEPTED, "closed": Source.CLOSED},
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One cell that an operation names; `base` is the version the client saw, None = it does not mind."""

    image: int
    label: int
    value: int
    base: int | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One operation of a client. `refusal` says what is wrong with it; the other fields are then not to be used.

    `after` names operations on top of which this one was made: a cell that is as one of them left it was seen so,
    whatever version that is. So nobody's second key need wait for the answer to the first.
    """

    id: str
    kind: str = ""
    image: int = 0
    label: int = 0
    cells: tuple[Ask, ...] = ()
    source: str = Source.HUMAN
    on: bool = True
    group: str = ""
    of: UUID | None = None
    after: tuple[UUID, ...] = ()
    question: int = 0
    value: int = 0
    refusal: str = ""

    def as_request(self) -> dict[str, Any]:
        """What was asked, in one fixed form: stored with the answer, so that an id used twice is noticed."""
        newer: dict[str, Any] = {"after": [str(one) for one in self.after]} if self.after else {}
        newer |= {"question": self.question, "value": self.value} if self.question else {}
        return newer | {
            "image": self.image,
            "label": self.label,
            "cells": [[ask.image, ask.label, ask.value, ask.base] for ask in self.cells],
            "source": str(self.source),
            "on": self.on,
            "group": self.group,
            "of": str(self.of) if self.of else None,
        }

    @property
    def uuid(self) -> UUID | None:
        """The id as a UUID; None when it is none, and then there is nothing to store an answer under."""
        return uuid_of(self.id)


class Refused(Exception):
    """This one operation is malformed."""


def uuid_of(value: Any) -> UUID | None:
    """The UUID that a text spells; None when it spells none."""
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def number(raw: dict[str, Any], name: str) -> int:
    """A positive whole number of the request."""
    value = raw.get(name)
    if type(value) is not int or not 0 < value <= LARGEST_ID:
        raise Refused(f"'{name}' must be the id of an {name}; it is {value!r}.")
    return value


def tri_state(raw: dict[str, Any]) -> int:
    """A value of the request: 1, -1 or 0."""
    value = raw.get("value")
    if type(value) is not int or value not in (-1, 0, 1):
        raise Refused(f"'value' must be 1 (present), -1 (absent) or 0 (unknown); it is {value!r}.")
    return value


def base_of(raw: dict[str, Any]) -> int | None:
    """The version the client saw."""
    base = raw.get("base")
    if base is not None and (type(base) is not int or base < 0):
        raise Refused(f"'base' must be the version the cell had, or null; it is {base!r}.")
    return base


def after_of(raw: dict[str, Any]) -> tuple[UUID, ...]:
    """The operations on top of which this one was made."""
    given = raw.get("after") or []
    if not isinstance(given, list) or len(given) > AFTER:
        raise Refused(f"'after' must be a list of at most {AFTER} ids of operations; it is {str(given)[:80]}.")
    found = [uuid_of(one) for one in given]
    known = tuple(one for one in found if one is not None)
    if len(known) < len(found):
        raise Refused("'after' must be a list of ids of operations, each a UUID.")
    return known


def undecided(raw: dict[str, Any], ids: dict[str, int], on: bool) -> tuple[Ask, ...]:
    """The cell that a "can't tell" sets back to unknown as well: with 'value': 0, not without one."""
    if raw.get("value") is None:
        return ()
    if tri_state(raw) != 0 or not on:
        raise Refused("'cant_tell' takes 'value': 0 to set the cell back to unknown too, with 'on': true.")
    return (Ask(ids["image"], ids["label"], 0, base_of(raw)),)


def cells_of(raw: dict[str, Any]) -> tuple[Ask, ...]:
    """The cells of a page."""
    cells = raw.get("cells")
    if not isinstance(cells, list) or not cells or not all(isinstance(cell, dict) for cell in cells):
        raise Refused("'cells' must be a list of {image, label, value, base}, with at least one.")
    if len(cells) > ACT_CELLS:
        raise Refused(f"'cells' has {len(cells)} entries; at most {ACT_CELLS} go into one operation.")
    asks = tuple(Ask(number(cell, "image"), number(cell, "label"), tri_state(cell), base_of(cell)) for cell in cells)
    if any(ask.value == 0 for ask in asks):
        raise Refused("A page marks cells present (1) or absent (-1); use 'mark' to set one back to unknown.")
    if len({(ask.image, ask.label) for ask in asks}) < len(asks):
        raise Refused("'cells' names the same cell twice.")
    return asks


def said_present(raw: dict[str, Any], image: int) -> tuple[Ask, ...]:
    """The suggestions that a closing takes as present, before it says of the rest that it is absent."""
    asks = cells_of(raw) if raw.get("cells") else ()
    if any(ask.image != image or ask.value != 1 for ask in asks):
        raise Refused("'cells' of a 'close' are cells of its image that are present (1); the rest becomes absent.")
    return asks


def check(raw: dict[str, Any]) -> Asked:
    """The operation, checked; Refused when it is malformed."""
    kind = raw.get("kind")
    if kind not in KINDS:
        raise Refused(f"'kind' must be one of {', '.join(KINDS)}; it is {kind!r}.")
    ids = {name: number(raw, name) for name in NEEDS[kind] if name != "value"}
    source = raw.get("source") or "human"
    if kind in SOURCES and source not in SOURCES[kind]:
        raise Refused(f"'source' must be one of {', '.join(SOURCES[kind])}; it is {source!r}.")
    on, group, of = raw.get("on", True), raw.get("group") or "", raw.get("of")
    if on is not None and not isinstance(on, bool):
        raise Refused(f"'on' must be true or false; it is {on!r}.")
    if not isinstance(group, str) or len(group) > NAME or not group.isprintable():
        raise Refused(f"'group' must be the name of a label group, at most {NAME} characters.")
    if kind == "undo" and uuid_of(of) is None:
        raise Refused(f"'of' must be the id of the operation to undo; it is {of!r}.")
    cells = cells_of(raw) if kind == "page" else ()
    if kind == "mark":
        cells = (Ask(ids["image"], ids["label"], tri_state(raw), base_of(raw)),)
    if kind == "close":
        cells = said_present(raw, ids["image"])
    if kind == "cant_tell":
        cells = undecided(raw, ids, on is not False)
    return Asked(
        id=str(raw["id"]), kind=kind, cells=cells, source=SOURCES.get(kind, {}).get(source, Source.HUMAN),
        on=on is not False, group=group, of=uuid_of(of) if kind == "undo" else None,
        image=ids.get("image", 0), label=ids.get("label", 0), after=after_of(raw),
        question=ids.get("question", 0), value=tri_state(raw) if kind == "blind" else 0,
    )  # fmt: skip


def parse(body: Any) -> list[Asked]:
    """The batch, each operation checked on its own; Invalid when it is no batch at all."""
    operations = body.get("operations") if isinstance(body, dict) else None
    if not isinstance(operations, list):
        raise Invalid("Send {'operations': [...]}.", {"operations": ["This must be a list of operations."]})
    if len(operations) > OPERATIONS_AT_ONCE:
        raise Invalid(f"{len(operations)} operations in one batch; send at most {OPERATIONS_AT_ONCE}.")
    return [parse_one(raw) for raw in operations]


def parse_one(raw: Any) -> Asked:
    """One operation; what is wrong with it stands in `refusal`."""
    if not isinstance(raw, dict):
        return Asked(id="", refusal=f"An operation must be an object; this is {type(raw).__name__}.")
    if uuid_of(raw.get("id")) is None:
        shown = str(raw.get("id"))[:80]
        return Asked(id=shown, refusal=f"'id' must be a UUID that the client made; it is {shown!r}.")
    try:
        return check(raw)
    except Refused as refusal:
        kind = raw.get("kind")
        return Asked(id=raw["id"], kind=kind if kind in KINDS else "", refusal=str(refusal))
