"""Forty pages of tiles, label after label, to the closing of every label, and all of it taken back by one key."""

import random

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from fixtures.demo import LABELS
from tests.browser.conftest import Bench
from tests.browser.label_page import LabelView, pictures_of
from tests.browser.work import Api, prefer, suggest, until_settled
from tests.processes import wait_for

pytestmark = pytest.mark.browser

PICTURES, PAGE, PAGES = 48, 12, 40
SEED, SLOW_MS = 11, 900

Cells = dict[tuple[int, int], int]


def known(api: Api, project: int, labels: list[int]) -> Cells:
    """Every cell that is not unknown, (label, image) -> value, as the server holds it."""
    found: Cells = {}
    for label in labels:
        images = api.get(f"projects/{project}/images/?label={label}&limit={PICTURES}")["results"]
        found |= {(label, image["id"]): image["value"] for image in images if image["value"]}
    return found


def until_known(api: Api, project: int, labels: list[int], count: int) -> None:
    wait_for(lambda: len(known(api, project, labels)) == count, what=f"{count} cells that are not unknown")


def go_on(page: Page) -> None:
    """To the next label."""
    before = page.url
    page.keyboard.press("n")
    page.wait_for_url(lambda url: url != before)


def write_page(view: LabelView, label: int, present: int) -> Cells:
    """Say by keyboard that so many tiles are present and the rest absent, and commit; the cells that this writes."""
    keys = view.page.keyboard
    images = view.tiles().evaluate_all("tiles => tiles.map(tile => Number(tile.dataset.image))")
    assert len(images) == PAGE
    if present == 0:
        keys.press("a")
    else:
        keys.press("Home")
        for _ in range(present - 1):
            keys.press("ArrowRight")
        keys.press("c")
    expect(view.commit()).to_contain_text(f"Write {present} present, {PAGE - present} absent")
    until_settled(view.page)
    keys.press("Enter")
    expect(view.page.locator(f"[role=gridcell][data-image='{images[0]}']")).to_have_count(0)
    return {(label, image): 1 if place < present else -1 for place, image in enumerate(images)}


def test_pages_written_faster_than_the_line_carries_them_never_show_what_was_answered(
    bench: Bench, person: BrowserContext
) -> None:
    api = Api(person, bench.address)
    project = api.make_project(pictures_of(bench, PICTURES), auto_retrain=False)
    suggest(bench.server, project, [0.4] * len(LABELS))
    label = api.get(f"projects/{project}/labels/")[0]["id"]
    page = person.new_page()
    prefer(page, bench.address, "tiles", {"order": "score", "perPage": PAGE, "size": 100})
    view = LabelView(page, bench.address, project, label)
    expect(view.tiles()).to_have_count(PAGE)
    line = {"offline": False, "latency": SLOW_MS, "downloadThroughput": -1, "uploadThroughput": -1}
    person.new_cdp_session(page).send("Network.emulateNetworkConditions", line)

    # What stands ready is read anew after each save, and comes when pages later than that have been written already.
    written: Cells = {}
    for _ in range(PICTURES // PAGE):
        expect(view.tiles()).to_have_count(PAGE)
        written |= write_page(view, label, 2)
    assert len(written) == PICTURES
    expect(page.get_by_role("heading", name="Every picture is decided")).to_be_visible()
    view.saved()
    assert known(api, project, [label]) == written


def test_forty_pages_are_written_every_label_is_closed_and_all_is_taken_back(
    bench: Bench, person: BrowserContext
) -> None:
    api, chance = Api(person, bench.address), random.Random(SEED)
    project = api.make_project(pictures_of(bench, PICTURES), auto_retrain=False)
    suggest(bench.server, project, [0.4] * len(LABELS))
    labels = [row["id"] for row in api.get(f"projects/{project}/labels/")]
    assert len(labels) * PICTURES // PAGE > PAGES
    page = person.new_page()
    prefer(page, bench.address, "tiles", {"order": "score", "perPage": PAGE, "size": 100})
    view = LabelView(page, bench.address, project, labels[0])

    written: Cells = {}
    for number in range(PAGES):
        if number and number % (PICTURES // PAGE) == 0:
            expect(page.get_by_role("heading", name="Every picture is decided")).to_be_visible()
            go_on(page)
        expect(view.tiles()).to_have_count(PAGE)
        written |= write_page(view, int(page.url.rpartition("/")[2]), chance.randrange(PAGE))
    view.saved()
    assert len(written) == PAGES * PAGE
    assert known(api, project, labels) == written

    # What is left is closed as one act, after reading what that is expected to miss.
    page.keyboard.press("Shift+c")
    dialog = page.get_by_role("dialog", name="Close all labels?")
    left = len(labels) * PICTURES - len(written)
    dialog.get_by_role("button", name=f"Write {left} absent").click()
    expect(dialog).to_have_count(0)
    until_known(api, project, labels, len(labels) * PICTURES)
    closed = known(api, project, labels)
    assert {cell: closed[cell] for cell in written} == written
    assert {closed[cell] for cell in closed.keys() - written.keys()} == {-1}

    # One press for the closing and one for each page; the page shows each answer before the next press.
    page.keyboard.press("u")
    wait_for(lambda: known(api, project, labels) == written, what="the closing taken back")
    for taken in range(1, PAGES + 1):
        page.keyboard.press("u")
        until_known(api, project, labels, len(written) - taken * PAGE)
    view.saved()
    assert known(api, project, labels) == {}
