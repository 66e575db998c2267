"""Links that sign a person in once: made, replaced, withdrawn, used. Only their SHA-256 is stored.

Whoever holds a link can act as that person. So a lead only gets one for somebody who may do nothing that the lead may
not do, and whose account a lead of the same project made; both are asked again when the link is used.
"""

import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from annotator.actions.tokens import digest_of
from annotator.errors import Forbidden, NotFound
from annotator.models import SignInLink, User
from annotator.queries.members import open_links, why_no_link

SIGN_IN_LINK_HOURS = 24


def make_sign_in_link(user: User) -> str:
    """The secret of a link that signs this person in once, within a day; for the console, which may do anything."""
    return make_secret(user, None)


@transaction.atomic
def make_link_for(user: User, lead: User) -> str:
    """The secret of a fresh link, which replaces those of leads before. Forbidden where `why_no_link` says why."""
    refusal = why_no_link(user, lead)
    if refusal:
        raise Forbidden(refusal)
    withdraw_links_of_leads(user)
    return make_secret(user, lead)


def make_secret(user: User, made_by: User | None) -> str:
    """A new row, and the secret that is not kept."""
    secret = secrets.token_urlsafe(32)
    expires = timezone.now() + timedelta(hours=SIGN_IN_LINK_HOURS)
    SignInLink.objects.create(user=user, digest=digest_of(secret), expires_at=expires, made_by=made_by)
    return secret


def withdraw_links(user: User) -> int:
    """Withdraw every link of the person that was not used; how many."""
    return open_links([user]).update(revoked_at=timezone.now())


def withdraw_links_of_leads(user: User) -> int:
    """Withdraw the unused links that leads made, and leave those of the console; how many."""
    return open_links([user]).exclude(made_by=None).update(revoked_at=timezone.now())


def find_link(secret: str) -> SignInLink:
    """The link while it can be used. NotFound when it was used, withdrawn, is too old or never was."""
    link = SignInLink.objects.filter(digest=digest_of(secret)).select_related("user", "made_by").first()
    if link is not None and (not link.user.is_active or not open_links([link.user]).filter(pk=link.pk).exists()):
        link = None
    # Since it was made, its maker may have lost the project, or the person may have joined another.
    if link is None or (link.made_by is not None and why_no_link(link.user, link.made_by)):
        raise NotFound("This sign-in link was used already or is too old. Ask for a new one, or sign in by password.")
    return link


@transaction.atomic
def use_sign_in_link(secret: str) -> SignInLink:
    """Use the link up; NotFound when somebody was faster."""
    link = find_link(secret)
    if not open_links([link.user]).filter(pk=link.pk).update(used_at=timezone.now()):
        raise NotFound("This sign-in link was used already. Ask for a new one, or sign in by password.")
    return link
