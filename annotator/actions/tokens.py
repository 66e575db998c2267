"""Secrets that let scripts in. Only their SHA-256 is stored; the secret is shown once."""

import hashlib
import secrets
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from annotator.errors import NotFound
from annotator.models import ApiToken, User

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
