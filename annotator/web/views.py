"""Pages that are not REST: the one-page front end and the one-time sign-in link."""

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.csrf import csrf_failure
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods

from annotator.actions.links import find_link, use_sign_in_link
from annotator.entry import remember_link
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


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def enter(request: HttpRequest, secret: str) -> HttpResponse:
    """Sign in by a one-time link.

    Links of leads travel through mail and chat, whose programs look at what they are sent: those are only used up by a
    button. A link of the console is opened by whoever started Tern, and signs in at once.
    """
    try:
        link = find_link(secret)
        if link.made_by is not None and request.method != "POST":
            return render(request, "enter.html", {"person": link.user, "leads": link.made_by})
        link = use_sign_in_link(secret)
    except NotFound as refusal:
        return render(request, "link_used.html", {"detail": refusal.detail}, status=404)
    login(request, link.user, backend="django.contrib.auth.backends.ModelBackend")
    remember_link(request)
    return HttpResponseRedirect("/" if link.made_by is None else "/password")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a request without the CSRF token, in JSON to whoever asked for the API."""
    if not request.path.startswith("/api/"):
        return csrf_failure(request, reason)
    detail = "The CSRF token is missing or old. Read /api/session/ and send its 'csrf' as the X-CSRFToken header."
    return JsonResponse({"code": "forbidden", "detail": detail}, status=403)
