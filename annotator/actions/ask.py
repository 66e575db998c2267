"""Give a person the next images, each leased to nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

from django.utils import timezone

from annotator.actions.leases import claim, leave
from annotator.models import Project
from annotator.queries.images import details
from annotator.queries.queue import open_to, queue_for, why_empty
from annotator.queries.state import state_of

ROUNDS = 4


@dataclass(frozen=True)
class Request:
    """`after` are the images left behind since the last request; `exclude` those the page still holds."""

    mode: str
    count: int = 1
    after: tuple[int, ...] = ()
    exclude: set[int] = field(default_factory=set)


def next_images(project: Project, user_id: int, asked: Request) -> dict[str, Any]:
    """Lease up to `count` images.

    {"images": details, "again": ids of those left for later before, "remaining", "reason" why there is none, "mode"}
    """
    exclude = asked.exclude | set(asked.after)
    if asked.after:
        leave(project.pk, user_id, still_open(project, user_id, asked.after))
    for _ in range(ROUNDS):
        queue = queue_for(project, user_id, asked.mode, exclude, asked.count)
        won = claim_first(project, user_id, list(queue.image_ids()), asked.count)
        # Others may have been quicker with every candidate; those are leased now, so the next round sees past them.
        if won or not queue.rows:
            break
    until = timezone.now() + timedelta(seconds=project.lease_seconds)
    leases = {image: {"annotator": user_id, "expires_at": until} for image in won}
    return {
        "images": details(project, user_id, won, leases),
        "again": [image for image in won if queue.state.row_of[image] in queue.skipped],
        "remaining": queue.remaining,
        "reason": None if won else why_empty(queue, user_id),
        "mode": asked.mode,
    }


def claim_first(project: Project, user_id: int, candidates: list[int], count: int) -> list[int]:
    """Lease the first `count` candidates that nobody else holds, in their order."""
    won: list[int] = []
    waiting = iter(candidates)
    while len(won) < count and (batch := list(islice(waiting, count - len(won)))):
        got = claim(project.pk, user_id, batch, project.lease_seconds)
        won += [image for image in batch if image in got]
    return won


def still_open(project: Project, user_id: int, image_ids: Sequence[int]) -> dict[int, bool]:
    """Whether each of these images, as far as the project has them, still has something to ask of this person."""
    state = state_of(project)
    with state.lock:
        eligible = open_to(state, user_id)
        rows = {image: state.row_of[image] for image in image_ids if image in state.row_of}
    return {image: bool(eligible[row]) for image, row in rows.items()}
