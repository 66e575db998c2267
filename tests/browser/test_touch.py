"""A hand that scrolls says nothing: whatever a finger comes down on, only a tap where it stands still is an act."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Bench
from tests.browser.label_page import PICTURES, Finger, LabelView, box, middle, opened, rest

pytestmark = pytest.mark.browser


def line_after(page: Page) -> int:
    """Tiles before the cut line, read from the tile that carries it."""
    return int(page.evaluate("document.querySelector('[data-cut]')?.closest('[data-index]').dataset.index ?? -2")) + 1


def decisions(page: Page) -> list[str]:
    """What each drawn tile will be written as."""
    return page.evaluate("[...document.querySelectorAll('[role=gridcell]')].map(tile => tile.dataset.state)")


def thumb(page: Page, finger: Finger, x: float, y: float, by: float) -> None:
    """Scroll by a finger that comes down here, and wait until the page rests."""
    tiles = page.get_by_test_id("tiles")
    before = tiles.evaluate("tiles => tiles.scrollTop")
    finger.drag((x, y), (x, y + by), steps=12)
    page.wait_for_function("before => document.querySelector('[data-testid=tiles]').scrollTop !== before", arg=before)
    rest(page)


def test_a_thumb_that_scrolls_moves_no_line_and_flips_no_tile_and_a_tap_does(
    bench: Bench, phone: BrowserContext
) -> None:
    page, _, _, _, view = opened(bench, phone, tall=False)
    finger = Finger(page)
    view.see_all()
    page.keyboard.press("p")
    expect(view.commit()).to_contain_text(f"Write {PICTURES} present")

    # On a gap between two tiles, on the middle of a tile, and on the line itself.
    gap = box(view.tiles().nth(3))
    thumb(page, finger, gap["x"] - 5, gap["y"] + 60, -120)
    expect(view.commit()).to_contain_text(f"Write {PICTURES} present, 0 absent")
    page.get_by_test_id("tiles").evaluate("tiles => tiles.scrollTo(0, 0)")
    thumb(page, finger, *middle(view.tiles().nth(2)), -100)
    expect(view.commit()).to_contain_text(f"Write {PICTURES} present, 0 absent")
    page.get_by_test_id("tiles").evaluate("tiles => tiles.scrollTo(0, tiles.scrollHeight)")
    expect(page.locator("[data-cut]")).to_be_visible()
    thumb(page, finger, *middle(page.locator("[data-cut]")), 150)
    expect(view.commit()).to_contain_text(f"Write {PICTURES} present, 0 absent")

    # A tap on a gap puts the line there, on a tile it flips; both when the finger is lifted, not before.
    page.get_by_test_id("tiles").evaluate("tiles => tiles.scrollTo(0, 0)")
    expect(view.tiles().first).to_have_attribute("aria-label", re.compile("^Tile 1:"))
    rest(page)
    gap = box(view.tiles().nth(3))
    finger.down(gap["x"] - 5, gap["y"] + 60)
    expect(view.commit()).to_contain_text(f"Write {PICTURES} present, 0 absent")
    finger.up()
    expect(view.commit()).to_contain_text(f"Write 3 present, {PICTURES - 3} absent")
    assert line_after(page) == 3
    finger.down(*middle(view.tiles().nth(0)))
    finger.up()
    expect(view.commit()).to_contain_text(f"Write 2 present, {PICTURES - 2} absent")


def test_a_long_press_enlarges_and_scrolling_from_it_says_nothing(bench: Bench, phone: BrowserContext) -> None:
    page, _, _, _, view = opened(bench, phone, tall=False)
    assert isinstance(view, LabelView)
    view.see_all()
    page.keyboard.press("a")
    finger = Finger(page)
    rest(page)
    x, y = middle(view.tiles().nth(1))
    finger.down(x, y)
    expect(page.locator(".look")).to_be_visible()
    for step in range(1, 8):
        finger.move(x, y + 10 * step)
    finger.up()
    expect(page.locator(".look")).to_have_count(0)
    expect(view.commit()).to_contain_text(f"Write 0 present, {PICTURES} absent")
