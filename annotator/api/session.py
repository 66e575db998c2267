"""The page's session: who is signed in, signing in and out."""

from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.middleware.csrf import get_token
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from annotator.actions.accounts import needs_old_password, set_password
from annotator.api.shapes import Person
from annotator.api.tokens import owner_of
from annotator.entry import entered_by_link, forget_link
from annotator.errors import Invalid
from annotator.limits import USER_NAME
from annotator.models import User
from annotator.queries.demo import demo_project


class Session(serializers.Serializer):
    """The session of this browser. Send `csrf` as the X-CSRFToken header of every request that changes something."""

    user = Person(allow_null=True)
    has_password = serializers.BooleanField(help_text="Whether you can sign in by password.")
    needs_old_password = serializers.BooleanField(help_text="Whether a new password takes the old one.")
    csrf = serializers.CharField()
    demo = serializers.BooleanField()
    demo_project = serializers.IntegerField(allow_null=True, help_text="The project that is the demo; null for nobody.")
    version = serializers.CharField()


class Credentials(serializers.Serializer):
    """What signs a person in."""

    username = serializers.CharField(max_length=USER_NAME)
    password = serializers.CharField(max_length=256, trim_whitespace=False)


class SignInThrottle(ScopedRateThrottle):
    """Only signing in is throttled, not asking who is signed in."""

    scope = "sign-in"

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether this attempt may go on."""
        return request.method != "POST" or super().allow_request(request, view)


# Signing in happens before there is a session to check, so DRF's own CSRF check does not see it.
@method_decorator(csrf_protect, name="dispatch")
class SessionView(APIView):
    """GET who is signed in, POST to sign in, DELETE to sign out."""

    permission_classes = (AllowAny,)
    throttle_classes = (SignInThrottle,)
    throttle_scope = "sign-in"

    def answer(self, request: Request) -> Response:
        """The session as it is now."""
        user = request.user if request.user.is_authenticated else None
        demo = demo_project()
        person = user if isinstance(user, User) else None
        shown = {
            "user": user,
            "has_password": person is not None and person.has_usable_password(),
            "needs_old_password": person is not None and needs_old_password(person, entered_by_link(request._request)),
            "csrf": get_token(request),
            "demo": demo is not None,
            "demo_project": demo if user else None,
            "version": settings.TERN_VERSION,
        }
        return Response(Session(shown).data)

    @extend_schema(operation_id="session", responses=Session)
    def get(self, request: Request) -> Response:
        """Who is signed in; user is null for nobody."""
        return self.answer(request)

    @extend_schema(operation_id="sign_in", request=Credentials, responses=Session)
    def post(self, request: Request) -> Response:
        """Sign in by user name and password."""
        asked = Credentials(data=request.data)
        asked.is_valid(raise_exception=True)
        user = authenticate(request._request, **asked.validated_data)
        if user is None:
            raise Invalid("User name and password do not match. Ask a lead for a sign-in link if you have none.")
        login(request._request, user)
        request.user = user
        return self.answer(request)

    @extend_schema(operation_id="sign_out", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Sign out; the session ends in every process at once."""
        logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


class NewPassword(serializers.Serializer):
    """The new password, and the present one unless you have none or came in by a link just now."""

    old_password = serializers.CharField(max_length=256, trim_whitespace=False, allow_blank=True, default="")
    new_password = serializers.CharField(max_length=256, trim_whitespace=False)


class PasswordView(APIView):
    """Your password."""

    throttle_classes = (SignInThrottle,)
    throttle_scope = "sign-in"

    @extend_schema(operation_id="set_password", request=NewPassword, responses=Session)
    def post(self, request: Request) -> Response:
        """Set or change it. Your other sessions end; this one goes on, with a new CSRF token."""
        person = owner_of(request)
        asked = NewPassword(data=request.data)
        asked.is_valid(raise_exception=True)
        words = asked.validated_data
        set_password(person, words["old_password"], words["new_password"], entered_by_link(request._request))
        forget_link(request._request)
        update_session_auth_hash(request._request, person)
        return SessionView().answer(request)


urlpatterns = [
    path("session/password/", PasswordView.as_view(), name="password"),
    path("session/", SessionView.as_view(), name="session"),
]
