"""Passwords: set at the first entry, changed with the old one, set anew after a fresh link."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from annotator.actions.links import withdraw_links
from annotator.errors import Conflict, Invalid
from annotator.models import Member, User
from annotator.news.kinds import MemberNews
from annotator.news.publish import lock_project, publish


def needs_old_password(user: User, entered_by_link: bool) -> bool:
    """Whether a new password takes the old one: not where there is none, nor right after a link proved as much."""
    return user.has_usable_password() and not entered_by_link


@transaction.atomic
def set_password(user: User, old: str, new: str, entered_by_link: bool) -> None:
    """Give the person a new password. Every other session of theirs ends with it, and every unused link.

    Invalid names the entry; Conflict when the password was changed elsewhere meanwhile.
    """
    if needs_old_password(user, entered_by_link) and not user.check_password(old):
        text = "This is not your present password. Ask a lead for a sign-in link if it is lost."
        raise Invalid("The present password is wrong.", {"old_password": [text]})
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise Invalid("This password cannot be used.", {"new_password": list(error.messages)}) from error
    before = user.password
    user.set_password(new)
    if not User.objects.filter(pk=user.pk, password=before).update(password=user.password):
        raise Conflict("Your password was changed elsewhere just now. Sign in with the new one.")
    withdraw_links(user)
    # Open sockets of the other sessions ask again whether they may listen.
    for project in Member.objects.filter(user=user).order_by("project_id").values_list("project_id", flat=True):
        lock_project(project)
        publish(project, MemberNews())
