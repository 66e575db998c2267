"""Blind questions come between pictures and between pages of tiles, and show nothing that could lead the answer."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from fixtures.demo import LABELS
from tests.browser.conftest import Bench
from tests.browser.label_page import PICTURES, opened
from tests.browser.tern import Tern
from tests.browser.work import Api, ImageView, draw, suggest, until_settled
from tests.processes import wait_for

pytestmark = pytest.mark.browser

WALKED = 20


def walk_on(view: ImageView) -> None:
    """Go to the next picture, however often the key must be pressed until it stands ready."""
    before = view.name()

    def moved() -> bool:
        view.page.keyboard.press("ArrowRight")
        return view.name() != before

    wait_for(moved, what="the next picture")


def test_a_question_comes_between_pictures_and_its_answer_is_kept_apart(
    tern: tuple[Tern, str], context: BrowserContext, tmp_path: Path
) -> None:
    server, link = tern
    draw(tmp_path / "pictures", WALKED)
    page = context.new_page()
    page.goto(link)
    api = Api(context, server.address)
    project = api.make_project(tmp_path / "pictures", auto_retrain=False, audit_share=0.05)
    suggest(server, project, [0.5] * len(LABELS))
    view = ImageView(page, server.address, project)
    first = view.name()
    page.keyboard.press("1")
    expect(view.sign()).to_have_text("Saved")

    question = page.get_by_role("region", name="Blind question")
    walked = 0
    while question.count() == 0 and walked < WALKED:
        walk_on(view)
        walked += 1
    assert 1 < walked < WALKED
    expect(question).to_be_visible()
    expect(view.rows()).to_have_count(0)
    expect(page.locator(".suggestion-number, .panel-model")).to_have_count(0)
    expect(question).not_to_contain_text("%")

    # No key of the work answers, whenever it is pressed.
    until_settled(page)
    for key in ("ArrowRight", "ArrowLeft", "n", "y", "1", "2", ".", "Enter", "Shift+Enter", "c", "s"):
        page.keyboard.press(key)
    expect(question).to_be_visible()
    assert api.get(f"projects/{project}/audit/")["answered"] == 0

    # Without a network the answer is kept; what was said is told; it arrives once.
    context.set_offline(True)
    until_settled(page)
    page.keyboard.press("Shift+N")
    expect(page.locator(".note")).to_contain_text("You said: ")
    expect(view.rows().first).to_be_visible()
    expect(view.sign()).to_have_text("Offline · 1 waiting")
    page.keyboard.press("u")
    expect(question).to_be_visible()
    page.keyboard.press("Shift+U")
    expect(question).to_have_count(0)
    expect(view.sign()).to_have_text("Offline · 3 waiting")
    context.set_offline(False)
    expect(view.sign()).to_have_text("Saved")
    quality = api.get(f"projects/{project}/audit/")
    assert (quality["asked"], quality["answered"]) == (1, 1)

    # Taken back, the same question stands there again; the act before it shows its own picture, and no other question.
    page.keyboard.press("u")
    expect(question).to_be_visible()
    expect(view.sign()).to_have_text("Saved")
    assert api.get(f"projects/{project}/audit/")["answered"] == 0
    page.keyboard.press("u")
    expect(question).to_have_count(0)
    expect(page.locator(".shell-trail [aria-current=page]")).to_have_text(first)
    expect(view.rows().first).to_have_attribute("data-state", "unknown")
    page.keyboard.press("Shift+U")
    page.keyboard.press("Shift+U")
    expect(view.sign()).to_have_text("Saved")
    assert api.get(f"projects/{project}/audit/")["answered"] == 1

    # One due question was answered; with one mark and its answer known no other one is due.
    for _ in range(7):
        walk_on(view)
        expect(question).to_have_count(0)


def test_a_question_comes_between_pages_of_tiles_and_no_key_of_the_page_answers_it(
    bench: Bench, person: BrowserContext
) -> None:
    page, api, project, _, view = opened(bench, person)
    suggest(bench.server, project, [0.5] * len(LABELS))
    api.send("PATCH", f"projects/{project}/", data={"audit_share": 0.5})
    page.reload()
    question = page.get_by_role("region", name="Blind question")

    def known() -> int:
        return sum(row["present"] + row["absent"] for row in api.get(f"projects/{project}/progress/")["labels"])

    pages = 0
    while question.count() == 0 and pages < 6:
        expect(view.tiles()).to_have_count(PICTURES)
        page.keyboard.press("a")
        until_settled(page)
        page.keyboard.press("Enter")
        view.saved()
        pages += 1
        expect(page.get_by_text("Every picture is decided")).to_be_visible()
        page.keyboard.press("n")
        expect(view.tiles().first.or_(question)).to_be_visible()
        page.wait_for_load_state("networkidle")
    assert 1 < pages < 6
    expect(question).to_be_visible()
    expect(view.tiles()).to_have_count(0)
    expect(view.commit()).to_have_count(0)
    expect(question).not_to_contain_text("%")

    # The keys of the page write nothing now; the question's own answer it, and the page that waited is there.
    before = known()
    page.keyboard.press("a")
    until_settled(page)
    page.keyboard.press("Enter")
    until_settled(page)
    question.get_by_role("button", name="No", exact=True).click()
    expect(view.tiles().first).to_be_visible()
    view.saved()
    quality = api.get(f"projects/{project}/audit/")
    assert quality["answered"] == 1
    # Drawn two pages ahead, its cell may have been on a page that was written since.
    assert known() - before in (0, 1)
