"""Labels by their names: those that a project has, and those that a list or a table makes."""

from typing import Any

from annotator.actions.labels import create_label
from annotator.models import Label, User
from annotator.news.publish import lock_project
from annotator.planning.vocabulary import Words, folded

# Told apart by people with any colour vision; taken in turn.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d1f", "#56799e", "#7a4fa3", "#a63d40", "#4d7c2a", "#5b6770")


def living(project_id: int) -> dict[str, int]:
    """Folded name -> id of the project's labels that are not deleted."""
    labels = Label.objects.filter(project_id=project_id, deleted_at=None)
    return {folded(name): pk for pk, name in labels.values_list("pk", "name")}


def resembling(project_id: int, names: list[str]) -> list[dict[str, Any]]:
    """[{"name", "like": names of up to three labels of the project}]: what a new name may be a misspelling of."""
    words = Words(project_id)
    return [{"name": name.strip(), "like": [words.names[pk] for pk in words.like(name)]} for name in names]


def make_labels(
    project_id: int, names: list[str], vocabulary: dict[str, dict[str, Any]], user: User | None
) -> dict[str, int]:
    """Make those of the labels that are missing, in order, unknown everywhere; name -> id of all.

    `vocabulary` may say synonyms, group and rule of a name. Runs inside the caller's transaction.
    """
    lock_project(project_id)
    known, found = living(project_id), {}
    for told in names:
        name = told.strip()
        if folded(name) not in known:
            more = {key: vocabulary.get(told, {}).get(key) for key in ("synonyms", "group", "rule")}
            fields = {key: value for key, value in more.items() if value}
            label = create_label(project_id, user, name, colour=COLOURS[len(known) % len(COLOURS)], **fields)
            known[folded(name)] = label.pk
        found[told] = known[folded(name)]
    return found
