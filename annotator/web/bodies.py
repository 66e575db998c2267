"""Request bodies, taken in up to a limit: one that never ends must not fill the disk.

What comes beyond the limit is thrown away unread, so that a browser in the middle of sending still hears why it was
refused; an endless body is cut off soon after.
"""

import tempfile
from collections.abc import Awaitable, Callable, Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestAborted

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
# So many times the limit is listened to before the line is cut.
PATIENCE = 2


class TooLong(Exception):
    """The body has more bytes than may come in at once; the message says how many."""


def limit_for(headers: Mapping[bytes, bytes]) -> int:
    """Bytes that a request with these headers may bring: files in a form may be large, everything else is text."""
    form = headers.get(b"content-type", b"").lower().startswith(b"multipart/form-data")
    return settings.TERN_MAX_UPLOAD_BYTES if form else settings.TERN_MAX_BODY_BYTES


async def read_body(receive: Receive, limit: int) -> IO[bytes]:
    """The whole body, in memory while it is small, else in a temporary file. TooLong, RequestAborted."""
    body = tempfile.SpooledTemporaryFile(max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE, mode="w+b")  # noqa: SIM115  (the caller closes it)
    taken, more = 0, True
    try:
        while more and taken <= PATIENCE * limit:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RequestAborted
            piece = message.get("body", b"")
            taken += len(piece)
            if taken <= limit:
                body.write(piece)
            more = message.get("more_body", False)
        if taken > limit:
            raise TooLong(
                f"At most {limit / 1024**2:.4g} MB come in at once. Send it in parts, or import a folder on the server."
            )
    except BaseException:
        body.close()
        raise
    body.seek(0)
    return body
