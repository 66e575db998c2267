"""Every page by axe-core's rules, by Tab alone, and in a low and a narrow window."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, StorageState, expect

from fixtures.demo import LABELS
from tests.browser.conftest import Bench, ready_context
from tests.browser.label_page import box
from tests.browser.work import JOB_SECONDS, Api, ImageView, draw, until_settled
from tests.paths import ROOT
from tests.processes import wait_for

pytestmark = pytest.mark.browser
TRAINS = True

# From the page's development packages; the start command installs them when it builds the page.
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
# A window of 1366 x 768 zoomed to 200%.
LOW = {"width": 683, "height": 384}
PHONE = {"width": 360, "height": 780}
# A rule that axe-core still calls experimental: who speaks to the page says what stands on a button.
RUN_AXE = """axe.run(document, {resultTypes: ["violations"],
                             rules: {"label-content-name-mismatch": {enabled: true}}})"""
MOST_STOPS = 200
# With fewer marks a model is not measured yet.
PICTURES, MARKED = 24, 20
DOUBTS = re.compile("doubt|look at again", re.IGNORECASE)

# What has the focus: its name and whether it shows where it is; null when nothing has.
STOP = """() => {
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    at.dataset.walked = "";
    const drawn = (one) => { const { outlineStyle, outlineWidth } = getComputedStyle(one);
                             return outlineStyle !== "none" && parseFloat(outlineWidth) > 0; };
    const rect = at.querySelector("rect");
    const shows = drawn(at) || (rect && getComputedStyle(rect).stroke !== "none")
        || [...(at.closest("label")?.children ?? [])].some(drawn);
    const name = at.ariaLabel || at.innerText || at.labels?.[0]?.innerText || at.textContent;
    return { what: `${at.tagName} ${name}`.trim(), named: Boolean(name?.trim()), shows: Boolean(shows) };
}"""
# What a finger is meant to hit and is smaller than 44 px; links in running text are as high as the text.
SMALL = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [role=button], "
                                              + "[role=link]")]
    .filter((one) => !one.disabled && one.type !== "file" && one.checkVisibility({ visibilityProperty: true }))
    .filter((one) => !(one.tagName === "A" && getComputedStyle(one).display === "inline" && one.closest("p, dd")))
    .map((one) => [one, (one.closest("label") ?? one).getBoundingClientRect()])
    .filter(([one, box]) => box.width > 1 && !one.classList.contains("skip"))
    .filter(([, box]) => box.height < 43.5 || box.width < 43.5)
    .map(([one, box]) => `${one.tagName}.${one.className}: ${one.ariaLabel ?? one.innerText.slice(0, 40)} `
        + `${Math.round(box.width)} x ${Math.round(box.height)}`)"""
# What Tab should have come to. A group of choices is one stop, and so is a grid; a file field has a button of its own.
MISSED = """() => [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter((one) => !one.disabled && one.tabIndex >= 0 && one.checkVisibility() && one.dataset.walked === undefined)
    .filter((one) => !["radio", "file"].includes(one.type) && one.role !== "radio")
    .filter((one) => !one.closest("[role=row]")).map((one) => one.outerHTML.slice(0, 120))"""


@dataclass(frozen=True)
class Scenes:
    """A running Tern with one project that suggests, and who is signed in."""

    address: str
    project: int
    label: int
    planned: int
    person: StorageState

    @property
    def base(self) -> str:
        return f"{self.address}/projects/{self.project}"

    def places(self, page: Page) -> dict[str, Locator]:
        """Every page, and what tells that it is there."""
        heading = {name: page.get_by_role("heading", name=name, exact=True) for name in ("Scenes", "Versions")}
        return {
            self.address: page.get_by_role("link", name="Scenes").first,
            f"{self.address}/tokens": page.get_by_role("button", name="Make a token"),
            self.base: heading["Scenes"],
            f"{self.base}/label": page.locator(".row").first,
            f"{self.base}/by-label/{self.label}": page.get_by_role("gridcell").first,
            f"{self.base}/labels?edit={self.label}": page.get_by_label("Name", exact=True),
            f"{self.base}/pictures": page.get_by_role("grid", name="Pictures, in use"),
            f"{self.base}/models": heading["Versions"],
            f"{self.base}/models/2": page.get_by_role("heading", name="Label by label"),
            f"{self.base}/audit": page.get_by_role("button", name="Skip for now"),
            f"{self.base}/doubts": page.get_by_role("heading", name=DOUBTS).last,
            f"{self.base}/import": page.get_by_role("button", name="Look at it"),
            f"{self.base}/import?import={self.planned}": page.get_by_test_id("ask-zero"),
            f"{self.base}/export": page.get_by_role("button", name="copy the SHA-256").first,
            f"{self.base}/members": page.get_by_role("button", name="Add people"),
            f"{self.base}/settings": page.get_by_role("button", name="Save settings"),
        }

    def visit(self, page: Page) -> Iterator[str]:
        """Open page after page; its address, without the server's."""
        for address, ready in self.places(page).items():
            page.goto(address)
            expect(ready).to_be_visible()
            yield address.removeprefix(self.address)


@pytest.fixture(scope="module")
def scenes(bench: Bench, chromium: Browser) -> Iterator[Scenes]:
    """One project for all tests here, with a measured version and a snapshot: they take back what they do."""
    folder, server = bench.home, bench.server
    truths = draw(folder / "pictures", PICTURES)
    table = folder / "labels.csv"
    marked = sorted(truths.items())[:MARKED]
    rows = [",".join([name, *("1" if one.name in truth else "-1" for one in LABELS)]) for name, truth in marked]
    table.write_text("\n".join([",".join(["image", *(one.name for one in LABELS)]), *rows]))
    with ready_context(chromium, storage_state=bench.owner) as context:
        api = Api(context, server.address)
        project = api.make_project(folder / "pictures", auto_retrain=False)
        wait_for(lambda: api.get(f"projects/{project}/")["live"], JOB_SECONDS, "suggestions from the names")
        files = {"folder": str(folder / "pictures"), "table": str(table), "at_once": True}
        api.wait_for_job(project, api.send("POST", f"projects/{project}/imports/", data=files)["job"]["id"])
        api.wait_for_job(project, api.send("POST", f"projects/{project}/train/", data={"level": "quick"})["id"])
        assert api.get(f"projects/{project}/")["live"]["map"] is not None
        api.send("POST", f"projects/{project}/snapshots/", data={"formats": ["csv"]})
        label = api.get(f"projects/{project}/labels/")[0]["id"]
        zeros = folder / "zeros.csv"
        zeros.write_text(table.read_text().replace("-1", "0"))
        planned = api.send("POST", f"projects/{project}/imports/", data={"table": str(zeros)})
        api.wait_for_job(project, planned["job"]["id"])
        yield Scenes(server.address, project, label, planned["id"], context.storage_state())


def violations(page: Page) -> list[str]:
    """What axe-core finds on the open page, as "impact rule: selector" lines."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate(RUN_AXE)
    return [
        f"{rule['impact']} {rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_and_no_dialog_has_a_serious_violation(
    scenes: Scenes, chromium: Browser, scheme: Literal["light", "dark"]
) -> None:
    with ready_context(chromium, color_scheme=scheme, storage_state=scenes.person) as context:
        page = context.new_page()
        found = {address: violations(page) for address in scenes.visit(page)}
        page.goto(f"{scenes.base}/by-label/{scenes.label}")
        expect(page.get_by_test_id("close-all")).to_be_visible()
        for key, name in {"Shift+c": "Close all labels?", "?": "Keys"}.items():
            page.keyboard.press(key)
            expect(page.get_by_role("dialog", name=name).get_by_role("button").last).to_be_visible()
            found[name] = violations(page)
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_have_count(0)
        page.goto(f"{scenes.base}/label")
        expect(page.locator(".row").first).to_be_visible()
        page.keyboard.press("/")
        expect(page.get_by_role("option").first).to_be_visible()
        found["find"] = violations(page)
        assert found == {address: [] for address in found}


def test_tab_comes_to_everything_and_every_stop_has_a_name_and_shows_where_it_is(
    scenes: Scenes, chromium: Browser
) -> None:
    with ready_context(chromium, storage_state=scenes.person) as context:
        page = context.new_page()
        faults: dict[str, list[str]] = {}
        for address in scenes.visit(page):
            # A page may have put the focus on its heading: begin before the first stop all the same.
            page.locator(".skip").focus()
            page.evaluate(STOP)
            stops = []
            for _ in range(MOST_STOPS):
                page.keyboard.press("Tab")
                stop = page.evaluate(STOP)
                if stop is None:
                    break
                stops.append(stop)
            assert len(stops) > 3, address
            wrong = [stop["what"] for stop in stops if not (stop["named"] and stop["shows"])]
            if wrong or (wrong := page.evaluate(MISSED)):
                faults[address] = wrong
        assert not faults


@pytest.mark.parametrize("window", [LOW, PHONE], ids=["zoomed to twice its size", "phone"])
def test_a_small_window_scrolls_one_way_only_and_leaves_room_to_work(
    scenes: Scenes, chromium: Browser, window: dict[str, int]
) -> None:
    with ready_context(chromium, storage_state=scenes.person, viewport=window) as context:
        page = context.new_page()
        for address in scenes.visit(page):
            assert page.evaluate("document.documentElement.scrollWidth") == window["width"], address
            if address.endswith("/label"):
                rows = box(page.get_by_test_id("labels"))
                assert rows["height"] > 2 * box(page.locator(".row").first)["height"]
                assert box(page.get_by_test_id("stage"))["height"] > window["height"] / 4
            if "/by-label/" in address:
                tile, foot = box(page.get_by_role("gridcell").first), box(page.locator(".label-foot"))
                assert tile["y"] + tile["height"] <= foot["y"]


def test_every_control_is_large_enough_for_a_finger(scenes: Scenes, chromium: Browser) -> None:
    fingers: dict[str, Any] = {"has_touch": True, "is_mobile": True, "viewport": PHONE}
    with ready_context(chromium, storage_state=scenes.person, **fingers) as context:
        page = context.new_page()
        small = {address: page.evaluate(SMALL) for address in scenes.visit(page)}
        assert small == {address: [] for address in small}


FOCUSED = "() => document.activeElement?.closest('main') && document.activeElement.innerText"


def test_going_to_another_page_puts_the_focus_on_its_heading(scenes: Scenes, chromium: Browser) -> None:
    with ready_context(chromium, storage_state=scenes.person) as context:
        page = context.new_page()
        page.goto(scenes.address)
        page.get_by_role("link", name="Scenes").first.click()
        for name in ["Scenes", "Labels", "Pictures", "Models", "Doubts", "Import", "Export", "Members", "Settings"]:
            if name != "Scenes":
                page.get_by_role("navigation", name="Pages of the project").get_by_role("link", name=name).click()
            expect(page.get_by_role("heading", level=1, name=name)).to_be_focused()
        page.get_by_role("link", name="Tern: all projects").click()
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        page.go_back()
        expect(page.get_by_role("heading", level=1, name="Settings")).to_be_focused()
        page.get_by_role("link", name="Image by image").click()
        page.wait_for_function(FOCUSED)
        page.goto(f"{scenes.address}/nowhere")
        page.get_by_role("link", name="All projects").last.click()
        expect(page.get_by_role("heading", level=1)).to_be_focused()


def test_undo_pressed_three_times_within_a_frame_takes_back_three_marks(scenes: Scenes, chromium: Browser) -> None:
    with ready_context(chromium, storage_state=scenes.person) as context:
        view = ImageView(context.new_page(), scenes.address, scenes.project)
        before = view.states()
        for key in ("1", "Shift+Digit2", "3"):
            view.page.keyboard.press(key)
        assert list(view.states().values())[:3] == ["present", "absent", "present"]
        view.page.evaluate(
            "() => { for (let n = 0; n < 3; n++) dispatchEvent(new KeyboardEvent('keydown', { key: 'u' })); }"
        )
        for label, state in list(before.items())[:3]:
            expect(view.row(label)).to_have_attribute("data-state", state)
        expect(view.sign()).to_have_text("Saved")
        assert view.states() == before


def test_blind_questions_are_answered_by_key_and_skipping_or_not_knowing_counts_for_nothing(
    scenes: Scenes, chromium: Browser
) -> None:
    with ready_context(chromium, storage_state=scenes.person) as context:
        page = context.new_page()
        page.goto(f"{scenes.base}/audit")
        question = page.get_by_role("region", name="Blind question")
        expect(question).to_be_visible()
        api = Api(context, scenes.address)
        answered = api.get(f"projects/{scenes.project}/audit/")["answered"]
        for done, key in enumerate(("Shift+L", "Shift+Y", "Shift+N", "Shift+H"), start=0):
            until_settled(page)
            page.keyboard.press(key)
            if done:
                expect(page.locator(".audit-count")).to_have_text(f"{done} answered")
        wait_for(lambda: api.get(f"projects/{scenes.project}/audit/")["answered"] == answered + 2, what="yes and no")
