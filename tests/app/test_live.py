"""News over a real server: complete, in order, for members only."""

import asyncio
import contextlib
import json
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from pytest_django import Settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from annotator.live.tail import EVENTS_PER_MESSAGE
from annotator.models import Event, Member, Project, Role, User
from annotator.news.kinds import MemberNews, News
from annotator.news.publish import publish, publish_many
from tests.optional import unwrap
from tests.processes import python, wait_for
from tests.world import make_project, make_user, signed_in

pytestmark = [pytest.mark.database, pytest.mark.drill, pytest.mark.django_db(transaction=True)]


@contextmanager
def server(kill: bool = False) -> Iterator[int]:
    """A web server on a free port, answering sockets; at the end it is asked to leave, or killed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with python(
        "-m", "uvicorn", "annotator.web.asgi:application", "--port", str(port), "--log-level", "warning"
    ) as web:

        def up() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        wait_for(up, 30, web.log.read_text)
        yield port
        if kill:
            web.kill()


def cookie_of(user: User) -> str:
    client = signed_in(user)
    return f"sessionid={client.cookies['sessionid'].value}"


def dial(
    port: int,
    project: int,
    cookie: str | None = None,
    since: int | str | None = None,
    origin: str | None = None,
    **options: Any,
) -> connect:
    query = "" if since is None else f"?since={since}"
    return connect(
        f"ws://127.0.0.1:{port}/ws/projects/{project}/{query}",
        additional_headers={} if cookie is None else {"Cookie": cookie},
        origin=Origin(origin or f"http://127.0.0.1:{port}"),
        **options,
    )


@dataclass(frozen=True)
class Numbered(News):
    """News that a test can tell apart."""

    event = "labels"
    number: Any = 0


def tell(project: Project, news: News | None = None) -> int:
    with transaction.atomic():
        return publish(project.pk, news or Numbered())


async def hear(listening: ClientConnection, count: int) -> list[dict[str, Any]]:
    heard: list[dict[str, Any]] = []
    while len(heard) < count:
        message = json.loads(await asyncio.wait_for(listening.recv(), 20))
        heard += message["events"]
    return heard


@pytest.mark.slow
def test_eight_writers_and_fifty_reconnecting_sockets_lose_nothing(settings: Settings) -> None:
    project = make_project(images=0, labels=0)
    cookie = cookie_of(project.members.get().user)
    writers, each = 8, 25
    total = writers * each

    def write(number: int) -> None:
        try:
            for turn in range(each):
                tell(project, Numbered({"writer": number, "turn": turn}))
        finally:
            connection.close()

    async def listen(port: int, seed: int) -> list[dict[str, Any]]:
        chance, last, heard = random.Random(seed), 0, []
        while last < total:
            async with dial(port, project.pk, cookie, since=last) as listening:
                for _ in range(chance.randint(1, 4)):
                    events = json.loads(await asyncio.wait_for(listening.recv(), 30))["events"]
                    heard += events
                    last = heard[-1]["seq"]
                    if last >= total:
                        break
        return heard

    async def run(port: int) -> list[list[dict[str, Any]]]:
        threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
        listeners = [asyncio.create_task(listen(port, seed)) for seed in range(50)]
        for thread in threads:
            thread.start()
        heard = await asyncio.gather(*listeners)
        for thread in threads:
            thread.join()
        return heard

    with server() as port:
        heard = asyncio.run(run(port))
    assert Event.objects.filter(project=project).count() == total
    for events in heard:
        assert [event["seq"] for event in events] == list(range(1, total + 1))
    for number in range(writers):
        turns = [
            event["payload"]["number"]["turn"] for event in heard[0] if event["payload"]["number"]["writer"] == number
        ]
        assert turns == list(range(each))


@pytest.mark.slow
def test_a_socket_is_for_members_of_this_project_from_this_site_only() -> None:
    project, stranger = make_project(images=0, labels=0), make_user("stranger")
    lead = project.members.get().user
    tell(project, Numbered(1))
    cookies = {name: cookie_of(user) for name, user in (("lead", lead), ("stranger", stranger))}

    async def code(port: int, **extra: Any) -> int:
        async with dial(port, project.pk, **extra) as listening:
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(listening.recv(), 20)
            return unwrap(closed.value.rcvd).code

    async def run(port: int) -> None:
        assert await code(port, cookie=None, since=0) == 4403
        assert await code(port, cookie=cookies["stranger"], since=0) == 4403
        assert await code(port, cookie=cookies["lead"], since="all") == 4400
        with pytest.raises(InvalidStatus):
            async with dial(port, project.pk, cookies["lead"], since=0, origin="http://evil.example"):
                pass
        async with dial(port, project.pk, cookies["lead"], since=0) as listening:
            assert (await hear(listening, 1))[0]["payload"] == {"number": 1}
            await listening.send('{"ping": 1}')
            assert json.loads(await asyncio.wait_for(listening.recv(), 20)) == {"pong": 1}
            await asyncio.to_thread(remove)
            with pytest.raises(ConnectionClosed) as closed:
                await asyncio.wait_for(listening.recv(), 20)
            assert unwrap(closed.value.rcvd).code == 4403

    def remove() -> None:
        Member.objects.filter(project=project, role=Role.LEAD).delete()
        tell(project, MemberNews())
        connection.close()

    with server() as port:
        asyncio.run(run(port))


@pytest.mark.slow
def test_news_survive_a_server_killed_and_started_again() -> None:
    project = make_project(images=0, labels=0)
    cookie = cookie_of(project.members.get().user)
    tell(project, Numbered(1))

    async def run(port: int, since: int | str | None, count: int) -> list[int]:
        async with dial(port, project.pk, cookie, since=since) as listening:
            return [event["seq"] for event in await hear(listening, count)]

    with server(kill=True) as port:
        assert asyncio.run(run(port, 0, 1)) == [1]
    tell(project, Numbered(2))
    tell(project, Numbered(3))
    with server() as port:
        assert asyncio.run(run(port, 1, 2)) == [2, 3]


def tell_much(project: Project) -> None:
    """Twenty messages of 100 kB: a line holds some thirty unread, a queue 64."""
    with transaction.atomic():
        publish_many(project.pk, [Numbered("x" * 400)] * 20 * EVENTS_PER_MESSAGE)
    connection.close()


def narrow(port: int) -> socket.socket:
    """A line on which little waits to be read."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect(("127.0.0.1", port))
    return line


@pytest.mark.slow
def test_a_socket_that_does_not_read_is_cut_off_and_the_others_hear_everything() -> None:
    project = make_project(images=0, labels=0)
    cookie = cookie_of(project.members.get().user)

    async def run(port: int) -> list[int]:
        heard, seen = [], 0
        idle: dict[str, Any] = {"sock": narrow(port), "ping_interval": None, "compression": None}
        async with dial(port, project.pk, cookie, **idle) as slow, dial(port, project.pk, cookie, since=0) as quick:
            slow.transport.pause_reading()
            for _ in range(6):
                await asyncio.to_thread(tell_much, project)
                heard += await hear(quick, 20 * EVENTS_PER_MESSAGE)
            slow.transport.resume_reading()
            with contextlib.suppress(ConnectionClosed):
                while True:
                    seen += len(json.loads(await asyncio.wait_for(slow.recv(), 20))["events"])
            assert slow.close_code == 4408
        assert seen < len(heard)
        return [event["seq"] for event in heard]

    with server() as port:
        heard = asyncio.run(run(port))
    assert heard == list(range(1, len(heard) + 1))


@pytest.mark.slow
def test_two_projects_never_hear_each_other() -> None:
    one, other = make_project(images=0, labels=0), make_project(images=0, labels=0)
    cookie = cookie_of(one.members.get().user)
    tell(other, Numbered("secret"))
    tell(one, Numbered("mine"))

    async def run(port: int) -> list[dict[str, Any]]:
        async with dial(port, one.pk, cookie, since=0) as listening:
            return await hear(listening, 1)

    with server() as port:
        events = asyncio.run(run(port))
    assert [event["payload"] for event in events] == [{"number": "mine"}]
    assert Project.objects.get(pk=one.pk).event_seq == 1
