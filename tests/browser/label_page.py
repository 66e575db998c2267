"""The label view as a person sees it, and what the server holds of the label."""

import re
from pathlib import Path

from playwright.sync_api import BrowserContext, CDPSession, FloatRect, Locator, Page, ViewportSize, expect

from tests.browser.conftest import Bench
from tests.browser.work import Api, draw

PICTURES = 24


TALL: ViewportSize = {"width": 1280, "height": 1500}


class LabelView:
    """The open label view of one label, in a window that shows a whole page of PICTURES tiles unless told otherwise."""

    def __init__(self, page: Page, address: str, project: int, label: int, *, tall: bool = True) -> None:
        self.page = page
        if tall:
            page.set_viewport_size(TALL)
        page.goto(f"{address}/projects/{project}/by-label/{label}")
        expect(self.tiles().first).to_be_visible()

    def tiles(self) -> Locator:
        return self.page.get_by_role("gridcell")

    def commit(self) -> Locator:
        return self.page.get_by_test_id("commit")

    def unsaid(self) -> int:
        """Decisions that the button would write of tiles that have no suggestion; read in one go, suggestions come."""
        names, button = self.page.evaluate(
            """() => [
                [...document.querySelectorAll('[role=gridcell]')].map(tile => tile.getAttribute('aria-label')),
                document.querySelector('[data-testid=commit]').textContent,
            ]"""
        )
        written = sum(map(int, re.findall(r"(\d+) (?:present|absent)", button)))
        return written - sum("will be" in name and "no suggestion" not in name for name in names)

    def counts(self) -> tuple[int, int]:
        """Present and absent decisions that the button says it writes."""
        found = re.search(r"Write ([\d,]+) present, ([\d,]+) absent", self.commit().inner_text())
        return (int(found[1]), int(found[2])) if found else (0, 0)

    def see_all(self) -> None:
        """Scroll through the page to its end and back, as somebody does who looks at every tile."""
        self.page.get_by_test_id("tiles").evaluate(
            """async tiles => {
                const frames = async count => { while (count--) await new Promise(requestAnimationFrame); };
                while (tiles.scrollTop + tiles.clientHeight < tiles.scrollHeight - 1) {
                    tiles.scrollBy(0, tiles.clientHeight / 3);
                    await frames(6);
                }
                await frames(6);
                tiles.scrollTo(0, 0);
                // A finger that comes down while the page moves only stops it.
                await frames(20);
            }"""
        )
        expect(self.page.locator(".tiles-below")).to_have_count(0)

    def saved(self) -> None:
        expect(self.page.get_by_test_id("sync-sign")).to_have_text("Saved")


def box(locator: Locator) -> FloatRect:
    """Where the element is on the page."""
    found = locator.bounding_box()
    assert found is not None
    return found


def a_project(api: Api, folder: Path) -> tuple[int, int]:
    """A project and its first label; what the page writes does not depend on suggestions being there yet."""
    project = api.make_project(folder, auto_retrain=False)
    label = api.get(f"projects/{project}/labels/")[0]["id"]
    return project, label


def held(api: Api, project: int, label: int) -> dict[str, int]:
    """Counts of the label as the server has them."""
    rows = api.get(f"projects/{project}/progress/")["labels"]
    row = next(row for row in rows if row["id"] == label)
    return {state: row[state] for state in ("present", "absent", "unknown")}


def pictures_of(bench: Bench, count: int = PICTURES) -> Path:
    """A folder of so many demo scenes, drawn once for all files."""
    folder = bench.server.home.parent / f"pictures-{count}"
    if not folder.exists():
        draw(folder, count)
    return folder


def opened(bench: Bench, context: BrowserContext, *, tall: bool = True) -> tuple[Page, Api, int, int, LabelView]:
    """The owner's page at one label of a new project with PICTURES pictures."""
    page = context.new_page()
    api = Api(context, bench.address)
    project, label = a_project(api, pictures_of(bench))
    return page, api, project, label, LabelView(page, bench.address, project, label, tall=tall)


class Finger:
    """One finger on the screen of a page."""

    def __init__(self, page: Page) -> None:
        self.devtools: CDPSession = page.context.new_cdp_session(page)

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": x, "y": y} for x, y in points]
        self.devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    def down(self, x: float, y: float) -> None:
        self._send("touchStart", (x, y))

    def move(self, x: float, y: float) -> None:
        self._send("touchMove", (x, y))

    def up(self) -> None:
        self._send("touchEnd")

    def drag(self, start: tuple[float, float], end: tuple[float, float], steps: int = 8) -> None:
        """From one place to another without leaving the screen."""
        (x, y), (to_x, to_y) = start, end
        self.down(x, y)
        for step in range(1, steps + 1):
            self.move(x + (to_x - x) * step / steps, y + (to_y - y) * step / steps)
        self.up()


def middle(locator: Locator) -> tuple[float, float]:
    """Where a person would point at."""
    place = box(locator)
    return place["x"] + place["width"] / 2, place["y"] + place["height"] / 2


def rest(page: Page) -> None:
    """Wait until the grid has been painted standing still for long enough that a tap means what it touches."""
    page.evaluate(
        """() => new Promise(done => {
            const tiles = document.querySelector('[data-testid=tiles]');
            let [top, since] = [-1, 0];
            const look = now => {
                if (tiles.scrollTop !== top) [top, since] = [tiles.scrollTop, now];
                if (now - since > 120) done(true);
                else requestAnimationFrame(look);
            };
            requestAnimationFrame(look);
        })"""
    )
