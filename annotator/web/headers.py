"""The content security policy: no script, style or connection that is not our own."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        # Sizes and positions are set from script through the style attribute, which needs this and nothing more.
        "style-src 'self'; style-src-attr 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
# Swagger and ReDoc inject style elements and one inline start script; these pages show nothing of anybody.
DOCUMENTATION = ("/api/docs/", "/api/redoc/")
DOCUMENTATION_POLICY = POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'").replace(
    "style-src 'self';", "style-src 'self' 'unsafe-inline';"
)


class ContentSecurityPolicy:
    """Middleware that adds the policy to every answer that has none of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        policy = DOCUMENTATION_POLICY if request.path in DOCUMENTATION else POLICY
        response.headers.setdefault("Content-Security-Policy", policy)
        return response
