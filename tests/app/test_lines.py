"""Uploads over the server that `start` runs: large, slow, broken off, and never at anybody else's cost."""

import json
import socket
from contextlib import ExitStack

import pytest

from tests.processes import wait_for
from tests.served import MEBI, Served, same

pytestmark = pytest.mark.drill
BOUNDARY = "0123456789"
HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="a.zip"\r\n\r\n'.encode()
FOOT = f"\r\n--{BOUNDARY}--\r\n".encode()


def begin(served: Served, length: int, **more: str) -> socket.socket:
    """An upload of so many bytes, of which only the head of the request is sent."""
    line = socket.create_connection(("127.0.0.1", served.tern.port), timeout=60)
    headers = {
        "Host": "localhost",
        "Authorization": f"Bearer {served.told['token']}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(length),
        **{name.replace("_", "-"): value for name, value in more.items()},
    }
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    line.sendall(f"POST /api/projects/{served.told['project']}/imports/ HTTP/1.1\r\n{told}\r\n".encode())
    return line


def answer_of(line: socket.socket) -> tuple[int, dict]:
    """Status and body."""
    taken = b""
    while b"\r\n\r\n" not in taken or not taken.endswith(b"}"):
        piece = line.recv(MEBI)
        assert piece, "the line was cut"
        taken += piece
    return int(taken.split()[1]), json.loads(taken.partition(b"\r\n\r\n")[2])


def test_a_large_upload_arrives_whole_and_never_lies_in_memory(served: Served) -> None:
    size, process = 150 * MEBI, served.process
    before, most = process.memory_info().rss, 0
    with begin(served, len(HEAD) + size + len(FOOT)) as line:
        line.sendall(HEAD)
        for number in range(size // MEBI):
            line.sendall(number.to_bytes(4, "big") * (MEBI // 4))
            most = max(most, process.memory_info().rss)
        line.sendall(FOOT)
        assert answer_of(line)[0] == 201
    (kept,) = served.home.glob("uploads/*/other-0.zip")
    assert kept.stat().st_size == size
    with kept.open("rb") as file:
        for number in range(size // MEBI):
            assert file.read(MEBI) == number.to_bytes(4, "big") * (MEBI // 4)
    assert max(most, process.memory_info().rss) - before < 60 * MEBI
    kept.unlink()


def test_a_client_that_waits_for_leave_to_send_is_given_it(served: Served) -> None:
    body = HEAD + b"no archive" + FOOT
    with begin(served, len(body), Expect="100-continue") as line:
        assert line.recv(100).startswith(b"HTTP/1.1 100")
        line.sendall(body)
        assert answer_of(line)[0] == 201


def test_uploads_that_dawdle_or_break_off_cost_nobody_a_turn(served: Served) -> None:
    process = served.process
    before = process.num_fds()
    with ExitStack() as held:
        slow = [held.enter_context(begin(served, 50 * MEBI)) for _ in range(24)]
        for line in slow:
            line.sendall(HEAD + bytes(3 * MEBI))
        with served.ask(served.address("original", MEBI + 1)) as answer:
            assert same(answer, served.file("original", MEBI + 1)) == MEBI + 1
    # Each held a line and a file.
    wait_for(lambda: process.num_fds() < before + len(slow), 30, "lines and files to be closed")
    assert served.get("/api/session/")[0].status == 200
