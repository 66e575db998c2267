"""Pictures and projects that were deleted come back in the page, and other open pages follow at once."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ready_context
from tests.browser.tern import Tern
from tests.browser.work import Api, draw


def test_pictures_and_projects_are_deleted_and_brought_back(
    chromium: Browser, tern: tuple[Tern, str], tmp_path: Path
) -> None:
    server, link = tern
    draw(tmp_path / "pictures", 4)
    with ready_context(chromium) as context:
        page, other = context.new_page(), context.new_page()
        page.goto(link)
        project = Api(context, server.address).make_project(tmp_path / "pictures", auto_retrain=False)
        work_through(page, other, f"{server.address}/projects/{project}", server.address)


def work_through(page: Page, other: Page, base: str, home: str) -> None:
    """Set a picture aside, delete it, bring it back, then the project itself; `other` looks on."""
    other.goto(f"{base}/pictures?state=deleted")
    expect(other.get_by_role("heading", name="No picture was deleted in the last 30 days")).to_be_visible()
    page.goto(f"{base}/pictures")
    tools = page.get_by_role("toolbar", name="Chosen pictures")
    page.locator(".picture-tick").first.click()
    tools.get_by_role("button", name="Delete").click()
    expect(page.get_by_test_id("delete-work")).to_contain_text("no marks")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    done = page.get_by_test_id("last-act")
    expect(done).to_contain_text("1 picture deleted")
    expect(done).to_be_focused()
    expect(other.get_by_text("30 days left")).to_be_visible()
    done.get_by_role("button", name="Undo").click()
    expect(done).to_contain_text("Taken back for 1 picture")
    expect(other.get_by_text("30 days left")).to_have_count(0)

    page.goto(f"{base}/settings")
    name = page.locator(".shell-trail a").first.inner_text()
    page.get_by_role("button", name="Delete this project").click()
    page.get_by_label(re.compile("^Type")).fill(name)
    page.get_by_role("button", name="Delete project").click()
    expect(other.get_by_role("heading", name=f"{name} is gone")).to_be_visible()
    page.goto(home)
    page.get_by_text("1 deleted project").click()
    expect(page.get_by_text("kept for 30 more days")).to_be_visible()
    page.get_by_role("button", name=f"Bring back {name}").click()
    expect(page.get_by_role("link", name=name, exact=True)).to_be_focused()
