"""Chromium for the browser tests: the system's own, found as `chromium` or named by TERN_CHROMIUM."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, StorageState, expect, sync_playwright

from tests.browser.tern import Tern, running

# Long enough for the page to try again after an outage; nothing waits this long when all is well.
expect.set_options(timeout=40_000)
WINDOW = {"width": 1280, "height": 800}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


# Not for the whole session: Playwright keeps an event loop running in the thread that started it, and Django refuses
# its database there, so every file that came after one of these in the same process would fail.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file; each test has a context of its own in it."""
    path = os.environ.get("TERN_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.fail("There is no Chromium: `apt-get install chromium`, or name one by TERN_CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def ready_context(chromium: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A fresh browser profile. Anything the page throws is an error at its end."""
    made = chromium.new_context(**{"viewport": WINDOW, "reduced_motion": "reduce", **options})
    made.set_default_timeout(20_000)
    thrown: list[str] = []
    made.on("weberror", lambda error: thrown.append(str(error.error)))
    yield made
    made.close()
    assert not thrown, thrown


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile of the test's own."""
    with ready_context(chromium) as made:
        yield made


def trains(request: pytest.FixtureRequest) -> bool:
    """Whether the tests of this file need a trainer: one that does says `TRAINS = True`; the others start quicker."""
    return bool(getattr(request.module, "TRAINS", False))


@pytest.fixture
def tern(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Tern, str]]:
    """A running Tern without any project, and the link that signs its owner in."""
    with running(tmp_path / "data", trains=trains(request)) as started:
        yield started


@dataclass(frozen=True)
class Bench:
    """A running Tern and its owner's signed-in state; each test makes a project of its own.

    Folders below `home`, which is the file's own, may be imported.
    """

    server: Tern
    home: Path
    owner: StorageState

    @property
    def address(self) -> str:
        return self.server.address


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[bool], tuple[Tern, str]]]:
    """Starts, when a file first asks for it, one Tern with and one without a trainer, which all files share."""
    with ExitStack() as started:

        @cache
        def server(trains: bool) -> tuple[Tern, str]:
            home = tmp_path_factory.mktemp("bench") / "data"
            return started.enter_context(running(home, trains=trains))

        yield server


@pytest.fixture(scope="session")
def owners() -> dict[str, StorageState]:
    """Address of a server -> its owner's signed-in state: the link that signs in works once."""
    return {}


@pytest.fixture(scope="module")
def bench(
    chromium: Browser,
    servers: Callable[[bool], tuple[Tern, str]],
    owners: dict[str, StorageState],
    request: pytest.FixtureRequest,
) -> Bench:
    """The Tern that files share: a test must leave nothing behind that others see, and kill nothing."""
    server, link = servers(trains(request))
    if server.address not in owners:
        with ready_context(chromium) as entering:
            entering.new_page().goto(link)
            owners[server.address] = entering.storage_state()
    home = server.home.parent / request.module.__name__.rpartition(".")[2]
    home.mkdir(exist_ok=True)
    return Bench(server, home, owners[server.address])


@pytest.fixture
def person(bench: Bench, chromium: Browser) -> Iterator[BrowserContext]:
    """A browser of its own in which the owner of the bench is signed in."""
    with ready_context(chromium, storage_state=bench.owner) as made:
        yield made


@pytest.fixture
def phone(bench: Bench, chromium: Browser) -> Iterator[BrowserContext]:
    """The owner's phone."""
    with ready_context(chromium, storage_state=bench.owner, **PHONE) as made:
        yield made
