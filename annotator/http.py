"""HTTP under ASGI, each request whole in one thread of a small pool.

Django's own handler gives every request a new thread, and with it a new connection to the database; opening SQLite
and setting its pragmas then costs more than most answers. Threads that stay keep their connections.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import set_script_prefix

from annotator.bodies import Receive, TooLong, limit_for, read_body

Scope = dict[str, Any]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]


class PooledHandler(ASGIHandler):
    """An ASGI application for HTTP. Middleware and views are synchronous and run in a few lasting threads."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        self.pool = ThreadPoolExecutor(settings.TERN_WEB_THREADS, thread_name_prefix="request")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise ValueError(f"This application speaks HTTP only, not {scope['type']}.")
        try:
            body = await read_body(receive, limit_for(dict(scope["headers"])))
        except RequestAborted:
            return
        except TooLong as refusal:
            return await self.send_all(JsonResponse({"code": "too_large", "detail": str(refusal)}, status=413), send)
        loop = asyncio.get_running_loop()
        try:
            response = await loop.run_in_executor(self.pool, self.respond, scope, body)
            try:
                await self.send_all(response, send)
            finally:
                if response.streaming:
                    await loop.run_in_executor(self.pool, response.close)
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

    async def send_all(self, response: HttpResponseBase, send: Send) -> None:
        """Status, headers and body; a stream part by part, so that a large file never lies in memory."""
        headers: list[Header] = [
            (key.encode("ascii").lower(), value.encode("latin1")) for key, value in response.items()
        ]
        headers += [
            (b"set-cookie", cookie.output(header="").encode("ascii").strip()) for cookie in response.cookies.values()
        ]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        if not isinstance(response, StreamingHttpResponse):
            return await send({"type": "http.response.body", "body": getattr(response, "content", b"")})
        loop = asyncio.get_running_loop()
        parts = iter(response)
        while (part := await loop.run_in_executor(self.pool, next, parts, None)) is not None:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
