"""The WebSocket of a project: /ws/projects/{project}/?since=SEQ."""

import asyncio
import contextlib
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser

from annotator.live.tail import EVENTS_PER_MESSAGE, Subscription, messages_between, tail
from annotator.models import User
from annotator.policy import Action, can
from annotator.sessions import SessionStore

FORBIDDEN, TOO_SLOW, BAD_SINCE = 4403, 4408, 4400
# After these, the person may no longer be a member.
RECHECK_AFTER = frozenset({"member", "project"})


def may_still(session_key: str, user: User, project: int) -> bool:
    """Whether the session still signs this person in, who may see the project.

    It does not once they signed out, got another password (whose hash it holds), or their account was closed.
    """
    now = User.objects.filter(pk=user.pk, is_active=True).first()
    session = SessionStore(session_key).load()
    if now is None or session.get(SESSION_KEY) != str(user.pk):
        return False
    return session.get(HASH_SESSION_KEY) == now.get_session_auth_hash() and can(now, project, Action.VIEW)


class ProjectSocket(AsyncWebsocketConsumer):
    """Sends {"events": [{seq, kind, payload, at}, ...]}: all events after `since`, in order, none twice.

    Without `since` it starts at the present end. Closes with 4403 (no member), 4408 (too slow: reconnect with the
    last number seen) or 4400 (`since` is no number). {"ping": 1} is answered with {"pong": 1}.
    """

    subscription: Subscription | None = None
    sender: "asyncio.Task[None] | None" = None

    async def connect(self) -> None:
        """Accept, refuse with a code the page can read, or begin to send."""
        await self.accept()
        self.project = int(self.scope["url_route"]["kwargs"]["project"])
        since = self.since()
        if since is not None and since < 0:
            return await self.close(BAD_SINCE)
        if not await self.may_listen():
            return await self.close(FORBIDDEN)
        self.subscription = await tail().join(self.project)
        self.sender = asyncio.create_task(self.send_news(self.subscription, since))

    async def disconnect(self, code: int) -> None:
        """Stop listening."""
        if self.subscription is not None:
            tail().leave(self.subscription)
        if self.sender is not None and self.sender is not asyncio.current_task():
            self.sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.sender

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Answer a ping, which a page sends twice a minute, while its session still lets it listen."""
        if text_data is not None and "ping" in text_data[:16]:
            if not await self.may_listen():
                return await self.close(FORBIDDEN)
            await self.send('{"pong":1}')

    def since(self) -> int | None:
        """The number asked for, None without one, -1 when it is none."""
        asked = parse_qs(self.scope["query_string"].decode("ascii", "replace")).get("since")
        if not asked:
            return None
        return int(asked[0]) if asked[0].isascii() and asked[0].isdigit() and len(asked[0]) < 19 else -1

    async def may_listen(self) -> bool:
        """Whether this person is still signed in here and may see the project, asked of the database now."""
        user: User | AnonymousUser = self.scope["user"]
        if not user.is_authenticated:
            return False
        return bool(await tail().read(may_still, self.scope["session"].session_key, user, self.project))

    async def send_news(self, subscription: Subscription, since: int | None) -> None:
        """First what was missed, then what comes, until the socket closes or is too slow."""
        with contextlib.suppress(asyncio.CancelledError):
            position = subscription.start if since is None else since
            while position < subscription.start:
                until = min(position + EVENTS_PER_MESSAGE, subscription.start)
                for missed in await tail().read(messages_between, self.project, position, until):
                    await self.send(missed.text)
                position = until
            too_slow = asyncio.create_task(subscription.overflowed.wait())
            try:
                await self.pass_on(subscription, too_slow)
            finally:
                too_slow.cancel()

    async def pass_on(self, subscription: Subscription, too_slow: "asyncio.Task[Any]") -> None:
        """Hand over new messages; close when the person lost access or the queue ran over."""
        while not subscription.overflowed.is_set():
            waiting = asyncio.create_task(subscription.messages.get())
            # Also when this page leaves while it waits: a task that nobody ends is destroyed with a complaint.
            try:
                await asyncio.wait({waiting, too_slow}, return_when=asyncio.FIRST_COMPLETED)
                if not waiting.done():
                    break
            finally:
                waiting.cancel()
            message = waiting.result()
            if message.kinds & RECHECK_AFTER and not await self.may_listen():
                return await self.close(FORBIDDEN)
            sending = asyncio.create_task(self.send(message.text))
            await asyncio.wait({sending, too_slow}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                sending.cancel()
        # The goodbye waits behind what is not read, perhaps for ever: nothing more is kept for this socket meanwhile.
        tail().leave(subscription)
        subscription.forget()
        await self.close(TOO_SLOW)
