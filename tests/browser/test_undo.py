"""Fast keys, a slow network and another person: nothing conflicts with itself, and undo says what became of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Bench, ready_context
from tests.browser.label_page import opened
from tests.browser.test_together import sign_in_another
from tests.browser.work import Api, ImageView

pytestmark = pytest.mark.browser


@pytest.fixture
def elsewhere(chromium: Browser) -> Iterator[BrowserContext]:
    """The other person's browser."""
    with ready_context(chromium) as made:
        yield made


def slow(context: BrowserContext, page: Page, milliseconds: int) -> None:
    """Make every answer of the server so late."""
    context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1},
    )


def told(api: Api, project: int, image: int) -> list[int]:
    """The new values of all changes of the picture, in order."""
    entries = api.get(f"projects/{project}/images/{image}/history/")
    return [entry["new"] for entry in sorted(entries, key=lambda entry: entry["version"])]


def test_keys_faster_than_the_server_conflict_with_nobody_and_are_taken_back_one_by_one(
    bench: Bench, person: BrowserContext
) -> None:
    page, api, project, _, _ = opened(bench, person)
    view = ImageView(page, bench.address, project)
    image = int(page.url.split("image=")[1])
    row, note = view.rows().first, page.locator(".note")

    page.keyboard.press("1")
    page.keyboard.press("Shift+Digit1")
    expect(view.sign()).to_have_text("Saved")
    page.keyboard.press("u")
    expect(row).to_have_attribute("data-state", "present")
    expect(note).to_contain_text("Undone: ")
    page.keyboard.press("u")
    expect(row).to_have_attribute("data-state", "unknown")
    expect(view.sign()).to_have_text("Saved")
    page.reload()
    expect(row).to_have_attribute("data-state", "unknown")
    assert told(api, project, image) == [1, -1, 1, 0]

    # Each key falls at another moment of the answer to the one before.
    slow(person, page, 120)
    pairs = 0
    for pause in (0, 0, 20, 40, 80, 150, 250, 400):
        page.keyboard.press("1")
        page.wait_for_timeout(pause)
        page.keyboard.press("Shift+Digit1")
        page.wait_for_timeout(pause)
        pairs += 1
        expect(row).to_have_attribute("data-state", "absent")
    expect(view.sign()).to_have_text("Saved")
    assert told(api, project, image)[4:] == [1, -1] * pairs

    # Undo of what is still on its way, and everything after it.
    page.keyboard.press("1")
    for _ in range(2 * pairs + 1):
        page.keyboard.press("u")
    expect(row).to_have_attribute("data-state", "unknown")
    expect(view.sign()).to_have_text("Saved")
    page.reload()
    expect(row).to_have_attribute("data-state", "unknown")
    assert told(api, project, image)[-1] == 0
    page.keyboard.press("u")
    expect(note).to_have_text("Nothing to undo.")


def test_what_somebody_else_changed_is_named_and_both_sides_are_settled_at_once(
    bench: Bench, person: BrowserContext, elsewhere: BrowserContext
) -> None:
    page, api, project, _, _ = opened(bench, person)
    mine = ImageView(page, bench.address, project)
    image = int(page.url.split("image=")[1])
    theirs, other = sign_in_another(api, project, elsewhere), f"amir{project}"
    theirs.goto(page.url)
    rows = [theirs.locator(".row").nth(place) for place in range(3)]
    names = [row.locator(".row-text").inner_text() for row in rows]

    # An undo that cannot be says whose change stands, and what it is.
    page.keyboard.press("1")
    expect(rows[0]).to_have_attribute("data-state", "present")
    theirs.keyboard.press("Shift+Digit1")
    expect(mine.row(names[0])).to_have_attribute("data-state", "absent")
    page.keyboard.press("u")
    expect(page.locator(".note")).to_contain_text(f"The cell stays as it is: {other} marked it absent since.")
    expect(page.get_by_role("status")).to_contain_text("Not undone")
    expect(mine.row(names[0])).to_have_attribute("data-state", "absent")
    expect(mine.sign()).to_have_text("Saved")

    # Two cells that both changed meanwhile: nothing opens by itself, one press settles both.
    person.set_offline(True)
    page.keyboard.press("2")
    page.keyboard.press("3")
    expect(mine.sign()).to_have_text("Offline · 2 waiting")
    for place in (1, 2):
        rows[place].get_by_role("button", name=f"{names[place]} is absent").click()
        expect(rows[place]).to_have_attribute("data-state", "absent")
    expect(theirs.get_by_test_id("sync-sign")).to_have_text("Saved")
    person.set_offline(False)
    expect(mine.sign()).to_have_text("2 need you")
    dialog = page.get_by_role("dialog", name="Marks that need you")
    expect(dialog).to_have_count(0)
    before = mine.states()[names[0]]
    page.keyboard.press("1")
    expect(mine.row(names[0])).not_to_have_attribute("data-state", before)
    mine.sign().click()
    expect(dialog.get_by_role("heading", name=f"{other} marked this meanwhile")).to_have_count(2)
    dialog.get_by_role("button", name="Keep all of mine").click()
    expect(dialog).to_have_count(0)
    expect(mine.sign()).to_have_text("Saved")
    assert [mine.states()[name] for name in names[1:]] == ["present", "present"]
    assert sorted(told(api, project, image)).count(1) >= 3

    # The next one does not open the dialog that was open last.
    person.set_offline(True)
    page.keyboard.press("Shift+Digit2")
    expect(mine.sign()).to_have_text("Offline · 1 waiting")
    expect(rows[1]).to_have_attribute("data-state", "present")
    rows[1].get_by_role("button", name=f"{names[1]} is present").click()
    expect(rows[1]).to_have_attribute("data-state", "unknown")
    expect(theirs.get_by_test_id("sync-sign")).to_have_text("Saved")
    person.set_offline(False)
    expect(mine.sign()).to_have_text("1 needs you")
    expect(dialog).to_have_count(0)
