"""Two people and a phone work as fast as they can, on a bad network and with the server killed; then everything agrees.

The short form runs with the tests. `manage.py drill work --minutes N` runs it long (TERN_WALK_MINUTES), writes its
figures (TERN_WALK_JSON), takes another draw (TERN_WALK_SEED) or an empty database of PostgreSQL (TERN_WALK_DATABASE).
"""

import json
import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.conftest import PHONE, ready_context
from tests.browser.tern import Tern, running
from tests.browser.walk.agree import by_export, by_history, by_matrix, by_page, differences, images_of
from tests.browser.walk.figures import figures, server_mib
from tests.browser.walk.network import SlowNetwork, Weather, slow_network
from tests.browser.walk.person import Person
from tests.browser.work import Api, come_in, draw

pytestmark = [pytest.mark.browser, pytest.mark.drill]

MINUTES = float(os.environ.get("TERN_WALK_MINUTES", "0"))
SEED = int(os.environ.get("TERN_WALK_SEED", "0"))
# The short form is counted in acts, so that a slow machine walks as far as a quick one.
SHORT_ACTS = 150
PICTURES = 300 if MINUTES else 24
LOOKED_AT = 40 if MINUTES else 6
RESTART_EVERY_S = 240.0


@pytest.fixture
def tern(tmp_path: Path) -> Iterator[tuple[Tern, str]]:
    """A running Tern without any project, and the link that signs its owner in."""
    with running(tmp_path / "data", database=os.environ.get("TERN_WALK_DATABASE", "")) as started:
        yield started


@pytest.fixture
def network(tern: tuple[Tern, str]) -> Iterator[SlowNetwork]:
    """A bad line to the server."""
    with slow_network(tern[0].port, Weather(), SEED) as line:
        yield line


def team(
    chromium: Browser, owner: BrowserContext, open_with: ExitStack, api: Api, project: int, address: str
) -> list[Person]:
    """The owner and an annotator by keys, another by touch."""
    labels = [label["id"] for label in api.get(f"projects/{project}/labels/")]
    people = [Person("owner", owner.new_page(), address, project, labels, random.Random(SEED * 10))]
    for number, name in enumerate(("amir", "pia"), 1):
        touch = name == "pia"
        page = open_with.enter_context(
            ready_context(chromium, **({**PHONE, "device_scale_factor": 2} if touch else {}))
        ).new_page()
        invited = api.send("POST", f"projects/{project}/members/", data={"username": name, "role": "annotator"})
        come_in(page, invited["one_time_link"].replace(api.address, address), name)
        people.append(Person(name, page, address, project, labels, random.Random(SEED * 10 + number), touch))
    return people


def test_an_hours_acts_of_two_people_and_a_phone_leave_everything_in_agreement(
    tern: tuple[Tern, str], network: SlowNetwork, chromium: Browser, context: BrowserContext, tmp_path: Path
) -> None:
    server, link = tern
    draw(tmp_path / "pictures", PICTURES)
    context.new_page().goto(link)
    api = Api(context, server.address)
    project = api.make_project(tmp_path / "pictures", audit_share=0.05)
    assert server.process is not None
    weights = [server_mib(server.process.pid)]
    with ExitStack() as open_with:
        people = team(chromium, context, open_with, api, project, network.address)
        begun = restarted = time.monotonic()
        for person in people:
            person.begin()
        acts = 0
        while acts < SHORT_ACTS if not MINUTES else time.monotonic() < begun + MINUTES * 60:
            person = people[acts % len(people)]
            person.act()
            acts += 1
            if time.monotonic() > restarted + RESTART_EVERY_S or (not MINUTES and acts == SHORT_ACTS // 2):
                restarted = time.monotonic()
                server.kill()
                server.start()
        for person in people:
            person.finish()
        seconds = time.monotonic() - begun
        weights.append(server_mib(server.process.pid))
        found = figures(people, network, seconds, weights)
    print(json.dumps(found))
    if where := os.environ.get("TERN_WALK_JSON"):
        Path(where).write_text(json.dumps(found | {"seed": SEED}, indent=1) + "\n")

    images = images_of(api, project)
    assert len(images) == PICTURES
    names = {label["id"]: label["name"] for label in api.get(f"projects/{project}/labels/")}
    history, broken = by_history(api, project, images, names)
    assert not broken
    assert history, "nobody marked anything"
    matrix = by_matrix(api, project, images, names)
    assert not differences("the matrix", matrix, "the history", history)
    assert not differences("the matrix", matrix, "the export", by_export(api, project, names))
    looked_at = random.Random(SEED).sample(images, min(LOOKED_AT, len(images)))
    shown = {image["file_name"] for image in looked_at}
    page = context.new_page()
    seen = by_page(page, server.address, project, looked_at)
    assert not differences(
        "the matrix", {cell: value for cell, value in matrix.items() if cell[0] in shown}, "the page", seen
    )
