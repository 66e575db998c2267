"""Many labels from one list of names: looked at first, then all made in one transaction, or none."""

from typing import Any

from django.db import transaction

from annotator.actions.imported_labels import living, make_labels, resembling
from annotator.errors import Conflict
from annotator.models import Project, User
from annotator.planning.vocabulary import folded, problem_of
from annotator.words import counted


def look_at(project_id: int, names: list[str]) -> list[dict[str, Any]]:
    """[{"name", "problem" ("" = it can be made), "like": labels it resembles}] for each name, in order."""
    known, before = living(project_id), set[str]()
    looked = resembling(project_id, names)
    for one, name in zip(looked, names, strict=True):
        one["problem"] = problem_of(name)
        if not one["problem"] and folded(name) in known:
            one["problem"] = "There is a label of this name already."
        elif not one["problem"] and folded(name) in before:
            one["problem"] = "It stands in the list twice."
        before.add(folded(name))
    return looked


@transaction.atomic
def add_labels(project: Project, user: User, names: list[str]) -> list[int]:
    """Make a label of each name, in order; their ids. Conflict, naming them, when one cannot be made: then none is."""
    wrong = [one for one in look_at(project.pk, names) if one["problem"]]
    if wrong:
        told = [f"'{one['name']}': {one['problem']}" for one in wrong]
        raise Conflict(f"{counted(len(wrong), 'name')} cannot be used, so no label was made.", {"names": told})
    return list(make_labels(project.pk, names, {}, user).values())
