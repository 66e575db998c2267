"""Walking a project picture by picture: past seventy of them to an end that says so, and by the browser's buttons."""

import re

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import Bench, ready_context
from tests.browser.label_page import box
from tests.browser.work import Api, ImageView, come_in, suggest, until_settled
from tests.processes import wait_for

pytestmark = pytest.mark.browser

MANY, FEW = 72, 6


@pytest.fixture(scope="module", autouse=True)
def pictures(bench: Bench) -> None:
    """The folders that the projects of the tests here take their pictures from."""
    for folder, count in (("many", MANY), ("few", FEW)):
        (bench.home / folder).mkdir()
        for number in range(count):
            Image.new("RGB", (64, 48), (number * 3, 255 - number * 3, 90)).save(
                bench.home / folder / f"{number:03}.png"
            )
    (bench.home / "late").mkdir()
    Image.new("RGB", (64, 48), (250, 250, 250)).save(bench.home / "late" / "late.png")


def started(
    bench: Bench,
    person: BrowserContext,
    folder: str,
    labels: tuple[str, ...] = ("qwxz",),
    scores: tuple[float, ...] = (),
) -> tuple[Api, int, ImageView]:
    """A project with the pictures of a folder, in order, open at its first; `scores` are suggested, by label."""
    api = Api(person, bench.address)
    project = api.send("POST", "projects/", data={"name": "Walk", "audit_share": 0, "auto_retrain": False})["id"]
    api.send("PATCH", f"projects/{project}/", data={"queue_mode": "in_order"})
    for name in labels:
        api.send("POST", f"projects/{project}/labels/", data={"name": name})
    take_in(bench, api, project, folder)
    if scores:
        suggest(bench.server, project, scores)
    page = person.new_page()
    page.goto(f"{bench.address}/projects/{project}")
    return api, project, ImageView(page, bench.address, project)


def take_in(bench: Bench, api: Api, project: int, folder: str) -> None:
    files = {"folder": str(bench.home / folder), "at_once": True}
    planned = api.send("POST", f"projects/{project}/imports/", data=files)
    api.wait_for_job(project, planned["job"]["id"])


def end(page: Page) -> Locator:
    return page.get_by_role("heading", name="That was the last picture")


def named(page: Page, name: str) -> None:
    """Wait until this picture is open."""
    expect(page.locator(".shell-trail [aria-current=page]")).to_have_text(name)


def test_a_walk_past_seventy_pictures_ends_and_says_so_and_what_was_skipped_comes_again(
    bench: Bench, person: BrowserContext
) -> None:
    api, project, view = started(bench, person, "many")
    page = view.page
    named(page, "000.png")
    for number in range(1, MANY):
        view.go_on("ArrowRight" if number % 12 == 0 else "c")
        named(page, f"{number:03}.png")
    until_settled(page)
    page.keyboard.press("c")
    expect(end(page)).to_be_visible()
    expect(page.get_by_text("You have looked at every picture once")).to_be_visible()

    # A reload is still at the end; a key goes on to what was left.
    page.reload()
    expect(end(page)).to_be_visible()
    page.keyboard.press("ArrowRight")
    skipped = [f"{number:03}.png" for number in range(MANY - 1) if number % 12 == 11]
    named(page, skipped[0])
    for name in skipped[:-1]:
        named(page, name)
        view.go_on("c")
    named(page, skipped[-1])
    until_settled(page)
    page.keyboard.press("c")
    expect(end(page)).to_be_visible()
    expect(page.get_by_text(re.compile("every label of every image"))).to_be_visible()
    expect(view.sign()).to_have_text("Saved")
    assert api.get(f"projects/{project}/progress/")["known"] == MANY
    tab = person.new_page()
    tab.goto(f"{bench.address}/projects/{project}/label")
    expect(tab.get_by_text(re.compile("every label of every image"))).to_be_visible()

    # Undo works from there, and what is added or asked anew is found without a reload.
    page.keyboard.press("u")
    named(page, skipped[-1])
    until_settled(page)
    page.keyboard.press("c")
    expect(end(page)).to_be_visible()
    take_in(bench, api, project, "late")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.keyboard.press("ArrowRight")
    named(page, "late.png")
    until_settled(page)
    page.keyboard.press("c")
    expect(end(page)).to_be_visible()


def test_back_and_forward_of_the_browser_go_by_picture(bench: Bench, person: BrowserContext) -> None:
    _, project, view = started(bench, person, "few")
    page = view.page
    for _ in range(2):
        view.go_on("ArrowRight")
    named(page, "002.png")
    page.go_back()
    named(page, "001.png")
    page.go_back()
    named(page, "000.png")
    page.go_forward()
    named(page, "001.png")
    # Over a reload, too; and going on from here shows what had come behind it.
    page.reload()
    named(page, "001.png")
    view.go_on("ArrowRight")
    named(page, "002.png")
    view.go_on("ArrowLeft")
    named(page, "001.png")
    page.go_back()
    named(page, "002.png")

    # Behind the last picture stands the end, and Back leads from it to the picture.
    for _ in range(FEW - 3):
        view.go_on("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(end(page)).to_be_visible()
    page.go_back()
    named(page, f"{FEW - 1:03}.png")
    page.go_forward()
    expect(end(page)).to_be_visible()
    page.keyboard.press("ArrowLeft")
    named(page, f"{FEW - 1:03}.png")

    # Only from the first picture of the visit Back leaves the work.
    page.goto(f"{bench.address}/projects/{project}")
    page.goto(f"{bench.address}/projects/{project}/label")
    named(page, f"{FEW - 1:03}.png")
    page.go_back()
    expect(page).to_have_url(re.compile(rf"/projects/{project}$"))


def label_counts(api: Api, project: int) -> list[tuple[int, int]]:
    """(present, absent) of each label, as the server has them."""
    return [(row["present"], row["absent"]) for row in api.get(f"projects/{project}/progress/")["labels"]]


def until_counted(api: Api, project: int, wanted: list[tuple[int, int]]) -> None:
    wait_for(lambda: label_counts(api, project) == wanted, 20, f"marks {wanted}")


def test_closing_asks_about_what_is_suggested_present_and_one_key_takes_all_of_it(
    bench: Bench, person: BrowserContext
) -> None:
    api, project, view = started(bench, person, "few", ("ant", "bee", "cat"), (0.99, 0.6, 0.05))
    page, question = view.page, view.page.locator(".close-question")
    expect(page.locator(".panel-why")).to_contain_text("95% right can be promised from 45 pictures marked present on")

    # It names them and writes nothing; then each of the three ways on.
    until_settled(page)
    page.keyboard.press("c")
    expect(question.get_by_role("listitem")).to_contain_text(["ant", "bee"])
    expect(question.get_by_role("heading")).to_be_focused()
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    named(page, "000.png")
    assert label_counts(api, project) == [(0, 0)] * 3
    for answer in ("Enter", "Shift+C"):
        until_settled(page)
        page.keyboard.press("c")
        expect(question).to_be_visible()
        view.go_on(answer)
    expect(view.sign()).to_have_text("Saved")
    assert label_counts(api, project) == [(1, 1), (1, 1), (0, 2)]

    # Each answer was one decision: one key takes it back, and one does it again.
    for key, left in (("u", [(1, 0), (1, 0), (0, 1)]), ("u", [(0, 0)] * 3), ("Shift+U", [(1, 0), (1, 0), (0, 1)]),
                      ("Shift+U", [(1, 1), (1, 1), (0, 2)])):  # fmt: skip
        page.keyboard.press(key)
        until_counted(api, project, left)
    expect(view.sign()).to_have_text("Saved")
    named(page, "001.png")
    view.go_on("ArrowRight")
    named(page, "002.png")

    # All that is suggested present by one key, as accepted, and taken back by one.
    until_settled(page)
    page.keyboard.press("Control+Enter")
    expect(view.row("bee")).to_have_attribute("data-state", "present")
    expect(view.sign()).to_have_text("Saved")
    assert label_counts(api, project) == [(2, 1), (2, 1), (0, 2)]
    image = page.url.rsplit("=", 1)[1]
    cells = api.get(f"projects/{project}/images/{image}/")["cells"]
    assert [cell["source"] for cell in cells] == ["accepted", "accepted", None]
    page.keyboard.press("u")
    expect(view.row("ant")).to_have_attribute("data-state", "unknown")
    expect(view.row("bee")).to_have_attribute("data-state", "unknown")


def test_find_says_what_its_key_says_whatever_the_label_was(bench: Bench, person: BrowserContext) -> None:
    _, _, view = started(bench, person, "few", ("ant", "bee"))
    page = view.page
    for key, state in (("Enter", "present"), ("Enter", "present"), ("Shift+Enter", "absent"), ("Shift+Enter", "absent"),
                       ("Control+Enter", "unknown"), ("Control+Enter", "unknown"), ("Enter", "present")):  # fmt: skip
        page.keyboard.press("/")
        page.keyboard.type("bee")
        page.keyboard.press(key)
        expect(page.get_by_role("combobox", name="Find a label")).to_have_count(0)
        expect(view.row("bee")).to_have_attribute("data-state", state)


def test_rows_grow_with_the_text_and_stay_in_view(bench: Bench, person: BrowserContext) -> None:
    _, _, view = started(bench, person, "few", ("ant", "bee"), (0.99, 0.6))
    page, question = view.page, view.page.locator(".close-question")
    row = view.row("ant")
    before = box(row)["height"]
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    expect(row).to_be_in_viewport(ratio=1)
    wait_for(lambda: box(row)["height"] > 1.9 * before, 20)

    # On a phone the question before closing lies over the buttons, not between them.
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size({"width": 360, "height": 640})
    until_settled(page)
    page.keyboard.press("c")
    expect(question).to_be_visible()
    for button in question.get_by_role("button").all():
        button.click(trial=True)


def test_two_people_at_one_picture_are_told_of_each_other(
    bench: Bench, person: BrowserContext, chromium: Browser
) -> None:
    api, project, view = started(bench, person, "few")
    invited = api.send("POST", f"projects/{project}/members/", data={"username": "amir", "role": "annotator"})
    with ready_context(chromium) as elsewhere:
        theirs = elsewhere.new_page()
        come_in(theirs, invited["one_time_link"], "amir")
        theirs.goto(view.page.url)
        expect(theirs.get_by_text("Owner has this picture open too.").first).to_be_visible()
        expect(view.page.locator(".panel-company")).to_have_text("amir has this picture open too.")
        # Whoever goes on is no longer named.
        theirs.keyboard.press("ArrowRight")
        expect(view.page.locator(".panel-company")).to_have_count(0)
        expect(theirs.locator(".panel-company")).to_have_count(0)


def test_a_picture_opened_from_its_tile_leaves_the_page_as_it_was(bench: Bench, person: BrowserContext) -> None:
    api, project, view = started(bench, person, "few")
    label = api.get(f"projects/{project}/labels/")[0]
    page = view.page
    page.goto(f"{bench.address}/projects/{project}/by-label/{label['id']}")
    tiles, commit = page.get_by_role("gridcell"), page.get_by_test_id("commit")
    expect(tiles).to_have_count(FEW)
    page.keyboard.press("a")
    tiles.nth(1).click()
    tiles.nth(4).click()
    expect(commit).to_contain_text("2 present")
    said = re.sub(r"\s*↵\s*$", "", commit.inner_text())
    page.keyboard.press("o")
    expect(page.locator(".row").first).to_be_visible()
    page.go_back()
    expect(commit).to_contain_text(said)
    expect(tiles).to_have_count(FEW)
    # What was marked in the picture counts on the page.
    page.keyboard.press("o")
    expect(page.locator(".row").first).to_be_visible()
    view.say_present(label["name"])
    expect(view.row(label["name"])).to_have_attribute("data-state", "present")
    expect(view.sign()).to_have_text("Saved")
    page.go_back()
    expect(page.get_by_role("gridcell", name="already marked")).to_have_count(1)
    expect(commit).to_contain_text("1 present")
