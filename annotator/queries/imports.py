"""Imports of a project."""

from django.db.models import QuerySet

from annotator.errors import NotFound
from annotator.models import Import, Project

IMPORTS_LISTED = 30


def imports_of(project: Project) -> "QuerySet[Import]":
    """The project's imports, newest first."""
    return Import.objects.filter(project=project).select_related("job__training", "created_by").order_by("-pk")


def get_import(project: Project, number: int) -> Import:
    """One import; NotFound when the project has none of this number."""
    found = imports_of(project).filter(pk=number).first()
    if found is None:
        raise NotFound(f"There is no import {number} in this project.")
    return found
