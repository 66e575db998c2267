"""Doubts: marks that a model which did not train on them, and the look-alikes, disagree with."""

import json
from typing import Any

from annotator.models import Mark, Project
from annotator.queries.suggestions import home_path
from model.active.doubts import WORTH_LISTING

DOUBTS_LISTED, ALWAYS_SHOWN = 200, 10
MADE = ("value", "updated_at", "source", "annotator_id", "annotator__username", "annotator__display_name")


def doubts(project: Project, label_id: int | None = None) -> list[dict[str, Any]]:
    """Doubted marks of the live version with whose they are, most doubtful first; without those looked at since.

    All that stand out as probably wrong, and the first ALWAYS_SHOWN although they may not: the order is good where
    the chances are too modest.
    """
    version = project.live_version
    if version is None:
        return []
    path = home_path(version.directory) / "doubts.json"
    if not path.exists():
        return []
    content = json.loads(path.read_text())
    listed: list[dict[str, Any]] = content.get("doubts", []) if isinstance(content, dict) else content
    if label_id is not None:
        listed = [doubt for doubt in listed if doubt["label"] == label_id]
    marks = Mark.objects.filter(
        project=project, resolved=True, image__deleted_at=None, image__flagged="", label__deleted_at=None
    ).filter(image_id__in={doubt["image"] for doubt in listed})
    current = {(image, label): made for image, label, *made in marks.values_list("image_id", "label_id", *MADE)}
    still = []
    for doubt in listed:
        value, at, source, by, username, shown = current.get((doubt["image"], doubt["label"]), (0,) * len(MADE))
        if value == doubt["value"] and at <= version.created_at:
            whose = {"by": by, "by_name": shown or username, "source": source, "at": at}
            still.append({"chance": None, **doubt, **whose})
    stand_out = sum(doubt["chance"] is None or doubt["chance"] >= WORTH_LISTING for doubt in still)
    return still[: min(max(stand_out, ALWAYS_SHOWN), DOUBTS_LISTED)]
