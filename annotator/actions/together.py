"""Two people at one image: whoever opens it second is told who has it, and the first is told who came and went."""

from collections.abc import Sequence

from django.db import transaction

from annotator.actions.leases import claim, release
from annotator.models import Image, Project, User
from annotator.news.kinds import TogetherNews
from annotator.news.publish import publish
from annotator.queries.leases import holder_of
from annotator.sql.turns import write_turn


def keep_open(project: Project, user: User, image_id: int, ahead: Sequence[int], tell: bool) -> User | None:
    """Lease the image this person looks at, and those that stand ready for them; who else has it open, None if nobody.

    `tell` says so to the other one as well. It is said anew now and then, so that a page which was reloaded hears it.
    """
    ready = Image.objects.filter(project=project, pk__in=ahead).values_list("pk", flat=True)
    mine = claim(project.pk, user.pk, [image_id, *(pk for pk in ready if pk != image_id)], project.lease_seconds)
    holder = None if image_id in mine else holder_of(image_id)
    if holder is not None and tell:
        say(project.pk, user, image_id, here=True)
    return holder


def give_back(project: Project, user: User, image_id: int) -> None:
    """Give the image back; one who only looked over another's shoulder says that they have gone."""
    if not release(project.pk, user.pk, image_id) and holder_of(image_id) is not None:
        say(project.pk, user, image_id, here=False)


def say(project_id: int, user: User, image_id: int, *, here: bool) -> None:
    """Tell the project's pages that this person has come to an open image, or has left it."""
    with write_turn(), transaction.atomic():
        publish(project_id, TogetherNews(image_id, user.pk, str(user), here))
