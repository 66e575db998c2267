"""The labels that a table names: found in the project, or made."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import F

from annotator.actions.events import publish
from annotator.models import Label, LabelRevision, Project, User

NAME_LENGTH = 120
# Told apart by people with any colour vision; taken in turn.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d1f", "#56799e", "#7a4fa3", "#a63d40", "#4d7c2a", "#5b6770")


@dataclass
class LabelPlan:
    """`found` maps places in the table to label ids; `missing` are places whose label has to be made."""

    found: dict[int, int] = field(default_factory=dict)
    missing: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def folded(name: str) -> str:
    """Names that differ only in case or outer blanks mean the same label."""
    return name.strip().casefold()


def plan_labels(project_id: int, names: list[str]) -> LabelPlan:
    """Look the names up among the project's living labels."""
    known = {folded(name): pk for pk, name in living(project_id).values_list("pk", "name")}
    plan, missing = LabelPlan(), set[str]()
    for place, name in enumerate(names):
        if folded(name) in known:
            plan.found[place] = known[folded(name)]
        elif problem := problem_of(name):
            plan.errors.append(problem)
        elif folded(name) in missing:
            plan.errors.append(f"Label {name!r} stands there twice, written differently. Keep one.")
        else:
            missing.add(folded(name))
            plan.missing.append(place)
    return plan


def living(project_id: int) -> Any:
    """The project's labels that are not deleted."""
    return Label.objects.filter(project_id=project_id, deleted_at=None)


def problem_of(name: str) -> str:
    """Why a label cannot be called so, or ""."""
    if len(name.strip()) > NAME_LENGTH:
        return f"The label name {name[:40]!r}… has {len(name)} letters; at most {NAME_LENGTH} are allowed."
    if not name.strip() or any(ord(letter) < 32 for letter in name):
        return f"The label name {name!r} is empty or holds control characters."
    return ""


def make_labels(
    project_id: int, names: list[str], plan: LabelPlan, vocabulary: dict[str, dict[str, Any]], user: User | None
) -> None:
    """Make the missing labels in the table's order, unknown everywhere, and move them to `found`.

    `vocabulary` may say synonyms, group and rule of a name. Runs inside the caller's transaction.
    """
    if not plan.missing:
        return
    project = Project.objects.select_for_update().get(pk=project_id)
    taken = {folded(name): pk for pk, name in living(project_id).values_list("pk", "name")}
    column = project.next_column
    for place in plan.missing:
        name = names[place].strip()
        if folded(name) in taken:
            plan.found[place] = taken[folded(name)]
            continue
        more = {key: vocabulary.get(names[place], {}).get(key) for key in ("synonyms", "group", "rule")}
        label = Label.objects.create(
            project_id=project_id, column=column, name=name, colour=COLOURS[column % len(COLOURS)],
            **{key: value for key, value in more.items() if value},
        )  # fmt: skip
        LabelRevision.objects.create(
            label=label, rule_version=1, name=name, synonyms=label.synonyms, rule=label.rule, changed_by=user
        )
        plan.found[place] = label.pk
        column += 1
    Project.objects.filter(pk=project_id).update(next_column=F("next_column") + column - project.next_column)
    plan.missing = []
    publish(project_id, "labels", {})
