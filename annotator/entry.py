"""What a session remembers of the link that opened it: for an hour it may set a password without the old one."""

import time

from django.http import HttpRequest

ENTERED = "entered_by_link"
LINK_COUNTS_SECONDS = 60 * 60


def remember_link(request: HttpRequest) -> None:
    """This session was opened by a link just now."""
    request.session[ENTERED] = int(time.time())


def forget_link(request: HttpRequest) -> None:
    """The link has served its purpose."""
    request.session.pop(ENTERED, None)


def entered_by_link(request: HttpRequest) -> bool:
    """Whether a link opened this session within the last hour."""
    at = request.session.get(ENTERED)
    return isinstance(at, int) and time.time() - at < LINK_COUNTS_SECONDS
