"""Pictures as pictures: usable, set aside with a reason, or deleted; and whose marks they hold."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet

from annotator.limits import days_left, still_there_since
from annotator.models import Image, Mark, Project
from annotator.queries.images import brief

STATES = ("all", "usable", "flagged", "deleted")


@dataclass(frozen=True)
class Asked:
    """Which pictures: of one state, with `search` in their file name, in rows after `after`."""

    state: str = "all"
    search: str = ""
    after: int = -1
    limit: int = 60


def of_state(project: Project, state: str) -> "QuerySet[Image]":
    """The pictures of one of STATES; of the deleted ones those that can be brought back."""
    images = Image.objects.filter(project=project)
    if state == "deleted":
        return images.filter(deleted_at__gt=still_there_since())
    living = images.filter(deleted_at=None)
    if state == "flagged":
        return living.exclude(flagged="")
    return living.filter(flagged="") if state == "usable" else living


def pictures(project: Project, asked: Asked) -> dict[str, Any]:
    """{"counts": by state, "results": a page of pictures by row, "next": row to go on after or null}."""
    chosen = of_state(project, asked.state).filter(row__gt=asked.after)
    if asked.search:
        chosen = chosen.filter(file_name__icontains=asked.search)
    page = list(chosen.order_by("row")[: asked.limit + 1])
    more, page = len(page) > asked.limit, page[: asked.limit]
    work = work_on([image.pk for image in page])
    return {
        "counts": {state: of_state(project, state).count() for state in STATES},
        "results": [picture(project.pk, image) | {"work": work[image.pk]} for image in page],
        "next": page[-1].row if more else None,
    }


def picture(project_id: int, image: Image) -> dict[str, Any]:
    """One picture as a picture."""
    return brief(project_id, image) | {
        "flagged": image.flagged,
        "flagged_by": image.flagged_by_id,
        "flagged_at": image.flagged_at,
        "deleted_by": image.deleted_by_id,
        "deleted_at": image.deleted_at,
        "days_left": days_left(image.deleted_at),
    }


def work_on(image_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """By picture: whose present marks it holds and how many, most first."""
    work: dict[int, list[dict[str, Any]]] = defaultdict(list)
    marks = Mark.objects.filter(image__in=image_ids, resolved=True, label__deleted_at=None).order_by()
    told = marks.values("image_id", "annotator_id", "annotator__username", "annotator__display_name")
    for row in told.annotate(marks=Count("pk")).order_by("-marks", "annotator_id"):
        name = row["annotator__display_name"] or row["annotator__username"]
        work[row["image_id"]].append({"person": row["annotator_id"], "name": name, "marks": row["marks"]})
    return work
