"""Two people at one project, each in a browser of their own: each sees what the other does, at once and by name."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Bench, ready_context
from tests.browser.label_page import PICTURES, LabelView, held, opened
from tests.browser.work import Api, ImageView, come_in, until_settled

pytestmark = pytest.mark.browser


@pytest.fixture
def elsewhere(chromium: Browser) -> Iterator[BrowserContext]:
    """The other person's browser."""
    with ready_context(chromium) as made:
        yield made


def sign_in_another(api: Api, project: int, elsewhere: BrowserContext) -> Page:
    """Invite an annotator, amir and the project's number, and let them sign in at the other browser."""
    name = f"amir{project}"
    invited = api.send("POST", f"projects/{project}/members/", data={"username": name, "role": "annotator"})
    page = elsewhere.new_page()
    come_in(page, invited["one_time_link"], name)
    return page


def test_two_people_see_each_others_tiles_and_neither_writes_over_the_other(
    bench: Bench, person: BrowserContext, elsewhere: BrowserContext
) -> None:
    page, api, project, label, mine = opened(bench, person)
    theirs = LabelView(sign_in_another(api, project, elsewhere), bench.address, project, label)

    # I say present of everything; they write the same page with two exceptions, and are first.
    page.keyboard.press("p")
    expect(mine.commit()).to_contain_text(f"Write {PICTURES} present")
    for _ in range(2):
        theirs.page.keyboard.press(".")
        theirs.page.keyboard.press("ArrowRight")
    theirs.page.keyboard.press("ArrowRight")
    theirs.page.keyboard.press("c")
    until_settled(theirs.page)
    theirs.page.keyboard.press("Enter")
    theirs.saved()
    before = held(api, project, label)
    assert before["unknown"] == 2

    # My page shows theirs as marked and writes only what is left.
    marked = page.get_by_role("gridcell", name="already marked")
    expect(marked).to_have_count(PICTURES - 2)
    expect(mine.commit()).to_contain_text("Write 2 present, 0 absent")
    until_settled(page)
    page.keyboard.press("Enter")
    mine.saved()
    assert held(api, project, label) == {**before, "present": before["present"] + 2, "unknown": 0}


def test_a_mark_of_another_person_appears_in_the_open_picture_with_their_name(
    bench: Bench, person: BrowserContext, elsewhere: BrowserContext
) -> None:
    page, api, project, _, _ = opened(bench, person)
    address = bench.address
    mine = ImageView(page, address, project)
    place = page.url
    theirs = sign_in_another(api, project, elsewhere)
    theirs.goto(place)
    row = theirs.locator(".row").first
    expect(row).to_be_visible()
    name = row.locator(".row-text").inner_text()
    order = list(mine.states())

    theirs.keyboard.press("1")
    expect(mine.row(name)).to_have_attribute("data-state", "present")
    assert list(mine.states()) == order, "rows moved"
    theirs.keyboard.press("Shift+Digit1")
    expect(mine.row(name)).to_have_attribute("data-state", "absent")

    # Who it was, on demand.
    mine.row(name).hover()
    page.keyboard.press("y")
    expect(page.get_by_role("region", name=f"History of {name}")).to_contain_text(f"amir{project}, marked")

    # What I say after them is a change of theirs, which they see.
    mine.row(name).get_by_role("button", name=f"{name} is present").click()
    expect(mine.sign()).to_have_text("Saved")
    expect(row).to_have_attribute("data-state", "present")
