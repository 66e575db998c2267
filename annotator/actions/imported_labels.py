"""The labels that a table names: found in the project, or made."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from annotator.actions.labels import create_label
from annotator.models import Label, User
from annotator.news.publish import lock_project

NAME_LENGTH = 120
# So many labels are named for a new name that resembles them, and so much alike they have to be ("sae" and "sea").
MOST_LIKE, ALIKE = 3, 0.66
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
    known = living(project_id)
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


def living(project_id: int) -> dict[str, int]:
    """Folded name -> id of the project's labels that are not deleted."""
    labels = Label.objects.filter(project_id=project_id, deleted_at=None)
    return {folded(name): pk for pk, name in labels.values_list("pk", "name")}


def resembling(project_id: int, names: list[str]) -> list[dict[str, Any]]:
    """[{"name", "like": names of up to three labels of the project}]: what a new name may be a misspelling of."""
    labels = Label.objects.filter(project_id=project_id, deleted_at=None).values_list("name", "synonyms")
    known = {squeezed(word): name for name, synonyms in labels for word in (*synonyms, name)}
    return [
        {"name": name.strip(), "like": list(dict.fromkeys(known[word] for word in close(squeezed(name), known)))}
        for name in names
    ]


def close(word: str, known: dict[str, str]) -> list[str]:
    """The known words that differ from this one in few letters, the likeliest first."""
    return get_close_matches(word, known, MOST_LIKE, ALIKE)


def squeezed(name: str) -> str:
    """A name without what people write now so, now so: case, blanks, hyphens, and the s of a plural."""
    letters = "".join(letter for letter in folded(name) if letter.isalnum())
    return letters.removesuffix("s") or letters


def problem_of(name: str) -> str:
    """Why a label cannot be called so, or ""."""
    if len(name.strip()) > NAME_LENGTH:
        return f"The label name {name[:40]!r}… has {len(name)} letters; at most {NAME_LENGTH} are allowed."
    if not name.strip() or not name.strip().isprintable():
        return f"The label name {name!r} is empty or holds control characters."
    return ""


def make_labels(
    project_id: int, names: list[str], plan: LabelPlan, vocabulary: dict[str, dict[str, Any]], user: User | None
) -> None:
    """Make the missing labels in the table's order, unknown everywhere, and move them to `found`.

    `vocabulary` may say synonyms, group and rule of a name. Runs inside the caller's transaction.
    """
    lock_project(project_id)
    known = living(project_id)
    for place in plan.missing:
        name = names[place].strip()
        if folded(name) not in known:
            more = {key: vocabulary.get(names[place], {}).get(key) for key in ("synonyms", "group", "rule")}
            told = {key: value for key, value in more.items() if value}
            label = create_label(project_id, user, name, colour=COLOURS[len(known) % len(COLOURS)], **told)
            known[folded(name)] = label.pk
        plan.found[place] = known[folded(name)]
    plan.missing = []
