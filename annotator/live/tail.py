"""One tail of the Event table per process, handing new events to the sockets of this process.

There is no channel layer: every web process reads the table itself, so nothing can be lost between processes, and a
socket that reconnects asks for what came after the last number it saw.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, close_old_connections, connection

from annotator.models import Event, Project

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.2
EVENTS_PER_MESSAGE = 200
# What a socket may leave unread before it is closed and made to reconnect.
MESSAGES_PER_SOCKET = 64


@dataclass(frozen=True)
class Message:
    """Some events of one project in order, encoded once for all its sockets."""

    last: int
    text: str
    kinds: frozenset[str]


@dataclass(eq=False)
class Subscription:
    """One socket's place in the tail: it gets every message after event `start`."""

    project: int
    start: int
    messages: "asyncio.Queue[Message]" = field(default_factory=lambda: asyncio.Queue(MESSAGES_PER_SOCKET))
    overflowed: asyncio.Event = field(default_factory=asyncio.Event)

    def forget(self) -> None:
        """Let go of what waits for this socket."""
        while not self.messages.empty():
            self.messages.get_nowait()


class Tail:
    """The sockets of one event loop and the task that reads news for them. The task runs while anybody listens."""

    def __init__(self) -> None:
        self.sockets: dict[int, set[Subscription]] = {}
        self.heads: dict[int, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "tail")

    async def join(self, project: int) -> Subscription:
        """Listen to a project from its present last event on."""
        if project not in self.heads:
            head = await self.read(last_event, project)
            self.heads.setdefault(project, head)
        subscription = Subscription(project, self.heads[project])
        self.sockets.setdefault(project, set()).add(subscription)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())
        return subscription

    def leave(self, subscription: Subscription) -> None:
        """Stop listening."""
        listeners = self.sockets.get(subscription.project, set())
        listeners.discard(subscription)
        if not listeners:
            self.sockets.pop(subscription.project, None)
            self.heads.pop(subscription.project, None)

    async def read(self, query, *arguments):  # type: ignore[no-untyped-def]
        """Run a database query in the tail's own thread, so that it never waits for a request.

        Not by sync_to_async: it hands the caller's context on, and with it a connection made in another thread.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, query, *arguments)

    async def _follow(self) -> None:
        while self.sockets:
            await asyncio.sleep(POLL_SECONDS)
            try:
                news = await self.read(read_news, dict(self.heads))
            except DatabaseError:
                logger.warning("The tail could not read the news; trying again.", exc_info=True)
                continue
            for project, messages in news.items():
                self._hand_out(project, messages)
        await self.read(close_connection)

    def _hand_out(self, project: int, messages: list[Message]) -> None:
        for message in messages:
            if message.last <= self.heads.get(project, message.last):
                continue
            self.heads[project] = message.last
            for subscription in self.sockets.get(project, ()):
                with contextlib.suppress(asyncio.QueueFull):
                    if not subscription.overflowed.is_set():
                        subscription.messages.put_nowait(message)
                        continue
                subscription.overflowed.set()


def close_connection() -> None:
    """Close this thread's connection; `connection` names the one of whichever thread asks."""
    connection.close()


def last_event(project: int) -> int:
    """Number of the project's last event."""
    close_old_connections()
    return Project.objects.values_list("event_seq", flat=True).get(pk=project)


def read_news(heads: dict[int, int]) -> dict[int, list[Message]]:
    """Events after each project's head: one small query when there is none, two when there is."""
    close_old_connections()
    now = Project.objects.filter(pk__in=heads).values_list("pk", "event_seq")
    return {pk: messages_between(pk, heads[pk], seq) for pk, seq in now if seq > heads[pk]}


def messages_between(project: int, after: int, until: int) -> list[Message]:
    """The events after `after` up to and including `until`, in messages of at most EVENTS_PER_MESSAGE."""
    rows = Event.objects.filter(project_id=project, seq__gt=after, seq__lte=until).order_by("seq")
    events = [
        {"seq": seq, "kind": kind, "payload": payload, "at": at}
        for seq, kind, payload, at in rows.values_list("seq", "kind", "payload", "at")
    ]
    parts = (events[at : at + EVENTS_PER_MESSAGE] for at in range(0, len(events), EVENTS_PER_MESSAGE))
    return [encode(part) for part in parts]


def encode(events: Iterable[dict[str, object]]) -> Message:
    """One message for the sockets."""
    listed = list(events)
    text = json.dumps({"events": listed}, cls=DjangoJSONEncoder, separators=(",", ":"))
    return Message(int(str(listed[-1]["seq"])), text, frozenset(str(event["kind"]) for event in listed))


_tails: dict[asyncio.AbstractEventLoop, Tail] = {}


def tail() -> Tail:
    """The tail of the running event loop: one per server process."""
    loop = asyncio.get_running_loop()
    for old in [known for known in _tails if known.is_closed()]:
        del _tails[old]
    return _tails.setdefault(loop, Tail())
