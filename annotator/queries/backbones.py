"""With which backbone a version was made. A project may have another by now, and both must go on working."""

import json
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from annotator.models import ModelVersion, Project
from annotator.queries.suggestions import home_path


@dataclass(frozen=True)
class Made:
    """Backbone, size of its input, and the overrides that say which weights and which reader of names."""

    backbone: str
    image_size: int
    overrides: dict[str, Any]


def made_with(project: Project, version: ModelVersion | None) -> Made:
    """What made the version; what the project has now without one, or where its files do not say."""
    chosen = {"backbone_weights": settings.TERN_BACKBONE_WEIGHTS, "prior": settings.TERN_PRIOR}
    now = Made(project.backbone, project.image_size, {name: value for name, value in chosen.items() if value})
    path = home_path(version.directory) / "config.json" if version is not None else None
    if path is None or not path.exists():
        return now
    said = json.loads(path.read_text())
    return Made(said["backbone"], said["image_size"], said.get("overrides", {}))
