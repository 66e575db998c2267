"""The people of a project, and for its leads who of them may be given a new link."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, QuerySet
from django.utils import timezone

from annotator.models import Member, Project, Role, SignInLink, User


@dataclass(frozen=True)
class Access:
    """How a member comes in: why this lead may hold no link for them ('' when they may), until when one is open."""

    why_no_link: str
    link_until: datetime | None
    has_entered: bool


def members_of(project: Project) -> list[Member]:
    """All members, by role and name."""
    return list(Member.objects.filter(project=project).select_related("user").order_by("role", "user__username"))


def open_links(users: Iterable[User]) -> QuerySet[SignInLink]:
    """Links that would sign one of these people in now."""
    return SignInLink.objects.filter(user__in=users, used_at=None, revoked_at=None, expires_at__gt=timezone.now())


def access_of(users: list[User], lead: User) -> dict[int, Access]:
    """User id -> how they come in, in three statements whatever their number."""
    until = dict(open_links(users).values_list("user_id").annotate(until=Max("expires_at")))
    reasons = why_no_links(users, lead)
    return {user.pk: Access(reasons[user.pk], until.get(user.pk), user.last_login is not None) for user in users}


def why_no_links(users: list[User], lead: User) -> dict[int, str]:
    """User id -> why this lead may not hold a link that signs in as this person; '' when they may.

    Whoever holds a link can act as the person. So the person may do nothing that the lead may not do, and their account
    was made in a project of the lead: whoever adds a name to a project must not be able to enter as that person.
    """
    led = set(Member.objects.filter(user=lead, role=Role.LEAD).values_list("project_id", flat=True))
    abroad = set(Member.objects.filter(user__in=users).exclude(project_id__in=led).values_list("user_id", flat=True))
    return {user.pk: reason(user, lead, led, user.pk in abroad) for user in users}


def why_no_link(user: User, lead: User) -> str:
    """As `why_no_links`, for one person."""
    return why_no_links([user], lead)[user.pk]


def reason(user: User, lead: User, led: set[int], works_abroad: bool) -> str:
    """The first reason against a link; '' when there is none."""
    if not user.is_active:
        return f"The account of {user} is closed."
    if lead.is_superuser:
        return ""
    if user.is_staff or user.is_superuser:
        return f"{user} looks after this Tern; whoever runs it makes such a link with 'manage.py sign_in_link'."
    if user.home_id not in led:
        return f"The account of {user} was not made in a project of yours; ask a lead of the project where it was."
    if works_abroad:
        return f"{user} also works in a project that you do not lead; ask whoever runs this Tern for a link."
    return ""
