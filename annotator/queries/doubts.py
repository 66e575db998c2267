"""Doubts: marks that a model which did not train on them, and the look-alikes, disagree with."""

import json
from typing import Any

from annotator.models import Mark, Project
from annotator.queries.suggestions import home_path
from model.active.doubts import WORTH_LISTING

DOUBTS_LISTED = 200


def doubts(project: Project, label_id: int | None = None, unlikely: bool = False) -> list[dict[str, Any]]:
    """Marks of the live version that stand out as probably wrong, most doubtful first; often there are none.

    Those changed or confirmed since are left out. `unlikely` adds the most doubtful of those that do not stand out.
    """
    version = project.live_version
    if version is None:
        return []
    path = home_path(version.directory) / "doubts.json"
    if not path.exists():
        return []
    content = json.loads(path.read_text())
    listed: list[dict[str, Any]] = content.get("doubts", []) if isinstance(content, dict) else content
    if not unlikely:
        listed = [doubt for doubt in listed if doubt.get("chance") is None or doubt["chance"] >= WORTH_LISTING]
    if label_id is not None:
        listed = [doubt for doubt in listed if doubt["label"] == label_id]
    current = {
        (image, label): (value, at)
        for image, label, value, at in Mark.objects.filter(
            project=project, resolved=True, image__deleted_at=None, image_id__in={doubt["image"] for doubt in listed}
        ).values_list("image_id", "label_id", "value", "updated_at")
    }
    open_doubts = []
    for doubt in listed:
        value, at = current.get((doubt["image"], doubt["label"]), (0, version.created_at))
        if value == doubt["value"] and at <= version.created_at:
            open_doubts.append({"chance": None, **doubt})
    return open_doubts[:DOUBTS_LISTED]
