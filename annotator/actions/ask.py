"""Give a person the next images, each leased to nobody else."""

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
    """`after` is the image just left; `exclude` those the page still holds."""

    mode: str
    count: int = 1
    after: int | None = None
    exclude: set[int] = field(default_factory=set)


def next_images(project: Project, user_id: int, asked: Request) -> dict[str, Any]:
    """Lease up to `count` images: {"images": details, "remaining", "reason" why there is none, "mode"}."""
    exclude = set(asked.exclude)
    if asked.after is not None:
        exclude.add(asked.after)
        leave(project.pk, user_id, asked.after, undecided=still_open(project, user_id, asked.after))
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
        "remaining": queue.remaining,
        "reason": None if won else why_empty(queue, user_id, len(exclude)),
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


def still_open(project: Project, user_id: int, image_id: int) -> bool:
    """Whether the image still has something to ask of this person."""
    state = state_of(project)
    with state.lock:
        row = state.row_of.get(image_id)
        return row is not None and bool(open_to(state, user_id)[row])
