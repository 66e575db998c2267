"""Looking closely: every way of zooming and moving the picture stays, on a desk and by two fingers."""

import io
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Bench, ready_context
from tests.browser.label_page import box, middle
from tests.browser.work import Api, draw

pytestmark = pytest.mark.browser

WIDE = (12_000, 800)


@dataclass(frozen=True)
class Place:
    """A project with a panorama and an ordinary picture."""

    address: str
    project: int
    wide: int
    other: int

    def open(self, context: BrowserContext, image: int) -> Page:
        page = context.new_page()
        page.goto(f"{self.address}/projects/{self.project}/label?image={image}")
        expect(page.locator(".row").first).to_be_visible()
        return page


def panorama() -> Image.Image:
    """Every second column blue, so that a pixel beside its place shows; red says how far right, green how far down."""
    width, height = WIDE
    columns, rows = np.arange(width), np.arange(height)[:, None]
    channels = np.broadcast_arrays(columns * 256 // width, rows * 256 // height, columns % 2 * 255)
    return Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8))


@pytest.fixture(scope="module")
def place(bench: Bench, chromium: Browser) -> Place:
    """One project for all tests of this file: they only look."""
    draw(bench.home / "pictures", 1)
    panorama().save(bench.home / "pictures" / "panorama.png")
    with ready_context(chromium, storage_state=bench.owner) as context:
        api = Api(context, bench.address)
        project = api.make_project(bench.home / "pictures", auto_retrain=False)
        images = api.get(f"projects/{project}/images/")["results"]
    wide = next(image["id"] for image in images if image["width"] == WIDE[0])
    other = next(image["id"] for image in images if image["id"] != wide)
    return Place(bench.address, project, wide, other)


def scale(page: Page) -> int:
    """Percent of its pixels at which the picture is shown."""
    return int(page.locator(".tools-scale").inner_text().rstrip("%"))


def settled(page: Page, percent: int) -> None:
    expect(page.locator(".tools-scale")).to_have_text(f"{percent}%")


def test_every_way_of_zooming_stays_and_can_be_taken_back(place: Place, person: BrowserContext) -> None:
    page = place.open(person, place.other)
    stage = page.get_by_test_id("stage")
    whole = scale(page)

    def zoomed(act: str) -> None:
        expect(page.locator(".tools-scale"), act).not_to_have_text(f"{whole}%")
        # Twice painted: what a later effect takes back is gone by then.
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert scale(page) != whole, act
        page.keyboard.press("x")
        settled(page, whole)

    for key in ("+", "=", "-", "z"):
        page.keyboard.press(key)
        zoomed(key)
    x, y = middle(stage)
    page.mouse.move(x, y)
    page.mouse.wheel(0, -300)
    zoomed("wheel")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -60)
    page.keyboard.up("Control")
    zoomed("wheel with Ctrl, as a touchpad pinches")
    page.get_by_role("button", name="Zoom, now").click()
    zoomed("button")
    page.mouse.dblclick(x, y)
    zoomed("double click")

    # Turned, it is whole again, and zooms as before.
    page.keyboard.press("+")
    page.keyboard.press("r")
    turned = scale(page)
    page.keyboard.press("+")
    expect(page.locator(".tools-scale")).not_to_have_text(f"{turned}%")
    page.keyboard.press("x")
    settled(page, whole)


def seen(page: Page, x: float, y: float) -> tuple[int, int, int]:
    """The colour that the screen shows at this place of the window."""
    shot = page.screenshot(clip={"x": x, "y": y, "width": 1, "height": 1})
    pixel = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"))[0, 0]
    return int(pixel[0]), int(pixel[1]), int(pixel[2])


def test_a_panorama_is_seen_to_its_last_pixel(place: Place, person: BrowserContext) -> None:
    page = person.new_page()
    originals: list[str] = []
    page.on("request", lambda one: originals.append(one.url) if one.url.endswith("/original") else None)
    page.goto(f"{place.address}/projects/{place.project}/label?image={place.wide}")
    stage, picture = page.get_by_test_id("stage"), page.locator(".stage-picture")
    settled(page, 7)
    frame = box(stage)
    left, top, right, bottom = frame["x"], frame["y"], frame["x"] + frame["width"], frame["y"] + frame["height"]

    # The wheel zooms around the pointer, whose place a browser tells in whole pixels: what is under it stays under it.
    x, y = round(left + 0.8 * frame["width"]), round(middle(stage)[1])
    share = (x - box(picture)["x"]) / box(picture)["width"]
    page.mouse.move(x, y)
    for _ in range(3):
        page.mouse.wheel(0, -200)
    settled(page, 20)
    assert abs(x - box(picture)["x"] - share * box(picture)["width"]) <= 1
    page.keyboard.press("x")
    settled(page, 7)
    # So does a double click, which goes to 100%; there it is sharp to the pixel, from the original, asked for but once.
    page.mouse.dblclick(x, y)
    settled(page, 100)
    assert box(picture)["width"] == WIDE[0]
    assert abs(x - box(picture)["x"] - share * WIDE[0]) <= 1
    expect(picture.locator("img[src$='/original']")).to_be_visible()
    assert len(originals) == 1

    def expect_column(column: int, x: float, y: float) -> None:
        assert seen(page, x, y)[::2] == (column * 256 // WIDE[0], column % 2 * 255), column

    for step in range(4):
        expect_column(x + step - round(box(picture)["x"]), x + step, y)

    # By keys to the left and the upper edge, by dragging to the right and the lower one, and no further.
    for key in ("Shift+ArrowLeft", "Shift+ArrowUp"):
        for _ in range(60):
            page.keyboard.press(key)
    assert [box(picture)["x"], box(picture)["y"]] == pytest.approx([left, top], abs=1)
    expect_column(0, left, y)
    assert seen(page, x, top + 1)[1] == 0
    for _ in range(16):
        page.mouse.move(right - 5, bottom - 5)
        page.mouse.down()
        page.mouse.move(left + 5, top + 5)
        page.mouse.up()
    ends = [box(picture)["x"] + WIDE[0], box(picture)["y"] + WIDE[1]]
    assert ends == pytest.approx([right, bottom], abs=1)
    expect_column(WIDE[0] - 1, round(ends[0]) - 1, y)
    assert seen(page, x, round(ends[1]) - 1)[1] == 255


def test_two_fingers_zoom_and_one_moves(place: Place, phone: BrowserContext) -> None:
    page = place.open(phone, place.wide)
    touch = page.context.new_cdp_session(page)
    whole = scale(page)
    x, y = middle(page.get_by_test_id("stage"))

    def fingers(kind: str, *apart: float) -> None:
        points = [{"x": x + place, "y": y, "id": number} for number, place in enumerate(apart)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", -20, 20)
    for step in range(1, 12):
        fingers("touchMove", -20 - 12 * step, 20 + 12 * step)
    fingers("touchEnd")
    expect(page.locator(".tools-scale")).not_to_have_text(f"{whole}%")
    assert scale(page) > 3 * whole
    before = box(page.locator(".stage-picture"))["x"]
    fingers("touchStart", 60)
    for step in range(1, 6):
        fingers("touchMove", 60 - 20 * step)
    fingers("touchEnd")
    moved = "before => document.querySelector('.stage-picture').getBoundingClientRect().x < before - 50"
    page.wait_for_function(moved, arg=before)
    # The page itself has not moved or grown.
    assert page.evaluate("visualViewport.scale") == 1
