"""Pages that are not REST: the one-page front end and the one-time sign-in link."""

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.csrf import csrf_failure
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from annotator.actions.tokens import use_sign_in_link
from annotator.errors import NotFound


@require_GET
@never_cache
@ensure_csrf_cookie
def page(request: HttpRequest, path: str = "") -> HttpResponse:
    """The built page for every route of the front end; a page that says how to build it when it is missing."""
    index = settings.FRONTEND_DIST / "index.html"
    try:
        return HttpResponse(index.read_bytes())
    except FileNotFoundError:
        return render(request, "not_built.html", status=503)


@require_GET
@never_cache
def enter(request: HttpRequest, secret: str) -> HttpResponse:
    """Sign in by a one-time link and go to the start page."""
    try:
        user = use_sign_in_link(secret)
    except NotFound as refusal:
        return render(request, "link_used.html", {"detail": refusal.detail}, status=404)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponseRedirect("/")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a request without the CSRF token, in JSON to whoever asked for the API."""
    if not request.path.startswith("/api/"):
        return csrf_failure(request, reason)
    detail = "The CSRF token is missing or old. Read /api/session/ and send its 'csrf' as the X-CSRFToken header."
    return JsonResponse({"code": "forbidden", "detail": detail}, status=403)
