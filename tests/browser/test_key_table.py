"""The rows of the page's table of keys are pressed: once, twice, held and by the button that shows the key.

Each row has its effect registered in `key_table.EFFECTS`, for each view that it works in; a row without one fails. The
live model is made up, so that all that needs one can be tried at once.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Request, StorageState, expect

from tests.browser.conftest import Bench, ready_context
from tests.browser.key_table import EFFECTS, FACTS, Effect, effect_of, pressed, read_table
from tests.browser.work import Api, prefer, until_settled
from tests.processes import wait_for

pytestmark = pytest.mark.browser

PICTURES, DOUBTED = 60, 8
PAGE, TILE = 12, 100
REPEATS = 3
SLOW_MS = 100
SCOPES = ("image", "closing", "label", "question", "doubts")
# What works a dialog or a field itself, or closes it.
OF_DIALOGS = {"Enter", "Escape", "Space", "Shift+Space", "Shift+Enter", "Mod+Enter", "?", "Mod+k"}
# Two labels are suggested for sure, one perhaps, seven hardly, two not; the first ever less from picture to picture.
PUBLISH = """
import json
import numpy as np
from django.conf import settings
from annotator.models import Project
from tests.world import publish_scores
project = Project.objects.get(pk={project})
count = project.next_row
scores = np.repeat(np.array([0.9, 0.9, 0.75, *[0.4] * 7, 0.02, 0.02])[:, None], count, 1)
scores[0] = np.linspace(0.95, 0.2, count)
labels = list(project.labels.order_by("column").values_list("pk", flat=True))
card = [{{"id": label, "positives": 5, "accept_present": 0.85, "accept_absent": 0.05}} for label in labels]
version = publish_scores(project, scores, {{"labels": card}})
why = {{"probability": 0.1, "neighbours": {{"agree": 1, "of": 10}}, "chance": 0.8, "reason": "Look-alikes"}}
doubts = [why | {{"image": image, "label": labels[0], "value": 1}} for image in {images}]
(settings.TERN_HOME / version.directory / "doubts.json").write_text(json.dumps({{"format": 1, "doubts": doubts}}))
"""
FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

Facts = dict[str, Any]
Row = dict[str, Any]


@dataclass(frozen=True)
class Views:
    """A running Tern with a project whose model suggests, and the addresses of the views that have keys."""

    base: str
    label: int
    person: StorageState
    rows: list[Row]

    def place(self, page: Page, scope: str) -> tuple[str, Locator]:
        """Where the keys of this scope work, and what tells that it is there."""
        return {
            "image": ("label", page.locator(".row").first),
            "closing": ("label", page.locator(".row").first),
            "label": (f"by-label/{self.label}", page.get_by_role("gridcell").first),
            "question": ("audit", page.get_by_role("region", name="Blind question")),
            "doubts": ("doubts", page.locator(".doubt-item").first),
        }[scope]


@pytest.fixture(scope="module")
def views(bench: Bench, chromium: Browser) -> Iterator[Views]:
    folder, server = bench.home, bench.server
    (folder / "pictures").mkdir()
    for number in range(PICTURES):
        Image.new("RGB", (640, 480), (number * 4, 250 - number * 4, 90)).save(folder / "pictures" / f"{number:03}.png")
    with ready_context(chromium, storage_state=bench.owner) as context:
        page = context.new_page()
        prefer(page, server.address, "tiles", {"order": "score", "perPage": PAGE, "size": TILE})
        api = Api(context, server.address)
        project = api.make_project(folder / "pictures", auto_retrain=False, queue_mode="in_order")
        label = api.get(f"projects/{project}/labels/")[0]["id"]
        images = [one["id"] for one in api.get(f"projects/{project}/images/?limit={PICTURES}")["results"]]
        marked = sorted(images)[-DOUBTED:]
        marks = [
            {"id": str(uuid4()), "kind": "mark", "image": image, "label": label, "value": 1, "base": 0}
            for image in marked
        ]
        api.send("POST", f"projects/{project}/sync/", data={"operations": marks})
        server.manage("shell", "-c", PUBLISH.format(project=project, images=marked))
        yield Views(f"{server.address}/projects/{project}", label, context.storage_state(), read_table())


class Trial:
    """One view, its facts, and a person with a keyboard."""

    def __init__(self, page: Page, views: Views, scope: str) -> None:
        self.page, self.views, self.scope = page, views, scope
        self.sent: list[str] = []
        self.reads = 0
        page.on("request", self.hear)

    def hear(self, request: Request) -> None:
        """Keep the ids of operations that the page sends, each once, and how often it reads the tiles of the label."""
        if request.url.endswith("/sync/") and request.post_data:
            ids = (one["id"] for one in json.loads(request.post_data)["operations"])
            self.sent.extend(one for one in ids if one not in self.sent)
        self.reads += f"/labelview/{self.views.label}/?" in request.url

    def open(self, at: str = "") -> None:
        path, ready = self.views.place(self.page, self.scope)
        self.page.goto(f"{self.views.base}/{path}{at}")
        expect(ready).to_be_visible()
        self.settle()

    def settle(self) -> None:
        """Wait until what was pressed has been painted, and what is open may be acted on as a whole."""
        self.page.evaluate(FRAMES)
        if self.scope == "doubts":
            expect(self.page.locator(".doubt-acts .button-main")).to_be_enabled()
        else:
            until_settled(self.page)

    def facts(self) -> Facts:
        found: Facts = self.page.evaluate(FACTS)
        return found | {"read": self.reads}

    def press(self, *chords: str) -> None:
        for chord in chords:
            self.page.keyboard.press(pressed(chord))

    def prepare(self, *chords: str) -> Facts:
        """Press one after another as somebody does who looks; the facts then."""
        for chord in chords:
            self.press(chord)
            self.settle()
        self.settle()
        return self.facts()

    def hold(self, chord: str) -> None:
        *modifiers, key = pressed(chord).split("+") if chord != "+" else ["+"]
        for modifier in modifiers:
            self.page.keyboard.down(modifier)
        for _ in range(1 + REPEATS):
            self.page.keyboard.down(key)
        self.page.keyboard.up(key)
        for modifier in modifiers:
            self.page.keyboard.up(modifier)

    def becomes(self, before: Facts, effect: Effect, what: str) -> Facts:
        """Wait until the facts that must change have; the facts then. Nothing else may have."""
        must, may = set(effect.changes.split()), set(effect.may.split())
        wait_for(lambda: must <= changed(before, self.facts()), 20, f"{what} to change {effect.changes}")
        after = self.facts()
        other = changed(before, after) - must - may - {"read"}
        assert "*" in may or not other, f"{what} also changed {other}"
        return after

    def written(self) -> int:
        """How many operations have been sent when all have."""
        expect(self.page.get_by_test_id("sync-sign")).to_have_text("Saved")
        return len(self.sent)

    def put_away(self, home: str) -> None:
        """Close what was opened, and come back from where a key led to."""
        now = self.facts()
        if now["address"] != home:
            self.open()
        elif now["dialog"] or now["find"] or now["asked"]:
            self.press("Escape")
            wait_for(lambda: not any(self.facts()[one] for one in ("dialog", "find", "asked")), 20, "it to close")

    def button(self, row: Row) -> Locator:
        """What shows the key of the row, where there is one now."""
        root = self.page.locator(".close-question" if self.scope == "closing" else "body")
        return root.locator(f'button[data-key="{row["printed"]}"]:visible:enabled')


def changed(before: Facts, after: Facts) -> set[str]:
    return {name for name in before if before[name] != after[name]}


def chord_of(row: Row) -> str:
    return str(row["chords"][0])


def works_in(row: Row, scope: str) -> bool:
    """Undo and the dialogs work everywhere."""
    return row["scope"] == scope or (row["scope"] == "everywhere" and scope != "closing")


def test_every_row_of_the_table_has_an_effect_and_every_effect_a_row(views: Views) -> None:
    assert {row["id"] for row in views.rows} == {name.split("@")[0] for name in EFFECTS}
    assert {row["scope"] for row in views.rows} == {*SCOPES, "everywhere"}


@pytest.mark.parametrize("scope", SCOPES)
def test_each_key_does_what_its_row_says_once_twice_held_and_by_its_button_on_a_slow_line(
    views: Views, chromium: Browser, scope: str
) -> None:
    faults: list[str] = []
    with ready_context(chromium, storage_state=views.person) as context:
        trial = Trial(context.new_page(), views, scope)
        devtools = context.new_cdp_session(trial.page)
        speed = {"offline": False, "latency": SLOW_MS, "downloadThroughput": -1, "uploadThroughput": -1}
        devtools.send("Network.emulateNetworkConditions", speed)
        trial.open()
        for row in views.rows:
            if not works_in(row, scope):
                continue
            try:
                try_row(trial, row)
            except AssertionError as fault:
                faults.append(f"{row['id']}: {str(fault).splitlines()[0]}")
                trial.open()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("opener", ["?", "Mod+k"], ids=["the help", "the palette"])
@pytest.mark.parametrize("scope", ["image", "label", "question", "doubts"])
def test_no_key_of_a_view_reaches_it_through_an_open_dialog(
    views: Views, chromium: Browser, scope: str, opener: str
) -> None:
    with ready_context(chromium, storage_state=views.person) as context:
        trial = Trial(context.new_page(), views, scope)
        trial.open()
        before = trial.prepare()
        trial.press(opener)
        wait_for(lambda: trial.facts()["dialog"], 20, "the dialog")
        chords = {chord_of(row) for row in views.rows if works_in(row, scope)} - OF_DIALOGS
        trial.prepare(*sorted(chords))
        assert changed(before, trial.facts()) == {"dialog"}
        # The palette empties what was typed first.
        trial.prepare("Escape", *(["Escape"] if opener == "Mod+k" else []))
        wait_for(lambda: not changed(before, trial.facts()), 20, "the view as it was")
        assert trial.written() == 0


def try_row(trial: Trial, row: Row) -> None:
    """Press the key of one row in each way."""
    effect, chord = effect_of(row, trial.scope), chord_of(row)
    if effect.at:
        trial.open(effect.at)
    trial.prepare(*effect.start)
    if row.get("hold"):
        return look_while_held(trial, chord)
    before = trial.prepare(*effect.first)
    home = before["address"]
    trial.press(chord)
    once = trial.becomes(before, effect, "once")
    if effect.again != "on" and not once["dialog"]:
        trial.prepare(chord)
        wanted = before if effect.again == "back" else once
        try:
            wait_for(lambda: not changed(wanted, trial.facts()) - {"rows", "read"}, 20)
        except AssertionError:
            other = changed(wanted, trial.facts()) - {"rows", "read"}
            raise AssertionError(f"twice is not {effect.again}: {other} changed") from None
    trial.put_away(home)
    trial.prepare(*effect.after)
    if not row.get("repeats") and row["id"] not in FAMILY_HELD:
        hold_row(trial, effect, chord, home)
    press_button(trial, row, effect, home)
    if effect.at or effect.start:
        trial.open()


# The digits of the rows are one family: the first of each is held for all.
FAMILY_HELD = {f"{value}-{row}" for value in ("present", "absent") for row in range(1, 10)}


def hold_row(trial: Trial, effect: Effect, chord: str, home: str) -> None:
    """Held, a key does what it does once."""
    before = trial.prepare(*effect.first)
    sent = trial.written()
    trial.hold(chord)
    trial.becomes(before, effect, "held")
    assert trial.written() <= sent + effect.writes, "held, it wrote more than once"
    trial.put_away(home)
    trial.prepare(*effect.after, *([chord] if effect.again == "back" else []))


def press_button(trial: Trial, row: Row, effect: Effect, home: str) -> None:
    """The button that shows the key does the same."""
    before = trial.prepare(*effect.first)
    button = trial.button(row)
    if button.count() == 0:
        return trial.put_away(home)
    button.first.click()
    trial.becomes(before, effect, "its button")
    trial.put_away(home)
    trial.prepare(*effect.after, *([chord_of(row)] if effect.again == "back" else []))
    return None


def look_while_held(trial: Trial, chord: str) -> None:
    """What is shown while a key is held goes with it."""
    before = trial.prepare()
    trial.page.keyboard.down(pressed(chord))
    wait_for(lambda: changed(before, trial.facts()) & {"heat", "look"}, 20, "what is held to show")
    trial.page.keyboard.down(pressed(chord))
    trial.page.keyboard.up(pressed(chord))
    wait_for(lambda: not changed(before, trial.facts()), 20, "what is held to go")
