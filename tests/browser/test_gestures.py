"""Fingers, held buttons and ranges in the label view: what each does, and what a key then says of the tiles."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.conftest import Bench, ready_context
from tests.browser.label_page import PICTURES, Finger, held, middle, opened, rest
from tests.browser.work import until_settled

pytestmark = pytest.mark.browser


def test_a_finger_taps_holds_scrolls_and_selects_and_never_widens_the_page(bench: Bench, phone: BrowserContext) -> None:
    page, api, project, label, view = opened(bench, phone, tall=False)
    finger, tiles = Finger(page), page.get_by_test_id("tiles")
    view.see_all()
    page.keyboard.press("a")
    expect(view.commit()).to_contain_text(f"Write 0 present, {PICTURES} absent")
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    # A tap flips.
    view.tiles().nth(1).tap()
    expect(view.commit()).to_contain_text("Write 1 present")

    # Held, a tile is enlarged for as long as it is held; lifting the finger says nothing of it.
    finger.down(*middle(view.tiles().nth(0)))
    expect(page.locator(".look")).to_be_visible()
    finger.up()
    expect(page.locator(".look")).to_have_count(0)
    expect(view.commit()).to_contain_text("Write 1 present")

    # A finger that sets out upwards scrolls and says nothing; the page goes on moving when it is lifted.
    x, y = middle(view.tiles().nth(2))
    tiles.evaluate(
        "tiles => { window.rest = new Promise(done => tiles.addEventListener('scrollend', done, { once: true })) }"
    )
    finger.drag((x, y + 100), (x, y - 100))
    page.evaluate("window.rest.then(() => true)")
    assert tiles.evaluate("tiles => tiles.scrollTop") > 0
    expect(view.commit()).to_contain_text("Write 1 present")
    tiles.evaluate("tiles => tiles.scrollTo(0, 0)")
    expect(view.tiles().first).to_have_attribute("aria-label", re.compile("^Tile 1:"))
    rest(page)

    # One that sets out sideways selects, on to the next row too; one button then says it of all of them.
    finger.drag(middle(view.tiles().nth(0)), middle(view.tiles().nth(3)))
    chosen = page.get_by_role("group", name="4 tiles selected")
    expect(chosen).to_be_visible()
    chosen.get_by_role("button", name="Present").tap()
    expect(view.commit()).to_contain_text(f"Write 4 present, {PICTURES - 4} absent")
    rest(page)

    # The line is dragged by finger too, once it has set out sideways: from before the first tile to behind the sixth.
    (x, y), sixth = middle(page.locator("[data-cut]")), middle(view.tiles().nth(5))
    finger.down(x, y)
    for step in (10, 20, 30):
        finger.move(x + step, y)
    finger.move(sixth[0] + 60, sixth[1])
    finger.up()
    expect(view.commit()).to_contain_text(f"Write 6 present, {PICTURES - 6} absent")
    until_settled(page)
    view.commit().tap()
    expect(page.get_by_role("heading", name="Every picture is decided")).to_be_visible()
    view.saved()
    assert held(api, project, label) == {"present": 6, "absent": PICTURES - 6, "unknown": 0}


def test_mouse_and_key_enlarge_while_held_and_a_range_takes_what_one_key_says(
    bench: Bench, person: BrowserContext
) -> None:
    page, api, project, label, view = opened(bench, person)
    look = page.locator(".look")
    page.keyboard.press("a")

    page.mouse.move(*middle(view.tiles().nth(3)))
    page.mouse.down()
    expect(look).to_be_visible()
    page.mouse.up()
    expect(look).to_have_count(0)
    page.keyboard.press("Home")
    page.keyboard.down("z")
    expect(look).to_be_visible()
    page.keyboard.up("z")
    expect(look).to_have_count(0)
    expect(view.commit()).to_contain_text(f"Write 0 present, {PICTURES} absent")

    # Dragged over, then one key.
    page.mouse.move(*middle(view.tiles().nth(0)))
    page.mouse.down()
    page.mouse.move(*middle(view.tiles().nth(2)), steps=5)
    page.mouse.up()
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.keyboard.press("p")
    expect(view.commit()).to_contain_text("Write 3 present")

    # From a click to a click with Shift, then one key; by arrows with Shift, then one key.
    view.tiles().nth(5).click()
    view.tiles().nth(8).click(modifiers=["Shift"])
    page.keyboard.press("p")
    expect(view.commit()).to_contain_text("Write 7 present")
    page.keyboard.press("End")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press(".")
    expect(view.commit()).to_contain_text(f"Write 7 present, {PICTURES - 9} absent")

    until_settled(page)
    page.keyboard.press("Enter")
    view.saved()
    assert held(api, project, label) == {"present": 7, "absent": PICTURES - 9, "unknown": 2}
    # One key takes the whole page back.
    page.keyboard.press("u")
    expect(view.tiles()).to_have_count(PICTURES)
    view.saved()
    assert held(api, project, label) == {"present": 0, "absent": 0, "unknown": PICTURES}


def test_the_page_says_how_many_tiles_nobody_has_seen_and_a_key_shows_the_next_screen(
    bench: Bench, chromium: Browser
) -> None:
    with ready_context(chromium, storage_state=bench.owner, viewport={"width": 700, "height": 560}) as small:
        page, _, _, _, view = opened(bench, small, tall=False)
        below = page.locator(".tiles-below")
        expect(below).to_be_visible()
        first = int(below.inner_text().split()[0])
        assert 0 < first < PICTURES
        page.keyboard.press("a")
        expect(view.commit()).to_contain_text(f"Write 0 present, {PICTURES - first} absent")
        page.keyboard.press("PageDown")
        expect(below).not_to_contain_text(f"{first} not seen")


def test_one_key_writes_what_was_on_screen_and_the_rest_is_the_next_page(bench: Bench, chromium: Browser) -> None:
    with ready_context(chromium, storage_state=bench.owner, viewport={"width": 700, "height": 560}) as small:
        page, api, project, label, view = opened(bench, small, tall=False)
        below = page.locator(".tiles-below")
        expect(below).to_be_visible()
        unseen = int(below.inner_text().split()[0])
        page.keyboard.press("a")
        expect(view.commit()).to_contain_text(f"Write 0 present, {PICTURES - unseen} absent")
        until_settled(page)
        page.keyboard.press("Enter")
        view.saved()
        assert held(api, project, label) == {"present": 0, "absent": PICTURES - unseen, "unknown": unseen}
        expect(page.get_by_role("grid")).to_have_attribute("aria-label", re.compile(f": {unseen} pictures"))
        # One that was named is written though it has left the screen since, and a jump shows nothing on its way.
        page.keyboard.press("Space")
        expect(view.tiles().first).to_have_attribute("data-own", "true")
        page.keyboard.press("End")
        expect(below).to_be_visible()


def test_a_page_written_offline_shows_the_next_and_is_saved_when_the_network_is_back(
    bench: Bench, person: BrowserContext
) -> None:
    page, api, project, label, view = opened(bench, person)
    page.keyboard.press("a")
    person.set_offline(True)
    until_settled(page)
    page.keyboard.press("Enter")
    sign = page.get_by_test_id("sync-sign")
    expect(sign).to_have_text("Offline · 1 waiting")
    assert held(api, project, label)["unknown"] == PICTURES
    person.set_offline(False)
    view.saved()
    assert held(api, project, label) == {"present": 0, "absent": PICTURES, "unknown": 0}
