"""Labels with what is known of them: counts from the marks, stage and thresholds from the live version."""

from typing import Any

from annotator.limits import days_left
from annotator.models import Label, Project
from annotator.queries.state import state_of
from model.metrics.interval import least_right
from model.storage.card import LabelQuality, read_card, unsaid_label


def card_entries(project: Project) -> dict[int, LabelQuality]:
    """What the live version's card says of each label, by label id; empty before the first version."""
    version = project.live_version
    return {entry["id"]: entry for entry in read_card(version.card)["labels"]} if version else {}


def concepts_of(entry: LabelQuality) -> list[dict[str, Any]]:
    """What the label's name is read as."""
    return [{"name": name, "weight": weight} for name, weight in entry["concepts"]]


def labels_json(project: Project, labels: list[Label]) -> list[dict[str, Any]]:
    """Labels as the API shows them."""
    state = state_of(project)
    with state.lock:
        present, absent = state.counts()
    entries = card_entries(project)
    needed = least_right(project.wanted_precision)
    said = [entries.get(label.pk) or unsaid_label(label.pk) for label in labels]
    return [label_json(label, present, absent, entry, needed) for label, entry in zip(labels, said, strict=True)]


def label_json(label: Label, present: Any, absent: Any, entry: LabelQuality, needed: int) -> dict[str, Any]:
    """One label; `present` and `absent` count cells by column, `entry` is the card's.

    `needed`: with fewer pictures marked present, no suggestion of any label can have earned acceptance.
    """
    inside = label.column < len(present)
    positives = int(present[label.column]) if inside else 0
    return {
        "id": label.pk,
        "column": label.column,
        "name": label.name,
        "synonyms": label.synonyms,
        "group": label.group,
        "key": label.key,
        "colour": label.colour,
        "rule": label.rule,
        "rule_version": label.rule_version,
        "stage": entry["stage"],
        "known": positives + (int(absent[label.column]) if inside else 0),
        "positives": positives,
        "accept_present": entry["accept_present"],
        "accept_absent": entry["accept_absent"],
        "accept_needs": needed,
        "concepts": concepts_of(entry),
        "deleted_at": label.deleted_at,
        "days_left": days_left(label.deleted_at),
    }
