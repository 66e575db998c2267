"""Who is asking: the page by session, scripts by token."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from annotator.actions.tokens import token_owner
from annotator.models import ApiToken, User

SCHEMES = {b"token", b"bearer"}


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token <secret>` (or `Bearer`). Only the secret's SHA-256 is compared."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's owner; None when the request carries no token."""
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() not in SCHEMES:
            return None
        if len(parts) != 2:
            raise AuthenticationFailed("Write the header as 'Authorization: Token <secret>', with one space.")
        token = token_owner(parts[1].decode("latin-1"))
        if token is None:
            raise AuthenticationFailed("This token is unknown or revoked. Make a new one under your name.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Makes DRF answer 401 instead of 403 when nobody is signed in."""
        return "Token"


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema describes tokens."""

    target_class = "annotator.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """The OpenAPI security scheme."""
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "Token <secret>"}
