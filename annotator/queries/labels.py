"""Labels with what is known of them: counts from the marks, stage and thresholds from the live version."""

from typing import Any

from annotator.models import Label, Project
from annotator.models.limits import days_left
from annotator.queries.state import state_of
from model.metrics.interval import least_right


def card_entries(project: Project) -> dict[int, dict[str, Any]]:
    """What the live version's card says of each label, by label id; empty before the first version."""
    version = project.live_version
    return {entry["id"]: entry for entry in version.card.get("labels", [])} if version else {}


def concepts_of(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """What the label's name is read as."""
    return [{"name": name, "weight": weight} for name, weight in entry.get("concepts", [])]


def labels_json(project: Project, labels: list[Label]) -> list[dict[str, Any]]:
    """Labels as the API shows them."""
    state = state_of(project)
    with state.lock:
        present, absent = state.counts()
    entries = card_entries(project)
    needed = least_right(project.wanted_precision)
    return [label_json(label, present, absent, entries.get(label.pk, {}), needed) for label in labels]


def label_json(label: Label, present: Any, absent: Any, entry: dict[str, Any], needed: int) -> dict[str, Any]:
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
        "stage": entry.get("stage", "name"),
        "known": positives + (int(absent[label.column]) if inside else 0),
        "positives": positives,
        "accept_present": entry.get("accept_present"),
        "accept_absent": entry.get("accept_absent"),
        "accept_needs": needed,
        "concepts": concepts_of(entry),
        "deleted_at": label.deleted_at,
        "days_left": days_left(label.deleted_at),
    }
