"""The whole story of Tern at the page: suggestions from names, marks by keyboard, a retrain, acceptance, export."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from fixtures.demo import LABEL_NAMES
from tests.browser.tern import Tern
from tests.browser.work import Api, ImageView, draw, export_at_page, import_at_page, until_settled

pytestmark = pytest.mark.browser
TRAINS = True

PICTURES = 40
MARKS = 20
CLOSED = 12
LEARNING_MS = 240_000


def test_a_person_labels_by_keyboard_while_tern_learns_and_exports_exactly_what_was_marked(
    tern: tuple[Tern, str], context: BrowserContext, tmp_path: Path
) -> None:
    server, link = tern
    truth = draw(tmp_path / "pictures", PICTURES)
    page = context.new_page()
    page.goto(link)
    expect(page.get_by_role("heading", name="Good to see you, Owner")).to_be_visible()

    api = Api(context, server.address)
    # The retrain is due with the last closed image: an earlier one would change scores nobody is looking at yet.
    project = api.make_project(wanted_precision=0.6, retrain_after_marks=CLOSED * len(LABEL_NAMES))
    import_at_page(page, server.address, project, sorted((tmp_path / "pictures").glob("*.jpg")))
    view = ImageView(page, server.address, project)
    marked: dict[str, dict[str, str]] = {name: dict.fromkeys(LABEL_NAMES, "") for name in truth}

    # Suggestions from the names alone, before anybody has marked anything.
    model = page.locator(".panel-model")
    expect(model).to_contain_text(re.compile(r"model \d+"), timeout=LEARNING_MS)
    expect(page.locator(".suggestion-number").first).to_be_visible(timeout=LEARNING_MS)
    first = model.inner_text()

    # At least 20 labels by keyboard; each image is closed, so the rest of it is absent.
    presses = 0
    for _ in range(CLOSED):
        name = view.name()
        presses += view.say_all_present(truth[name])
        marked[name] = {label: "1" if label in truth[name] else "-1" for label in LABEL_NAMES}
        view.go_on("c")
    assert presses >= MARKS
    expect(view.sign()).to_have_text("Saved")

    # The retrain starts by itself, and the page says what it brought; scores change in place.
    before = view.suggestions()
    expect(page.get_by_test_id("live-line")).to_contain_text(re.compile("learned from"), timeout=LEARNING_MS)
    expect(model).not_to_contain_text(first, timeout=LEARNING_MS)
    assert list(view.suggestions()) == list(before), "rows moved under the cursor"
    assert view.suggestions() != before

    # Accept what is on screen beyond its threshold, the suggested absences too.
    page.keyboard.press("s")
    page.keyboard.press("a")
    offer = page.get_by_role("button", name=re.compile(r"accept \d+ present and \d+ absent on screen"))
    expect(offer).to_be_visible(timeout=LEARNING_MS)
    shown, unknown = view.sure(), {label for label, state in view.states().items() if state == "unknown"}
    until_settled(page)
    page.keyboard.press("Shift+Enter")
    expect(view.sign()).to_have_text("Saved")
    # What was painted as sure enough was written, and nothing else.
    assert shown == {label for label in unknown if view.states()[label] != "unknown"}
    words = {"present": "1", "absent": "-1", "unknown": ""}
    marked[view.name()] = {label: words[state] for label, state in view.states().items()}
    assert set(marked[view.name()].values()) & {"1", "-1"}

    assert export_at_page(page, server.address, project) == marked
