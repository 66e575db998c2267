"""Streams of every make arrive over a real socket, break off visibly, and end when their reader leaves."""

import asyncio
import http.client
import threading
from contextlib import contextmanager
from types import ModuleType

import pytest
import uvicorn
from django.http import StreamingHttpResponse
from django.urls import path

from annotator.web.http import PooledHandler
from tests.processes import wait_for

PARTS = [b"one", b"", b"x" * 3_000_000, "four €"]
WHOLE = b"one" + b"x" * 3_000_000 + "four €".encode()
closed = threading.Event()


def plain(request):
    try:
        yield from PARTS
    finally:
        closed.set()


async def awaited(request):
    try:
        for part in PARTS:
            await asyncio.sleep(0)
            yield part
    finally:
        closed.set()


def broken(request):
    yield PARTS[0]
    raise ZeroDivisionError


async def broken_async(request):
    yield PARTS[0]
    raise ZeroDivisionError


async def waiting(request):
    try:
        yield b"first"
        await asyncio.Event().wait()
    finally:
        closed.set()


def endless(request):
    try:
        while True:
            yield b"x" * 10_000
    finally:
        closed.set()


def listed(request):
    return PARTS


MAKERS = (plain, awaited, broken, broken_async, waiting, endless, listed)


def view_of(make):
    return lambda request: StreamingHttpResponse(make(request))


ADDRESSES = ModuleType("addresses_of_streams")
ADDRESSES.urlpatterns = [path(make.__name__, view_of(make)) for make in MAKERS]


@pytest.fixture(scope="module")
def port():
    """A server of the streams above, in a thread of this process."""
    server = uvicorn.Server(uvicorn.Config(application, port=0, lifespan="off", log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started and server.servers, 30, "the server")
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(30)


async def application(scope, receive, send) -> None:
    await handler()(scope, receive, send)


@pytest.fixture(autouse=True)
def _streams(settings) -> None:
    settings.ROOT_URLCONF, settings.MIDDLEWARE = ADDRESSES, []
    closed.clear()


def handler(made=[]):  # noqa: B006  (one handler for all requests)
    if not made:
        made.append(PooledHandler())
    return made[0]


@contextmanager
def asked(port, name, method="GET"):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    line.request(method, f"/{name}")
    yield line.getresponse()
    line.close()


@pytest.mark.parametrize("name", ["plain", "awaited", "listed"])
def test_all_parts_arrive_in_order_and_the_maker_is_closed(port, name) -> None:
    with asked(port, name) as answer:
        assert (answer.status, answer.read()) == (200, WHOLE)
    assert name == "listed" or closed.wait(30)


@pytest.mark.parametrize("name", ["broken", "broken_async"])
def test_a_stream_that_fails_is_cut_off_so_that_half_is_not_taken_for_the_whole(port, name) -> None:
    with asked(port, name) as answer, pytest.raises(http.client.IncompleteRead):
        answer.read()


@pytest.mark.parametrize("name", ["waiting", "endless"])
def test_the_maker_ends_when_its_reader_leaves_although_it_waits_or_never_would(port, name) -> None:
    with asked(port, name) as answer:
        assert answer.read(5)
        assert not closed.is_set()
    assert closed.wait(30)


def test_the_head_of_a_stream_that_never_ends_ends(port) -> None:
    with asked(port, "endless", "HEAD") as answer:
        assert (answer.status, answer.read()) == (200, b"")
