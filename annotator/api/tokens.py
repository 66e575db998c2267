"""Tokens for scripts: made, listed and revoked by their owner."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions.tokens import make_token, revoke_token
from annotator.api.text import Line
from annotator.errors import Forbidden
from annotator.limits import SHOWN_NAME
from annotator.models import ApiToken, User


class Token(serializers.ModelSerializer):
    """A script's key, without its secret."""

    name = Line(max_length=SHOWN_NAME)

    class Meta:
        model = ApiToken
        fields = ("id", "name", "created_at", "last_used_at", "revoked_at")
        read_only_fields = ("created_at", "last_used_at", "revoked_at")


class NewToken(Token):
    """A token just made; `secret` is shown this once."""

    secret = serializers.CharField(read_only=True)

    class Meta(Token.Meta):
        fields = (*Token.Meta.fields, "secret")  # type: ignore[assignment]


def owner_of(request: Request) -> User:
    """The person signed in by session; a script may not make itself more keys."""
    if isinstance(request.auth, ApiToken):
        raise Forbidden("Tokens are managed by people: sign in on the page.")
    assert isinstance(request.user, User)
    return request.user


class TokenList(GenericAPIView):
    """Your tokens."""

    serializer_class = Token
    pagination_class = None

    @extend_schema(operation_id="tokens", responses=Token(many=True))
    def get(self, request: Request) -> Response:
        """All your tokens, the newest first, revoked ones included."""
        return Response(Token(owner_of(request).api_tokens.order_by("-pk"), many=True).data)

    @extend_schema(operation_id="make_token", request=Token, responses={201: NewToken})
    def post(self, request: Request) -> Response:
        """Make a token; its secret is in this answer and nowhere else."""
        owner = owner_of(request)
        asked = Token(data=request.data)
        asked.is_valid(raise_exception=True)
        token, secret = make_token(owner, asked.validated_data["name"])
        return Response({**Token(token).data, "secret": secret}, status=status.HTTP_201_CREATED)


class TokenDetail(GenericAPIView):
    """One of your tokens."""

    serializer_class = Token

    @extend_schema(operation_id="revoke_token", responses={204: None})
    def delete(self, request: Request, token: int) -> Response:
        """Revoke it, at once and for good."""
        revoke_token(owner_of(request), token)
        return Response(status=status.HTTP_204_NO_CONTENT)


urlpatterns = [
    path("tokens/", TokenList.as_view(), name="tokens"),
    path("tokens/<id:token>/", TokenDetail.as_view(), name="token"),
]
