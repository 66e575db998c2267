"""Model versions as people see them."""

from typing import Any

from django.db.models import QuerySet

from annotator.errors import NotFound
from annotator.models import ModelVersion, Project
from model.storage.card import read_card

VERSIONS_LISTED = 100


def versions_of(project: Project) -> QuerySet[ModelVersion]:
    """The project's versions, newest first."""
    return ModelVersion.objects.filter(project=project).select_related("run").order_by("-number")


def get_version(project: Project, number: int) -> ModelVersion:
    """One version; NotFound when there is none of this number."""
    version = versions_of(project).filter(number=number).first()
    if version is None:
        raise NotFound(f"There is no model {number} in this project.")
    return version


def version_json(version: ModelVersion, live_id: int | None) -> dict[str, Any]:
    """A version with its card; `usable` says whether its files are still there to be promoted."""
    return {
        "number": version.number,
        "method": version.method,
        "level": version.run.level if version.run else None,
        "card": read_card(version.card),
        "live": version.pk == live_id,
        "usable": bool(version.scores_file),
        "note": version.note,
        "created_at": version.created_at,
        "promoted_at": version.promoted_at,
    }
