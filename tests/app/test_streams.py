"""Streams of every make arrive over a real socket, break off visibly, and end when their reader leaves."""

import asyncio
import http.client
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
import uvicorn
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import path
from pytest_django import Settings

from annotator.web.http import PooledHandler, Receive, Scope, Send
from tests.processes import wait_for

PARTS: list[bytes | str] = [b"one", b"", b"x" * 3_000_000, "four €"]
WHOLE = b"one" + b"x" * 3_000_000 + "four €".encode()
closed = threading.Event()


def plain(request: HttpRequest) -> Iterator[bytes | str]:
    try:
        yield from PARTS
    finally:
        closed.set()


async def awaited(request: HttpRequest) -> AsyncIterator[bytes | str]:
    try:
        for part in PARTS:
            await asyncio.sleep(0)
            yield part
    finally:
        closed.set()


def broken(request: HttpRequest) -> Iterator[bytes | str]:
    yield PARTS[0]
    raise ZeroDivisionError


async def broken_async(request: HttpRequest) -> AsyncIterator[bytes | str]:
    yield PARTS[0]
    raise ZeroDivisionError


async def waiting(request: HttpRequest) -> AsyncIterator[bytes | str]:
    try:
        yield b"first"
        await asyncio.Event().wait()
    finally:
        closed.set()


def endless(request: HttpRequest) -> Iterator[bytes | str]:
    try:
        while True:
            yield b"x" * 10_000
    finally:
        closed.set()


def listed(request: HttpRequest) -> list[bytes | str]:
    return PARTS


MAKERS = (plain, awaited, broken, broken_async, waiting, endless, listed)


def view_of(make: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], StreamingHttpResponse]:
    return lambda request: StreamingHttpResponse(make(request))


ADDRESSES = ModuleType("addresses_of_streams")
vars(ADDRESSES)["urlpatterns"] = [path(make.__name__, view_of(make)) for make in MAKERS]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server of the streams above, in a thread of this process."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, lifespan="off", log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started and server.servers, 30, "the server")
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(30)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    await handler()(scope, receive, send)


@pytest.fixture(autouse=True)
def _streams(settings: Settings) -> None:
    settings.ROOT_URLCONF, settings.MIDDLEWARE = ADDRESSES, []
    closed.clear()


def handler(made: list[PooledHandler] = []) -> PooledHandler:  # noqa: B006  (one handler for all requests)
    if not made:
        made.append(PooledHandler())
    return made[0]


@contextmanager
def asked(port: int, name: str, method: str = "GET") -> Iterator[http.client.HTTPResponse]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request(method, f"/{name}")
    yield line.getresponse()
    line.close()


@pytest.mark.parametrize("name", ["plain", "awaited", "listed"])
def test_all_parts_arrive_in_order_and_the_maker_is_closed(port: int, name: str) -> None:
    with asked(port, name) as answer:
        assert (answer.status, answer.read()) == (200, WHOLE)
    assert name == "listed" or closed.wait(30)


@pytest.mark.parametrize("name", ["broken", "broken_async"])
def test_a_stream_that_fails_is_cut_off_so_that_half_is_not_taken_for_the_whole(port: int, name: str) -> None:
    with asked(port, name) as answer, pytest.raises(http.client.IncompleteRead):
        answer.read()


@pytest.mark.parametrize("name", ["waiting", "endless"])
def test_the_maker_ends_when_its_reader_leaves_although_it_waits_or_never_would(port: int, name: str) -> None:
    with asked(port, name) as answer:
        assert answer.read(5)
        assert not closed.is_set()
    assert closed.wait(30)


def test_the_head_of_a_stream_that_never_ends_ends(port: int) -> None:
    with asked(port, "endless", "HEAD") as answer:
        assert (answer.status, answer.read()) == (200, b"")
