"""Keys that are held, pressed twice or pressed too early write once, and never on what nobody has seen."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from fixtures.demo import LABELS
from tests.browser.conftest import Bench
from tests.browser.label_page import LabelView, held
from tests.browser.work import Api, ImageView, draw, prefer, suggest, until_settled
from tests.processes import wait_for

pytestmark = pytest.mark.browser

PICTURES = 48
PAGE = 12
REPEATS = 12


@pytest.fixture(scope="module")
def pictures(bench: Bench) -> Path:
    """A folder of pictures for the projects of all tests here."""
    draw(bench.home / "pictures", PICTURES)
    return bench.home / "pictures"


def hold(page: Page, key: str, repeats: int = REPEATS) -> None:
    """Hold a key: the browser hears the press, then its repeats until it is let go."""
    for _ in range(1 + repeats):
        page.keyboard.down(key)
    page.keyboard.up(key)


def known(api: Api, project: int) -> int:
    return sum(row["present"] + row["absent"] for row in api.get(f"projects/{project}/progress/")["labels"])


# Presses one key after another, the page painting in between and no time going by.
AT_ONCE = """async keys => {
    for (const key of keys) {
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        await null;
    }
}"""


def test_a_held_or_doubled_enter_commits_one_page_and_never_the_one_that_came(
    bench: Bench, pictures: Path, person: BrowserContext
) -> None:
    page = person.new_page()
    api = Api(person, bench.address)
    project = api.make_project(pictures, auto_retrain=False)
    label = api.get(f"projects/{project}/labels/")[0]["id"]
    prefer(page, bench.address, "tiles", {"order": "score", "perPage": PAGE, "size": 168})
    view = LabelView(page, bench.address, project, label)
    expect(view.tiles()).to_have_count(PAGE)

    page.keyboard.press("a")
    until_settled(page)
    hold(page, "Enter")
    view.saved()
    assert held(api, project, label) == {"present": 0, "absent": PAGE, "unknown": PICTURES - PAGE}

    # A finger that bounces: the page that came meanwhile is not written, and the page says so.
    until_settled(page)
    page.evaluate(AT_ONCE, ["a", "Enter", "a", "Enter"])
    expect(page.locator(".note")).to_contain_text(re.compile("too early|not on the screen yet"))
    view.saved()
    assert held(api, project, label)["absent"] == 2 * PAGE

    # A double click on the button.
    page.keyboard.press("p")
    until_settled(page)
    view.commit().dblclick()
    view.saved()
    assert held(api, project, label) == {"present": PAGE, "absent": 2 * PAGE, "unknown": PAGE}

    # Looked at, it is written.
    page.keyboard.press("a")
    until_settled(page)
    page.keyboard.press("Enter")
    view.saved()
    assert held(api, project, label)["absent"] == 3 * PAGE


def test_a_held_key_marks_closes_and_answers_once_and_only_movement_goes_on(
    bench: Bench, pictures: Path, person: BrowserContext
) -> None:
    page = person.new_page()
    api = Api(person, bench.address)
    project = api.make_project(pictures, auto_retrain=False)
    labels = len(api.get(f"projects/{project}/labels/"))
    view = ImageView(page, bench.address, project)

    # An even number of repeats would take the mark back.
    hold(page, "1", REPEATS + 1)
    assert list(view.states().values()).count("present") == 1
    cursor = page.locator(".row[data-cursor]")
    first = cursor.get_attribute("aria-label")
    hold(page, "ArrowDown", 2)
    assert view.rows().evaluate_all("rows => rows.findIndex(row => 'cursor' in row.dataset)") == 3, first
    name = view.name()
    until_settled(page)
    hold(page, "c")
    expect(page.locator(".shell-trail [aria-current=page]")).not_to_have_text(name)
    expect(view.sign()).to_have_text("Saved")
    assert known(api, project) == labels

    # Undo, held, takes back one act.
    hold(page, "u")
    expect(view.sign()).to_have_text("Saved")
    wait_for(lambda: known(api, project) == 1, what="the closing taken back")

    # A button that was walked to.
    page.goto(f"{bench.address}/projects/{project}/label")
    expect(view.rows().first).to_be_visible()
    present = view.rows().nth(2).get_by_role("button", name=re.compile("is present"))
    page.keyboard.press("Tab")
    present.focus()
    for key in ("Enter", "Space"):
        before = view.rows().nth(2).get_attribute("data-state")
        hold(page, key)
        expect(view.rows().nth(2)).not_to_have_attribute("data-state", before or "")


def test_a_held_answer_answers_one_blind_question_by_key_and_by_button(
    bench: Bench, pictures: Path, person: BrowserContext
) -> None:
    page = person.new_page()
    api = Api(person, bench.address)
    project = api.make_project(pictures, auto_retrain=False)
    suggest(bench.server, project, [0.5] * len(LABELS))
    page.goto(f"{bench.address}/projects/{project}/audit")
    question = page.get_by_role("region", name="Blind question")

    def answered() -> int:
        return int(api.get(f"projects/{project}/audit/")["answered"])

    until_settled(page)
    page.keyboard.down("Shift")
    hold(page, "Y")
    page.keyboard.up("Shift")
    expect(page.locator(".audit-count")).to_have_text("1 answered")
    until_settled(page)
    page.keyboard.press("Tab")
    question.get_by_role("button", name="No", exact=True).focus()
    hold(page, "Enter")
    expect(page.locator(".audit-count")).to_have_text("2 answered")
    wait_for(lambda: answered() == 2, what="two answers")
