"""What the page says of training and versions, said here in the same words; a test holds the two together."""

from dataclasses import dataclass

from annotator.models import ModelVersion
from annotator.words import counted
from model.storage.card import read_card

LEVELS = {
    "quick": "A refit on stored features, in seconds. This is what runs by itself after a batch of marks.",
    "full": "The whole head on stored feature maps, in minutes.",
    "deep": "Looks at every picture enlarged too, which finds small things. Long; a stopped run goes on where it was.",
}
GOES_LIVE = "The new model goes live unless blind answers call it worse, or held-out marks say that it is broken."
SUGGESTS = "All suggestions come from model {} at once"
TURNED_ROUND = "Marks are not touched, and this can be turned round."
NOT_COMPARABLE = "The two were measured on different marks: their figures cannot be compared."
SOURCES = {"out-of-fold": "held-out marks", "audit": "blind answers"}


@dataclass(frozen=True)
class Figures:
    """What the card of a version says, as people read it."""

    precision: str
    calibration: str
    measured_on: str
    learned_from: str


def figures(version: ModelVersion) -> Figures:
    """The figures that help to choose between versions, each with its interval."""
    card = read_card(version.card)
    metrics, known = card["metrics"], card["known"]
    source = metrics["source"]
    return Figures(
        precision=estimate(metrics["map"], metrics["map_low"], metrics["map_high"]),
        calibration=estimate(metrics["ece"], metrics["ece_low"], metrics["ece_high"]),
        measured_on="–" if source is None else f"{metrics['n_heldout']:,} {SOURCES[source]}",
        learned_from="the label names" if not known else counted(known, "mark"),
    )


def measured_alike(version: ModelVersion, other: ModelVersion) -> bool:
    """Whether the figures of the two can be compared."""
    one, two = (read_card(each.card)["metrics"] for each in (version, other))
    return None in (one["map"], two["map"]) or one["source"] == two["source"]


def estimate(value: float | None, low: float | None, high: float | None) -> str:
    """A share with its interval where there is one: "71.3% (65.0% to 77.1%)"."""
    if value is None:
        return "not measured"
    return share(value) if low is None or high is None else f"{share(value)} ({share(low)} to {share(high)})"


def share(value: float) -> str:
    """As people read it: 71.3%."""
    return f"{value * 100:.1f}%"
