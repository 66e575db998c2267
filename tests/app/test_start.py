"""`manage.py start` brings everything up, tells how to get in, and leaves nothing behind."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, build_opener

import psutil
import pytest

from tests.paths import ROOT
from tests.processes import environment, wait_for

pytestmark = pytest.mark.drill
READY = re.compile(r"(http://\S+)/enter/(\S+)/")


@contextmanager
def started(home: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A running `start` with SQLite in `home`, and the file it writes to; killed at the end."""
    out = home / "out.txt"
    variables = {**environment(), "TERN_HOME": str(home), "DATABASE_URL": f"sqlite:///{home / 'tern.sqlite3'}"}
    command = [sys.executable, "-u", "manage.py", "start", "--no-browser", "--no-demo", "--no-build", *options]
    with out.open("wb") as file:
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=file, stderr=subprocess.STDOUT)
    try:
        yield process, out
    finally:
        process.kill()
        process.wait()


def link(out: Path) -> tuple[str, str]:
    """The address and the sign-in link that were printed."""
    found = wait_for(lambda: READY.search(out.read_text()), 90, "the sign-in link")
    return found.group(1), found.group(0)


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """All processes below this one, once the worker and its trainer are there."""
    parent = psutil.Process(process.pid)
    wait_for(lambda: len(parent.children(recursive=True)) >= 2, 90, "worker and trainer")
    return parent.children(recursive=True)


@pytest.mark.slow
def test_the_printed_link_signs_in_and_ctrl_c_stops_everything(tmp_path: Path) -> None:
    with started(tmp_path, "--port", "0") as (process, out):
        address, way_in = link(out)
        browser = build_opener(HTTPCookieProcessor(CookieJar()))
        browser.open(f"{address}/api/session/").read()
        # The page itself may not be built here; the sign-in has happened by then.
        with suppress(OSError):
            browser.open(way_in)
        assert b'"username":"owner"' in browser.open(f"{address}/api/session/").read()
        below = family(process)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        wait_for(lambda: not any(one.is_running() for one in below), 60, "all processes to leave")
        assert "Tern has stopped." in out.read_text()


@pytest.mark.slow
def test_kill_9_leaves_no_process_behind(tmp_path: Path) -> None:
    with started(tmp_path, "--port", "0") as (process, out):
        link(out)
        below = family(process)
        process.kill()
        process.wait()
        wait_for(lambda: not any(one.is_running() for one in below), 60, "all processes to leave")


@pytest.mark.slow
def test_a_worker_that_dies_is_started_again(tmp_path: Path) -> None:
    with started(tmp_path, "--port", "0") as (process, out):
        link(out)
        worker = wait_for(lambda: psutil.Process(process.pid).children(), 60, "the worker")[0]
        worker.kill()
        again = wait_for(
            lambda: [one for one in psutil.Process(process.pid).children() if one.pid != worker.pid], 60, "a new worker"
        )
        assert again


@pytest.mark.slow
def test_a_taken_port_is_left_alone(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with started(tmp_path, "--no-worker", "--port", str(port)) as (_, out):
            address, _ = link(out)
            assert not address.endswith(f":{port}")
            assert f"Port {port} is taken." in out.read_text()


PAGE = {
    "name": "page",
    "version": "1.0.0",
    # A second one at the same time finds the folder there, and fails.
    "scripts": {"build": "mkdir busy && sleep 1 && mkdir -p dist && echo page > dist/index.html && rmdir busy"},
}
BUILD = """
import sys
from pathlib import Path
from annotator.start.page import build_if_stale
print(build_if_stale(Path(sys.argv[1]), print))
"""


@pytest.mark.slow
def test_two_that_build_the_page_at_once_do_not_meet_and_one_of_them_builds(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text(json.dumps(PAGE))
    lock = {
        "name": "page",
        "version": "1.0.0",
        "lockfileVersion": 3,
        "packages": {"": {"name": "page", "version": "1.0.0"}},
    }
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    command = [sys.executable, "-c", BUILD, str(tmp_path)]
    both = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    said = [one.communicate(timeout=120)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert sorted(text.split()[-1] for text in said) == ["False", "True"]
    assert (tmp_path / "dist" / "index.html").read_text() == "page\n"
