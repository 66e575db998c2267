"""The card of a version (`result.json`): what a training learned from, and how good it was measured to be.

The trainer writes it, the application keeps it in its table of versions and sends it to the page, whose types are made
from these. Keys are explained in `docs/model.md`. A key may be added with a value in `unsaid` or `unsaid_label`, which
cards that were written before it then show; when a key changes its meaning, `FORMAT` goes up.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

from model.storage.durable import BadInput, read_json, write_json

FILE = "result.json"
FORMAT = 1
Stage = Literal["name", "learning", "trained"]


class CurvePoint(TypedDict):
    """A place of the reliability curve: suggested, and found present among `answers` blind ones, with 90 % interval."""

    probability: float
    present: float
    low: float
    high: float
    answers: int


class Metrics(TypedDict):
    """Quality over all labels with 90 % intervals, null where too little was known; `source` says by what measured."""

    map: float | None
    map_low: float | None
    map_high: float | None
    ece: float | None
    ece_low: float | None
    ece_high: float | None
    n_heldout: int
    source: Literal["out-of-fold", "audit"] | None
    curve: list[CurvePoint]


class LabelQuality(TypedDict):
    """One label: average precision with its 90 % interval, what it was learned from, and accepting thresholds."""

    id: int
    ap: float | None
    ap_low: float | None
    ap_high: float | None
    known: int
    positives: int
    stage: Stage
    accept_present: float | None
    accept_absent: float | None
    concepts: list[list[str | float]]


class Unreadable(TypedDict):
    """A picture that could not be decoded, and why."""

    id: int
    error: str


class Card(TypedDict):
    """A version's card. `names`: label id (as text) -> the name and synonyms under which it was scored."""

    format: int
    state: Literal["done", "stopped"]
    method: Literal["prior", "tern"]
    level: str | None
    n_images: int
    n_labels: int
    known: int | None
    metrics: Metrics
    labels: list[LabelQuality]
    names: dict[str, list[str]]
    choices: dict[str, float | bool]
    unreadable: list[Unreadable]
    checksums: dict[str, str]
    peak_mib: float | None
    stages: dict[str, float]
    seconds: float | None


SHAPES = (Card, Metrics, CurvePoint, LabelQuality, Unreadable)


def unsaid() -> Card:
    """A card that says nothing yet."""
    return {
        "format": FORMAT,
        "state": "done",
        "method": "prior",
        "level": None,
        "n_images": 0,
        "n_labels": 0,
        "known": None,
        "metrics": unsaid_metrics(),
        "labels": [],
        "names": {},
        "choices": {},
        "unreadable": [],
        "checksums": {},
        "peak_mib": None,
        "stages": {},
        "seconds": None,
    }


def unsaid_metrics() -> Metrics:
    """Nothing was measured."""
    return {
        "map": None,
        "map_low": None,
        "map_high": None,
        "ece": None,
        "ece_low": None,
        "ece_high": None,
        "n_heldout": 0,
        "source": None,
        "curve": [],
    }


def unsaid_label(number: int) -> LabelQuality:
    """A label of which only the name is known."""
    return {
        "id": number,
        "ap": None,
        "ap_low": None,
        "ap_high": None,
        "known": 0,
        "positives": 0,
        "stage": "name",
        "accept_present": None,
        "accept_absent": None,
        "concepts": [],
    }


def read_card(said: Mapping[str, Any]) -> Card:
    """A card as any version of Tern wrote it, with every key of today and no other.

    Raises BadInput for a card of a later format.
    """
    written = said.get("format", FORMAT)
    if written > FORMAT:
        raise BadInput(f"the card of a version has format {written}, this Tern reads up to {FORMAT}: use a newer one")
    card = filled(cast("dict[str, Any]", unsaid()), said)
    card["metrics"] = filled(cast("dict[str, Any]", unsaid_metrics()), card["metrics"])
    card["labels"] = [filled(cast("dict[str, Any]", unsaid_label(one["id"])), one) for one in card["labels"]]
    return cast("Card", card)


def filled(empty: dict[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """`empty` with what was said of its keys."""
    return empty | {key: said[key] for key in empty.keys() & said.keys()}


def open_card(folder: Path) -> Card:
    """The card in a run directory. Raises BadInput when it is absent, broken or of a later format."""
    return read_card(read_json(folder / FILE))


def write_card(folder: Path, card: Card) -> None:
    """Put the card into a run directory: with it, and not before, the run is done."""
    write_json(folder / FILE, card)
