"""A body beyond the limit is refused in words, and one that never ends is cut off, whatever it claims of itself."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from pytest_django import Settings

from annotator.web.http import PooledHandler

PIECE = b"x" * 1000


class Line:
    """An ASGI server's end of one request: sends pieces, for ever when `pieces` is None, and hears the answer."""

    def __init__(self, pieces: int | None, content_type: bytes = b"application/json") -> None:
        self.left, self.given = pieces, 0
        self.sent: list[Mapping[str, Any]] = []
        self.scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/api/session/",
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"content-type", content_type)],
        }

    async def receive(self) -> dict[str, Any]:
        self.given += 1
        return {"type": "http.request", "body": PIECE, "more_body": self.left is None or self.given < self.left}

    async def send(self, message: Mapping[str, Any]) -> None:
        self.sent.append(message)

    def answer(self) -> tuple[int, bytes]:
        # A thread of its own: a browser that an earlier test drives keeps an event loop running in this one.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(async_to_sync(PooledHandler()), self.scope, self.receive, self.send).result()
        return self.sent[0]["status"], b"".join(message.get("body", b"") for message in self.sent[1:])


@pytest.fixture(autouse=True)
def limits(settings: Settings) -> None:
    settings.TERN_MAX_BODY_BYTES = 10 * len(PIECE)
    settings.TERN_MAX_UPLOAD_BYTES = 30 * len(PIECE)


def test_a_body_that_never_ends_is_refused_and_left() -> None:
    line = Line(None)
    status, body = line.answer()
    assert (status, json.loads(body)["code"]) == (413, "too_large")
    assert "At most 0.009537 MB" in json.loads(body)["detail"]
    assert line.given == 21


def test_whoever_is_in_the_middle_of_sending_is_heard_out_before_the_refusal() -> None:
    line = Line(15)
    assert line.answer()[0] == 413
    assert line.given == 15


@pytest.mark.django_db(transaction=True)
def test_the_limit_itself_comes_in_and_forms_with_files_have_one_of_their_own() -> None:
    assert Line(10).answer()[0] != 413
    assert Line(11).answer()[0] == 413
    assert Line(30, b"multipart/form-data; boundary=x").answer()[0] != 413
    assert Line(31, b"multipart/form-data; boundary=x").answer()[0] == 413
