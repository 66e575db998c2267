"""HTTP under ASGI, each request whole in one thread of a small pool.

Django's own handler gives every request a new thread, and with it a new connection to the database; opening SQLite
and setting its pragmas then costs more than most answers. Threads that stay keep their connections.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import set_script_prefix

from annotator.serving.streams import Receive, Send, send_stream
from annotator.web.bodies import TooLong, limit_for, read_body

Scope = dict[str, Any]
Header = tuple[bytes, bytes]
# They read what is downloaded: a slow disk then keeps no request waiting, and busy requests no download.
STREAM_THREADS = 4


class PooledHandler(ASGIHandler):
    """An ASGI application for HTTP. Middleware and views are synchronous and run in a few lasting threads."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        self.pool = ThreadPoolExecutor(settings.TERN_WEB_THREADS, thread_name_prefix="request")
        self.stream_pool = ThreadPoolExecutor(STREAM_THREADS, thread_name_prefix="stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise ValueError(f"This application speaks HTTP only, not {scope['type']}.")
        try:
            body = await read_body(receive, limit_for(dict(scope["headers"])))
        except RequestAborted:
            return
        except TooLong as refusal:
            too_large = JsonResponse({"code": "too_large", "detail": str(refusal)}, status=413)
            return await self.send_all(too_large, scope, receive, send)
        try:
            loop = asyncio.get_running_loop()
            response = await loop.run_in_executor(self.pool, self.respond, scope, body)
            await self.send_all(response, scope, receive, send)
        finally:
            body.close()

    def respond(self, scope: Scope, body: Any) -> HttpResponseBase:
        """The response, made in this thread."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        if request is None:
            return cast(HttpResponseBase, refusal)
        response = self.get_response(request)
        response._handler_class = self.__class__  # type: ignore[attr-defined]
        if not response.streaming:
            # Its content is at hand; to close it later would cost another change of threads.
            response.close()
        return response

    async def send_all(self, response: HttpResponseBase, scope: Scope, receive: Receive, send: Send) -> None:
        """Status, headers and body; a stream part by part, so that a large file never lies in memory."""
        try:
            await send({"type": "http.response.start", "status": response.status_code, "headers": headers_of(response)})
            if isinstance(response, StreamingHttpResponse) and scope["method"] != "HEAD":
                await send_stream(response, receive, send, self.stream_pool)
            else:
                await send({"type": "http.response.body", "body": getattr(response, "content", b"")})
        finally:
            if response.streaming:
                await asyncio.get_running_loop().run_in_executor(self.stream_pool, response.close)


def headers_of(response: HttpResponseBase) -> list[Header]:
    """The headers and cookies as ASGI wants them."""
    headers: list[Header] = [(key.encode("ascii").lower(), value.encode("latin1")) for key, value in response.items()]
    return headers + [
        (b"set-cookie", cookie.output(header="").encode("ascii").strip()) for cookie in response.cookies.values()
    ]
