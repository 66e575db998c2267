"""A person in a hurry at the page: whatever is on screen, the next act follows without a pause."""

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Page, TimeoutError, expect

from annotator.bench.page import WATCH_KEYS

# What the page shows now, read in one go.
SEEN = """() => {
    const shown = (query) => [...document.querySelectorAll(query)].some((one) => one.checkVisibility());
    return {
        dialog: shown("[role=dialog], [role=alertdialog]"),
        question: shown("[aria-label='Blind question']"),
        image: shown(".row"),
        wall: shown("[role=gridcell]"),
    };
}"""
TAKE_KEYS = "() => (window.benchKeys ?? []).splice(0)"
HEAP = "HeapProfiler.collectGarbage"

IMAGE_KEYS: dict[str, int] = {
    **dict.fromkeys("1234567890", 6),
    **dict.fromkeys((f"Shift+Digit{digit}" for digit in "1234567890"), 2),
    "u": 8, "Shift+U": 4, "Control+Enter": 2, ".": 3, "Enter": 4, "Shift+Enter": 1, "c": 4, "ArrowRight": 14, "n": 4,
    "ArrowLeft": 4,
    "ArrowDown": 5, "ArrowUp": 3, "Space": 4, "Shift+Space": 2, "z": 1, "+": 1, "-": 1, "r": 1, "a": 2, "s": 1,
    "Escape": 1,
}  # fmt: skip
WALL_KEYS: dict[str, int] = {
    "ArrowRight": 10, "ArrowDown": 4, "ArrowLeft": 2, "Space": 10, "c": 4, "[": 2, "]": 2, "Enter": 5, "p": 1, "a": 1,
    ".": 3, "k": 2, "u": 5, "Shift+U": 3, "n": 2, "Shift+ArrowRight": 3, "Escape": 1, "s": 1, "h": 1, "PageDown": 2,
    "Home": 1,
}  # fmt: skip
DIALOG_KEYS: dict[str, int] = {"Enter": 3, "Escape": 2}


@dataclass
class Person:
    """Somebody at one page, by keys or by touch. `acts` counts what they did, `paints` how long keys took to show."""

    name: str
    page: Page
    address: str
    project: int
    labels: list[int]
    chance: random.Random
    touch: bool = False
    acts: Counter[str] = field(default_factory=Counter)
    paints: list[float] = field(default_factory=list)
    heap: list[int] = field(default_factory=list)

    def begin(self) -> None:
        """Open the project and start to watch keys."""
        self.page.add_init_script(f"({WATCH_KEYS})()")
        self.devtools = self.page.context.new_cdp_session(self.page)
        self.go("label")
        self.weigh()

    def go(self, path: str) -> None:
        """To another screen of the project, as by its link."""
        self.take_paints()
        self.page.goto(f"{self.address}/projects/{self.project}/{path}", wait_until="commit")

    def act(self) -> None:
        """One act that fits what is on screen."""
        if self.chance.random() < 0.01:
            self.do("another screen", self.elsewhere)
            return
        seen = self.page.evaluate(SEEN)
        if seen["dialog"]:
            self.press("dialog", DIALOG_KEYS)
        elif seen["question"]:
            self.do("question answered", self.answer)
        elif seen["image"]:
            self.do("row tapped", self.tap_row) if self.touch else self.press("image", IMAGE_KEYS)
        elif seen["wall"]:
            self.do("tile tapped", self.tap_tile) if self.touch else self.press("label page", WALL_KEYS)
        else:
            self.do("nothing there", self.wait_or_leave)

    def do(self, what: str, act: Callable[[], None]) -> None:
        self.acts[what] += 1
        act()

    def press(self, where: str, keys: dict[str, int]) -> None:
        """A key by its weight."""
        key = self.chance.choices(list(keys), list(keys.values()))[0]
        self.acts[f"{where}: {key}"] += 1
        self.page.keyboard.press(key)

    def answer(self) -> None:
        """One of the four answers, once they take a click."""
        self.hit("[aria-label='Blind question'] button:enabled")

    def tap_row(self) -> None:
        """A finger on an answer of a row, or on the button that goes on."""
        if self.chance.random() < 0.2:
            self.page.get_by_role("button", name=re.compile("^Next")).first.tap(timeout=5_000)
            return
        self.hit(".row-answers button:visible")

    def tap_tile(self) -> None:
        """A finger on a tile, or on the button that writes the page."""
        commit = self.page.get_by_test_id("commit")
        if self.chance.random() < 0.1 and commit.is_enabled():
            commit.tap(timeout=5_000)
            return
        self.hit("[role=gridcell]:visible")

    def hit(self, query: str) -> None:
        """Click or tap one of these; what has gone by the time the hand arrives is missed, as by anybody."""
        found = self.page.locator(query).all()
        if not found:
            return
        one = self.chance.choice(found[:12])
        try:
            (one.tap if self.touch else one.click)(timeout=1_000, force=True)
        except TimeoutError:
            self.acts["missed"] += 1

    def elsewhere(self) -> None:
        """To the images, to a label, back in the browser, or the same page loaded anew."""
        way = self.chance.randrange(4)
        if way == 0:
            self.go("label")
        elif way == 1:
            self.go(f"by-label/{self.chance.choice(self.labels)}")
        elif way == 2:
            self.take_paints()
            self.page.go_back(wait_until="commit")
        else:
            self.take_paints()
            self.page.reload(wait_until="commit")

    def wait_or_leave(self) -> None:
        """On its way, or at an end: wait a little for something to work on, then look elsewhere."""
        something = self.page.locator(".row, [role=gridcell], [aria-label='Blind question'], [role=dialog]").first
        try:
            something.wait_for(timeout=3_000)
        except TimeoutError:
            self.go(self.chance.choice(["label", f"by-label/{self.chance.choice(self.labels)}"]))

    def finish(self) -> None:
        """Go where the sign stands, and wait until it says that all is saved or needs a person."""
        self.go("label")
        expect(self.page.get_by_test_id("sync-sign")).to_have_text(re.compile("Saved|need"), timeout=120_000)
        self.take_paints()
        self.weigh()

    def take_paints(self) -> None:
        """What the page has measured so far; it forgets with the next page load."""
        self.paints += self.page.evaluate(TAKE_KEYS)

    def weigh(self) -> None:
        """Bytes of script memory that the page holds after collecting garbage."""
        self.devtools.send(HEAP)
        self.heap.append(int(self.devtools.send("Runtime.getHeapUsage")["usedSize"]))
