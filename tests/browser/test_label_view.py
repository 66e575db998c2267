"""The label view by keyboard and mouse: what is on the button is what the server then holds."""

import re
import uuid

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from fixtures.demo import LABELS
from tests.browser.conftest import Bench
from tests.browser.label_page import PICTURES, box, held, opened
from tests.browser.work import Api, suggest, until_settled
from tests.processes import wait_for

pytestmark = pytest.mark.browser
# Of a label whose name alone is known: some are expected to be there.
LIKELY = 0.3


def test_a_page_is_cut_corrected_committed_and_taken_back_by_keyboard_alone(
    bench: Bench, person: BrowserContext
) -> None:
    page, api, project, label, view = opened(bench, person)
    # A key alone writes nothing of tiles that neither the model nor the person has said anything of.
    assert view.unsaid() == 0

    # The third tile is the last that is present; the second and the last are exceptions, the fourth is left unknown.
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("c")
    expect(view.commit()).to_contain_text(f"Write 3 present, {PICTURES - 3} absent")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    page.keyboard.press("End")
    page.keyboard.press("Space")
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press(".")
    expect(view.commit()).to_contain_text(f"Write 3 present, {PICTURES - 4} absent")
    expect(page.get_by_text("1 stays unknown")).to_be_visible()

    until_settled(page)
    page.keyboard.press("Enter")
    view.saved()
    assert held(api, project, label) == {"present": 3, "absent": PICTURES - 4, "unknown": 1}
    expect(view.tiles()).to_have_count(1)

    expect(view.tiles().first).to_be_focused()

    # One key takes the whole page back, another writes it again.
    page.keyboard.press("u")
    expect(view.tiles()).to_have_count(PICTURES)
    view.saved()
    assert held(api, project, label) == {"present": 0, "absent": 0, "unknown": PICTURES}
    page.keyboard.press("Shift+u")
    expect(view.tiles()).to_have_count(1)
    view.saved()
    assert held(api, project, label) == {"present": 3, "absent": PICTURES - 4, "unknown": 1}


def test_the_mouse_moves_the_line_selects_a_range_and_overwrites_only_when_told_twice(
    bench: Bench, person: BrowserContext
) -> None:
    page, api, project, label, view = opened(bench, person)

    # The line goes where it is dragged: behind the fifth tile.
    page.keyboard.press("a")
    expect(view.commit()).to_contain_text("Write 0 present")
    line, fifth = box(page.locator("[data-cut]")), box(view.tiles().nth(4))
    page.mouse.move(line["x"] + line["width"] / 2, line["y"] + line["height"] / 2)
    page.mouse.down()
    page.mouse.move(fifth["x"] + fifth["width"] * 0.9, fifth["y"] + fifth["height"] / 2, steps=4)
    page.mouse.up()
    expect(view.commit()).to_contain_text(f"Write 5 present, {PICTURES - 5} absent")

    # Dragging over tiles selects them; what is said then is said of all of them.
    first, third = box(view.tiles().nth(0)), box(view.tiles().nth(2))
    page.mouse.move(first["x"] + 40, first["y"] + 60)
    page.mouse.down()
    page.mouse.move(third["x"] + 40, third["y"] + 60, steps=5)
    page.mouse.up()
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.get_by_role("group", name="3 tiles selected").get_by_role("button", name="Absent").click()
    expect(view.commit()).to_contain_text(f"Write 2 present, {PICTURES - 2} absent")
    until_settled(page)
    view.commit().click()
    view.saved()
    assert held(api, project, label) == {"present": 2, "absent": PICTURES - 2, "unknown": 0}

    # Marked tiles are shown on request; a commit does not touch them, overwriting asks first and says how many.
    page.goto(f"{bench.address}/projects/{project}/by-label/{label}?show=present")
    expect(view.tiles()).to_have_count(2)
    view.tiles().first.click()
    expect(view.commit()).to_be_disabled()
    page.get_by_test_id("overwrite").click()
    page.get_by_role("dialog").get_by_role("button", name="Overwrite 1").click()
    view.saved()
    assert held(api, project, label) == {"present": 1, "absent": PICTURES - 1, "unknown": 0}


def test_marks_of_others_appear_on_the_page_and_are_not_written_again(bench: Bench, person: BrowserContext) -> None:
    page, api, project, label, view = opened(bench, person)

    page.keyboard.press("p")
    expect(view.commit()).to_contain_text(f"Write {PICTURES} present")
    image = api.get(f"projects/{project}/labelview/{label}/?limit=1")["tiles"][0]["image"]
    operation = {
        "id": str(uuid.uuid4()),
        "kind": "mark",
        "image": image,
        "label": label,
        "value": -1,
        "base": 0,
    }
    api.send("POST", f"projects/{project}/sync/", data={"operations": [operation]})
    expect(page.get_by_role("gridcell", name="Tile 1: already marked absent")).to_be_visible()
    expect(view.commit()).to_contain_text(f"Write {PICTURES - 1} present, 0 absent")
    until_settled(page)
    page.keyboard.press("Enter")
    view.saved()
    assert held(api, project, label) == {"present": PICTURES - 1, "absent": 1, "unknown": 0}


def test_pictures_that_somebody_deletes_or_sets_aside_leave_the_page_and_the_line_stays_between_the_same_tiles(
    bench: Bench, person: BrowserContext
) -> None:
    page, api, project, label, view = opened(bench, person)
    for key in ("Home", "ArrowRight", "ArrowRight", "ArrowRight", "c"):
        page.keyboard.press(key)
    expect(view.commit()).to_contain_text(f"Write 4 present, {PICTURES - 4} absent")
    images = view.tiles().evaluate_all("tiles => tiles.map(tile => Number(tile.dataset.image))")
    api.delete(f"projects/{project}/images/{images[1]}/")
    api.send("PATCH", f"projects/{project}/images/{images[6]}/", data={"flagged": "corrupt"})
    expect(view.tiles()).to_have_count(PICTURES - 2)
    expect(view.commit()).to_contain_text(f"Write 3 present, {PICTURES - 5} absent")
    expect(page.locator(f"[data-image='{images[3]}'] [data-cut]")).to_have_count(1)

    # The one with the focus goes too: the focus stays among the tiles.
    page.keyboard.press("ArrowLeft")
    expect(page.locator(f"[data-image='{images[2]}']")).to_be_focused()
    api.delete(f"projects/{project}/images/{images[2]}/")
    expect(page.locator(f"[data-image='{images[3]}']")).to_be_focused()
    until_settled(page)
    page.keyboard.press("Enter")
    view.saved()
    assert held(api, project, label) == {"present": 2, "absent": PICTURES - 5, "unknown": 0}


def test_closing_without_a_network_says_so_and_goes_on_when_it_is_back(bench: Bench, person: BrowserContext) -> None:
    page, api, project, label, view = opened(bench, person)
    suggest(bench.server, project, [LIKELY] * len(LABELS), by_name=True)
    page.reload()
    close = page.get_by_test_id("close-label")
    expect(close).to_be_visible()
    dialog = page.get_by_role("dialog")
    person.set_offline(True)
    close.click()
    expect(dialog.get_by_role("alert")).to_contain_text("Closing needs the server")
    person.set_offline(False)
    agree = dialog.get_by_role("button", name=f"Write {PICTURES} absent")
    expect(agree).to_be_enabled()

    # The act reaches the server and its answer is lost: chosen again it is written once, and one undo takes it back.
    address = f"**/labelview/{label}/close/"

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(address, lose, times=1)
    agree.click()
    expect(dialog.get_by_role("alert")).to_contain_text("not known whether this was written")
    assert held(api, project, label)["absent"] == PICTURES
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.keyboard.press("u")
    wait_for(lambda: held(api, project, label)["unknown"] == PICTURES, what="the closing taken back")
    expect(view.tiles()).to_have_count(PICTURES)


def everything(api: Api, project: int) -> dict[str, int]:
    """Counts over all labels as the server has them."""
    rows = api.get(f"projects/{project}/progress/")["labels"]
    return {state: sum(row[state] for row in rows) for state in ("present", "absent", "unknown")}


def test_all_labels_are_closed_by_keyboard_after_reading_what_that_misses_and_taken_back_by_one(
    bench: Bench, person: BrowserContext
) -> None:
    page, api, project, label, view = opened(bench, person)
    suggest(bench.server, project, [LIKELY] * len(LABELS), by_name=True)
    page.reload()
    expect(page.get_by_test_id("close-all")).to_be_visible()
    page.keyboard.press("a")
    until_settled(page)
    page.keyboard.press("Enter")
    view.saved()
    before = everything(api, project)
    assert (before["present"], before["absent"]) == (0, PICTURES)

    # One key reads the statement, which is the server's, and Escape agrees to nothing.
    page.keyboard.press("Shift+c")
    dialog = page.get_by_role("dialog", name="Close all labels?")
    told = api.get(f"projects/{project}/labelview/close/")
    assert told["cells"] == before["unknown"]
    expect(dialog).to_contain_text(told["text"])
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert everything(api, project) == before

    # Much would be missed, so Enter agrees to nothing; the button is chosen on purpose.
    no = dialog.get_by_role("button", name="Not yet")
    page.keyboard.press("Shift+c")
    expect(no).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    assert everything(api, project) == before

    # A mark made while it is open: agreeing is refused, the new number is shown, and the next choice agrees to that.
    page.keyboard.press("Shift+c")
    expect(no).to_be_focused()
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name=f"Write {told['cells']} absent")).to_be_focused()
    other = next(row["id"] for row in api.get(f"projects/{project}/labels/") if row["id"] != label)
    image = api.get(f"projects/{project}/labelview/{other}/?limit=1")["tiles"][0]["image"]
    operation = {"id": str(uuid.uuid4()), "kind": "mark", "image": image, "label": other, "value": 1}
    api.send("POST", f"projects/{project}/sync/", data={"operations": [operation]})
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("have changed")
    expect(dialog.get_by_role("button", name=f"Write {told['cells'] - 1} absent")).to_be_enabled()
    expect(no).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    assert everything(api, project) == {"present": 1, "absent": before["unknown"] - 1 + PICTURES, "unknown": 0}

    page.keyboard.press("u")
    wait_for(lambda: everything(api, project)["unknown"] == before["unknown"] - 1, what="closing taken back")
    view.saved()


def test_a_label_known_by_its_name_alone_pre_marks_nothing_absent_and_promises_no_number(
    bench: Bench, person: BrowserContext
) -> None:
    page, api, project, label, view = opened(bench, person)
    suggest(bench.server, project, [LIKELY] * len(LABELS), by_name=True)
    page.reload()
    expect(view.tiles()).to_have_count(PICTURES)
    told = api.get(f"projects/{project}/labelview/{label}/")
    assert (told["absent_suggested"], told["expected_left"]) == (False, None)
    expect(page.get_by_text("not known yet")).to_be_visible()
    expect(page.locator("[role=gridcell][data-state=absent]")).to_have_count(0)

    # What is present is said by hand; one key then says the rest, and keeps what was said.
    view.tiles().nth(1).click()
    expect(view.tiles().nth(1)).to_have_attribute("data-own", "true")
    page.keyboard.press("a")
    expect(view.commit()).to_contain_text(re.compile(f"Write [01] present, {PICTURES - 1}|Write 1 present"))
    until_settled(page)
    page.keyboard.press("Enter")
    view.saved()
    assert held(api, project, label)["unknown"] == 0


def test_a_label_is_closed_as_one_act_and_taken_back_after_the_next_label_was_worked_on(
    bench: Bench, person: BrowserContext
) -> None:
    page, api, project, label, view = opened(bench, person)
    suggest(bench.server, project, [LIKELY] * len(LABELS), by_name=True)
    page.reload()
    name = next(row["name"] for row in api.get(f"projects/{project}/labels/") if row["id"] == label)
    page.get_by_test_id("close-label").click()
    dialog = page.get_by_role("dialog", name=f"Close “{name}”?")
    told = api.get(f"projects/{project}/labelview/{label}/close/")
    expect(dialog).to_contain_text(told["text"])
    expect(dialog).to_contain_text("Only its name is known yet")
    expect(dialog.get_by_role("button", name="Not yet")).to_be_focused()
    dialog.get_by_role("button", name=f"Write {PICTURES} absent").click()
    expect(dialog).to_have_count(0)
    assert held(api, project, label) == {"present": 0, "absent": PICTURES, "unknown": 0}

    page.keyboard.press("n")
    # The tiles of the label that was closed may still be drawn: a page of another heading is awaited.
    expect(page.get_by_role("heading", level=1)).not_to_have_text(name)
    expect(view.tiles()).to_have_count(PICTURES)
    assert not page.url.endswith(f"/{label}")
    until_settled(page)
    page.keyboard.press("a")
    expect(view.commit()).to_contain_text(f"{PICTURES} absent")
    page.keyboard.press("Enter")
    view.saved()
    assert everything(api, project)["absent"] == 2 * PICTURES
    page.keyboard.press("u")
    wait_for(lambda: everything(api, project)["absent"] == PICTURES, what="the page taken back")
    page.keyboard.press("u")
    wait_for(lambda: everything(api, project)["absent"] == 0, what="the closing taken back")
    assert held(api, project, label)["unknown"] == PICTURES
