"""Secrets that let people and scripts in. Only their SHA-256 is stored; the secret is shown once."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from annotator.errors import NotFound
from annotator.models import ApiToken, SignInLink, User

SIGN_IN_LINK_HOURS = 24
LAST_USED_EVERY = timedelta(minutes=1)


def digest_of(secret: str) -> str:
    """SHA-256, hexadecimal. The secrets have 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make_token(user: User, name: str) -> tuple[ApiToken, str]:
    """A new token for scripts and its secret, which is not kept."""
    secret = f"tern_{secrets.token_urlsafe(32)}"
    return ApiToken.objects.create(user=user, name=name, digest=digest_of(secret)), secret


def revoke_token(user: User, token_id: int) -> ApiToken:
    """Revoke the person's own token; revoking twice changes nothing."""
    ApiToken.objects.filter(pk=token_id, user=user, revoked_at=None).update(revoked_at=timezone.now())
    token = ApiToken.objects.filter(pk=token_id, user=user).first()
    if token is None:
        raise NotFound("You have no such token.")
    return token


def token_owner(secret: str) -> ApiToken | None:
    """The living token with this secret, its user loaded; None when unknown, revoked or the account is closed."""
    token = (
        ApiToken.objects.filter(digest=digest_of(secret), revoked_at=None, user__is_active=True)
        .select_related("user")
        .first()
    )
    if token is not None:
        now = timezone.now()
        if token.last_used_at is None or token.last_used_at < now - LAST_USED_EVERY:
            stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY)
            ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
    return token


def make_sign_in_link(user: User) -> str:
    """The secret of a link that signs this person in once, within a day."""
    secret = secrets.token_urlsafe(32)
    SignInLink.objects.create(
        user=user, digest=digest_of(secret), expires_at=timezone.now() + timedelta(hours=SIGN_IN_LINK_HOURS)
    )
    return secret


@transaction.atomic
def use_sign_in_link(secret: str) -> User:
    """The person the link signs in; NotFound when it was used, is too old or never was."""
    digest, now = digest_of(secret), timezone.now()
    claimed = SignInLink.objects.filter(digest=digest, used_at=None, expires_at__gt=now, user__is_active=True).update(
        used_at=now
    )
    if not claimed:
        raise NotFound("This sign-in link was used already or is too old. Ask for a new one, or sign in by password.")
    return SignInLink.objects.select_related("user").get(digest=digest).user
