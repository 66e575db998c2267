"""Work goes on without the network, without the server and without a session; nothing is lost, nothing doubled."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.tern import Tern
from tests.browser.work import Api, ImageView, draw

pytestmark = pytest.mark.browser

PASSWORD = "three-grey-terns"
PICTURES = 8


@pytest.fixture
def labelling(tern: tuple[Tern, str], context: BrowserContext, tmp_path: Path) -> tuple[Tern, Api, int, ImageView]:
    """An image open at the page, of a project that does not retrain meanwhile."""
    server, link = tern
    draw(tmp_path / "pictures", PICTURES)
    page = context.new_page()
    page.goto(link)
    expect(page.get_by_role("heading", name="Good to see you, Owner")).to_be_visible()
    api = Api(context, server.address)
    project = api.make_project(tmp_path / "pictures", auto_retrain=False)
    return server, api, project, ImageView(page, server.address, project)


def open_image(page: Page) -> int:
    """The id of the open image, from the address."""
    return int(page.url.split("image=")[1])


def changes(api: Api, project: int, image: int) -> list[tuple[int, int]]:
    """(label, new value) of every change that the server has recorded of the image, sorted."""
    return sorted((entry["label"], entry["new"]) for entry in api.get(f"projects/{project}/images/{image}/history/"))


def marked_on_page(view: ImageView) -> set[str]:
    return {label for label, state in view.states().items() if state == "present"}


def test_marks_made_offline_survive_a_killed_server_and_a_reload_and_arrive_once(
    labelling: tuple[Tern, Api, int, ImageView], context: BrowserContext
) -> None:
    server, api, project, view = labelling
    page = view.page
    first = open_image(page)
    for key in "12":
        page.keyboard.press(key)
    expect(view.sign()).to_have_text("Saved")

    context.set_offline(True)
    for key in "345":
        page.keyboard.press(key)
    expect(view.sign()).to_have_text("Offline · 3 waiting")
    on_first = marked_on_page(view)
    assert len(on_first) == 5

    server.kill()
    view.go_on("ArrowRight")
    second = open_image(page)
    for key in ("1", "Shift+Digit2"):
        page.keyboard.press(key)
    expect(view.sign()).to_have_text("Offline · 5 waiting")
    on_second = marked_on_page(view)

    # The network is back before the server is: still nothing may be called saved.
    context.set_offline(False)
    expect(view.sign()).to_have_text("Offline · 5 waiting")
    server.start()
    expect(view.sign()).to_have_text("Saved")

    page.reload()
    expect(view.rows().first).to_be_visible()
    assert open_image(page) == second
    assert marked_on_page(view) == on_second
    assert [new for _, new in changes(api, project, first)] == [1] * 5
    assert sorted(new for _, new in changes(api, project, second)) == [-1, 1]


def test_a_server_killed_in_mid_save_gets_the_marks_again_and_doubles_none(
    labelling: tuple[Tern, Api, int, ImageView],
) -> None:
    server, api, project, view = labelling
    page = view.page
    for key in "123":
        page.keyboard.press(key)
    server.kill()
    for key in "456":
        page.keyboard.press(key)
    expect(view.sign()).to_contain_text("waiting")
    server.start()
    expect(view.sign()).to_have_text("Saved")
    assert [new for _, new in changes(api, project, open_image(page))] == [1] * 6


def test_marks_that_wait_survive_closing_the_page(
    labelling: tuple[Tern, Api, int, ImageView], context: BrowserContext
) -> None:
    server, api, project, view = labelling
    image = open_image(view.page)
    context.set_offline(True)
    view.page.keyboard.press("1")
    expect(view.sign()).to_have_text("Offline · 1 waiting")
    view.page.close()

    context.set_offline(False)
    page = context.new_page()
    page.goto(server.address)
    expect(page.get_by_test_id("sync-sign")).to_have_text("Saved")
    assert [new for _, new in changes(api, project, image)] == [1]


def test_a_session_that_ends_in_mid_work_asks_in_place_and_saves_what_waited(
    labelling: tuple[Tern, Api, int, ImageView], context: BrowserContext
) -> None:
    server, api, project, view = labelling
    page = view.page
    image = open_image(page)
    server.manage(
        "shell",
        "-c",
        f"from annotator.models import User; u = User.objects.get(); u.set_password({PASSWORD!r}); u.save()",
    )
    page.keyboard.press("1")
    expect(page.get_by_role("heading", name="Sign in again")).to_be_visible()
    expect(view.sign()).to_have_text("Signed out · 1 waiting")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(view.sign()).to_have_text("Saved")
    assert open_image(page) == image
    assert [new for _, new in changes(api, project, image)] == [1]


def test_two_people_who_disagree_are_both_shown_and_nobody_is_overwritten(
    labelling: tuple[Tern, Api, int, ImageView], context: BrowserContext
) -> None:
    _, api, project, view = labelling
    page = view.page
    image = open_image(page)
    label = int(view.rows().first.get_attribute("data-label") or 0)
    context.set_offline(True)
    page.keyboard.press("1")
    expect(view.sign()).to_have_text("Offline · 1 waiting")
    # The same person at another desk is as good a rival as any: cells have versions, not owners.
    operation = {
        "id": "7b0c7d0e-5a53-4a80-9d7e-0d9a3b6f5d11",
        "kind": "mark",
        "image": image,
        "label": label,
        "value": -1,
    }
    api.send("POST", f"projects/{project}/sync/", data={"operations": [operation]})
    context.set_offline(False)

    expect(view.sign()).to_have_text("1 needs you")
    view.sign().click()
    sheet = page.get_by_role("dialog", name="Marks that need you")
    expect(sheet).to_contain_text("present")
    expect(sheet).to_contain_text("absent")
    sheet.get_by_role("button", name="Keep mine").click()
    expect(view.sign()).to_have_text("Saved")
    assert [new for _, new in changes(api, project, image)] == [-1, 1]
