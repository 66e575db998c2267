"""The body of a streaming response, sent part by part to a client that may be slow, or leave.

No thread waits for a client: one of a small pool makes each part, and the event loop waits until the client has taken
it. So as many slow readers as there are connections cost a file and a piece of memory each, and nobody else's time.
Parts of one response are made in whatever thread is free, one after the other: a view must not leave a query open.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import aclosing, suppress
from typing import Any

from django.http import StreamingHttpResponse

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


async def send_stream(response: StreamingHttpResponse, receive: Receive, send: Send, pool: Executor) -> None:
    """Send all parts, of a sync iterator from `pool`. Returns early, the making stopped, when the client has left.

    An error of the iterator is raised; the server then cuts the line, so that no client takes half for the whole.
    """
    sending = asyncio.create_task(send_parts(parts_of(response, pool), send))
    leaving = asyncio.create_task(until_gone(receive))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        for task in (sending, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


async def send_parts(parts: AsyncGenerator[bytes], send: Send) -> None:
    """Send each part once the client has taken those before it."""
    async with aclosing(parts):
        async for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def until_gone(receive: Receive) -> None:
    """Return when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def parts_of(response: StreamingHttpResponse, pool: Executor) -> AsyncGenerator[bytes]:
    """The parts of either kind of iterator. An async one is closed at the end; `response.close` does it for others."""
    if not response.is_async:
        async for part in from_pool(iter(response), pool):
            yield part
        return
    try:
        async for part in response:
            yield part
    finally:
        # Django wraps the iterator, and closes only the wrapper.
        aclose = getattr(getattr(response, "_iterator", None), "aclose", None)
        if aclose is not None:
            await aclose()


async def from_pool(parts: Iterator[bytes], pool: Executor) -> AsyncGenerator[bytes]:
    """Parts, each made in a thread of the pool. When cancelled it still waits for the part in the making.

    Nobody may close a file that another thread reads.
    """
    while True:
        turn = asyncio.get_running_loop().run_in_executor(pool, next, parts, None)
        try:
            part = await asyncio.shield(turn)
        except asyncio.CancelledError:
            await asyncio.wait({turn})
            raise
        if part is None:
            return
        yield part
