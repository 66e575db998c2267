"""Labels by their names: those that a project has, and those that a list or a table makes."""

from typing import Any

from annotator.actions.labels import create_label
from annotator.limits import COLOURS
from annotator.models import Label, User
from annotator.news.publish import lock_project
from annotator.planning.vocabulary import Words, folded


def living(project_id: int) -> dict[str, int]:
    """Folded name -> id of the project's labels that are not deleted."""
    labels = Label.objects.filter(project_id=project_id, deleted_at=None)
    return {folded(name): pk for pk, name in labels.values_list("pk", "name")}


def resembling(project_id: int, names: list[str]) -> list[dict[str, Any]]:
    """[{"name", "like": names of up to three labels of the project}]: what a new name may be a misspelling of."""
    words = Words(project_id)
    return [words.as_new(name) for name in names]


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
