"""Every byte of every file arrives through the server that `start` runs: any size, any part, whoever else reads."""

import io
import socket
import threading
from contextlib import ExitStack

import pytest
from PIL import Image

from tests.processes import wait_for
from tests.served import KINDS, MEBI, Served, same

pytestmark = pytest.mark.drill
LARGE = 50_000_000
HUGE = 1_000_000_000


def open_files(served: Served) -> list[str]:
    """The files of all kinds that the server holds open, one entry a download."""
    ours = {str(served.file(kind, size)) for kind, sizes in KINDS.items() for size in sizes}
    return [file.path for file in served.process.open_files() if file.path in ours]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "size"), [(kind, size) for kind, sizes in KINDS.items() for size in sizes])
def test_every_byte_of_every_kind_of_file_arrives(served: Served, kind: str, size: int) -> None:
    process = served.process
    before, most = process.memory_info().rss, 0

    def watch() -> None:
        nonlocal most
        most = max(most, process.memory_info().rss)

    with served.ask(served.address(kind, size)) as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, str(size))
        assert answer.headers["Accept-Ranges"] == "bytes"
        assert same(answer, served.file(kind, size), each=watch if size == HUGE else None) == size
    assert most - before < 30 * MEBI, "a download lies in memory"


def test_a_heat_map_arrives(served: Served) -> None:
    project, label = served.told["project"], served.told["label"]
    image = served.told["images"]["0"]
    answer, body = served.get(f"/api/projects/{project}/images/{image}/heatmap/{label}.png?version=1")
    assert answer.status == 200
    assert Image.open(io.BytesIO(body)).size == (320, 160)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [1, MEBI, MEBI + 1, LARGE])
def test_any_part_of_a_file_arrives_by_itself(served: Served, kind: str, size: int) -> None:
    address, file = served.address(kind, size), served.file(kind, size)
    for asked, start, stop in (
        ("bytes=0-0", 0, 1),
        ("bytes=0-", 0, size),
        (f"bytes={size - 1}-", size - 1, size),
        (f"bytes={size // 2}-{size // 2 + 5}", size // 2, min(size, size // 2 + 6)),
        (f"bytes=0-{10 * size}", 0, size),
        ("bytes=-1", size - 1, size),
        (f"bytes=-{size + 7}", 0, size),
    ):
        with served.ask(address, Range=asked) as answer:
            assert answer.status == 206, asked
            assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
            assert answer.headers["Content-Length"] == str(stop - start)
            assert same(answer, file, start) == stop - start


@pytest.mark.parametrize("kind", ["original", "snapshot", "static"])
def test_what_is_no_range_gets_the_whole_and_what_lies_behind_the_end_is_refused(served: Served, kind: str) -> None:
    address = served.address(kind, MEBI + 1)
    for asked in ("bytes=5-2", "bytes=a-b", "lines=0-1", "bytes=-", "bytes=0-1,4-5", "bytes=²-", "nonsense"):
        with served.ask(address, Range=asked.encode().decode("latin1")) as answer:
            assert (answer.status, answer.headers["Content-Length"]) == (200, str(MEBI + 1)), asked
    for path, asked in (
        (address, f"bytes={MEBI + 1}-"),
        (address, "bytes=-0"),
        (served.address(kind, 0), "bytes=0-"),
        (served.address(kind, 0), "bytes=-5"),
    ):
        answer, body = served.get(path, Range=asked)
        size = MEBI + 1 if path == address else 0
        assert (answer.status, answer.headers["Content-Range"]) == (416, f"bytes */{size}")
        assert str(size) in body.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_the_head_of_an_answer_tells_the_length_and_brings_no_bytes(served: Served, kind: str) -> None:
    for size in (MEBI, LARGE):
        answer, body = served.get(served.address(kind, size), "HEAD", Range="bytes=0-1")
        assert (answer.status, answer.headers["Content-Length"], body) == (200, str(size), b"")


@pytest.mark.parametrize("kind", KINDS)
def test_a_download_that_broke_off_goes_on_where_it_was_and_never_joins_two_files(served: Served, kind: str) -> None:
    address, file = served.address(kind, LARGE), served.file(kind, LARGE)
    with served.ask(address) as answer:
        etag, modified = answer.headers["ETag"], answer.headers["Last-Modified"]
        first = answer.read(3 * MEBI)
    with served.ask(address, Range=f"bytes={len(first)}-", If_Range=etag) as answer:
        assert answer.status == 206
        assert answer.headers["ETag"] == etag
        assert same(answer, file, len(first)) == LARGE - len(first)
    if modified:
        with served.ask(address, Range="bytes=5-", If_Range=modified) as answer:
            assert answer.status == 206
    for other in ('"another"', f"W/{etag}", "Mon, 01 Jan 2024 00:00:00 GMT"):
        with served.ask(address, Range="bytes=5-", If_Range=other) as answer:
            assert (answer.status, answer.headers["Content-Length"]) == (200, str(LARGE))
    answer, body = served.get(address, If_None_Match=etag)
    assert (answer.status, body) == (304, b"")


def stalled(served: Served, path: str) -> socket.socket:
    """A client that asked for the file, has a small buffer, and reads no more than the first bytes."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(("127.0.0.1", served.tern.port))
    reader.settimeout(60)
    reader.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {served.cookie}\r\n\r\n".encode())
    assert reader.recv(12) == b"HTTP/1.1 200"
    return reader


def rest_of(reader: socket.socket, stop: int) -> bytes:
    """The body of a stalled answer, read at last."""
    taken = b""
    while b"\r\n\r\n" not in taken:
        taken += reader.recv(MEBI)
    body = bytearray(taken.partition(b"\r\n\r\n")[2])
    while len(body) < stop and (piece := reader.recv(MEBI)):
        body += piece
    return bytes(body)


@pytest.mark.slow
def test_slow_readers_take_nobodys_turn_and_get_all_their_bytes_in_the_end(served: Served) -> None:
    address, file = served.address("snapshot", LARGE), served.file("snapshot", LARGE)
    with ExitStack() as held:
        slow = [held.enter_context(stalled(served, address)) for _ in range(24)]
        wait_for(lambda: open_files(served).count(str(file)) == len(slow), 30, "all downloads to begin")
        threads = served.process.num_threads()
        for kind in KINDS:
            with served.ask(served.address(kind, LARGE)) as answer:
                assert same(answer, served.file(kind, LARGE)) == LARGE
        assert served.process.num_threads() <= threads + 4
        assert rest_of(slow[0], LARGE) == file.read_bytes()


def test_whoever_leaves_in_the_middle_leaves_no_open_file_and_no_busy_thread(served: Served) -> None:
    paths = [served.address(kind, LARGE) for kind in KINDS]
    readers = [stalled(served, path) for path in paths * 6]
    wait_for(lambda: len(open_files(served)) == len(readers), 30, "all downloads to begin")
    for place, reader in enumerate(readers):
        if place % 2:
            # A line that is cut, instead of one that is closed.
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        reader.close()
    wait_for(lambda: not open_files(served), 30, "all files to be closed")
    with served.ask(paths[0]) as answer:
        assert same(answer, served.file("original", LARGE)) == LARGE


@pytest.mark.slow
def test_many_at_once_each_get_their_own_bytes(served: Served) -> None:
    wrong: list[str] = []

    def fetch(kind: str, size: int) -> None:
        try:
            with served.ask(served.address(kind, size)) as answer:
                assert same(answer, served.file(kind, size)) == size
        except (AssertionError, OSError) as error:
            wrong.append(f"{kind} {size}: {error}")

    pairs = [(kind, size) for kind, sizes in KINDS.items() for size in sizes if 0 < size <= LARGE]
    threads = [threading.Thread(target=fetch, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_one_line_carries_answer_after_answer(served: Served) -> None:
    line, file = served.line(), served.file("original", LARGE)
    for start in range(0, LARGE, 20_000_000):
        stop = min(LARGE, start + 20_000_000)
        asked = {"Cookie": served.cookie, "Range": f"bytes={start}-{stop - 1}"}
        line.request("GET", served.address("original", LARGE), headers=asked)
        answer, kept = line.getresponse(), line.sock
        assert answer.status == 206
        assert same(answer, file, start) == stop - start
        assert line.sock is kept
    line.close()
