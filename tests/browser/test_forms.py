"""Every form of the page is refused once, mended, and sent again: a refusal stands at its field and leaves with it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.tern import Tern
from tests.browser.work import Api
from tests.paths import ROOT

pytestmark = pytest.mark.browser

SCREENS = ROOT / "frontend" / "src"
# The server takes a thousand names at once.
TOO_MANY = 1_001


@dataclass
class Desk:
    """A lead at a project of theirs."""

    page: Page
    api: Api
    address: str
    project: int

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def settings(self) -> dict[str, object]:
        found: dict[str, object] = self.api.get(f"projects/{self.project}/")
        return found


def refuse_then_mend(desk: Desk, field: Locator, bad: str, good: str, send: Locator) -> None:
    """Send a bad value, which is refused at its field, where the focus then is; mend it, and send again."""
    field.fill(bad)
    send.click()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    told = desk.page.locator(".field-error")
    expect(told).not_to_have_count(0)
    # The refusal leaves at the first stroke, not with the next answer.
    field.press("End")
    field.press("x")
    expect(told).to_have_count(0)
    field.fill(good)
    send.click()


def new_project(desk: Desk) -> None:
    desk.open("/")
    desk.page.get_by_role("button", name="New project").click()
    name, send = desk.page.get_by_label("Name"), desk.page.get_by_role("button", name="Make project")
    refuse_then_mend(desk, name, "n" * 121, "Meadow", send)
    expect(desk.page.get_by_role("heading", name="Meadow")).to_be_visible()


def label(desk: Desk) -> None:
    desk.open(f"/projects/{desk.project}/labels")
    desk.page.get_by_role("button", name="Add a label").click()
    name, send = desk.page.get_by_label("Name", exact=True), desk.page.get_by_role("button", name="Add label")
    refuse_then_mend(desk, name, "boat", "ship", send)
    expect(desk.page.get_by_role("link", name="ship")).to_be_visible()


def many_labels(desk: Desk) -> None:
    desk.page.get_by_role("button", name="Add many").click()
    names, told = desk.page.get_by_label("Names"), desk.page.locator(".field-error")
    names.fill("\n".join(f"label {number}" for number in range(TOO_MANY)))
    expect(names).to_have_attribute("aria-invalid", "true")
    expect(told).not_to_have_count(0)
    names.fill("jetty, crane")
    expect(told).to_have_count(0)
    desk.page.get_by_role("button", name="Add 2 labels").click()
    expect(desk.page.get_by_role("link", name="crane")).to_be_visible()


def person(desk: Desk) -> None:
    desk.open(f"/projects/{desk.project}/members")
    desk.page.get_by_role("button", name="Add people").click()
    name, send = desk.page.get_by_label("User name"), desk.page.get_by_role("button", name="Add", exact=True)
    refuse_then_mend(desk, name, "amir & co", "amir", send)
    expect(desk.page.get_by_test_id("secret")).to_be_focused()
    desk.page.get_by_role("button", name="Done").click()

    desk.page.get_by_role("button", name="Add people").click()
    desk.page.get_by_role("radio", name="A list").click()
    lines, send = (
        desk.page.get_by_label("People, one a line"),
        desk.page.get_by_role("button", name=re.compile(r"^Add \d")),
    )
    refuse_then_mend(desk, lines, "vera, boss", "vera\nJo Smith, reviewer\namir", send)
    links = desk.page.get_by_test_id("links")
    expect(links).to_be_focused()
    assert [line.split("\t")[0] for line in links.input_value().splitlines()] == ["vera", "jo.smith"]
    expect(desk.page.get_by_text("amir was a member before.")).to_be_visible()
    desk.page.get_by_role("button", name="Done").click()


def password(desk: Desk) -> None:
    """Somebody's first entry: the link, a password that is refused, a better one; and back in by it after a reset."""
    row = desk.page.get_by_role("listitem").filter(has_text="vera")
    row.get_by_role("button", name="New link").click()
    desk.page.get_by_role("button", name="Make a link").click()
    link = desk.page.get_by_test_id("secret")
    expect(link).to_be_focused()
    browser = desk.page.context.browser
    assert browser is not None
    guest = browser.new_context()
    page = guest.new_page()
    page.goto(link.input_value())
    page.get_by_role("button", name="Come in").click()
    field, send = page.get_by_label("New password"), page.get_by_role("button", name="Save password")
    refuse_then_mend(Desk(page, desk.api, desk.address, desk.project), field, "tern", "grey water and a tern", send)
    expect(page.get_by_role("heading", name="Good to see you, vera")).to_be_visible()
    guest.close()
    desk.page.get_by_role("button", name="Done").click()


def settings(desk: Desk) -> None:
    desk.open(f"/projects/{desk.project}/settings")
    page, send = desk.page, desk.page.get_by_role("button", name="Save settings")
    wrong = {
        "Name": ("n" * 121, "Quay"),
        "A picture stays with one person for": ("5", "900"),
        "Accept suggestions that are right": ("12", "97.5"),
        "Blind questions, %": ("80", "4"),
        "After so many new marks": ("", "30"),
        "After so many minutes": ("0", "15"),
        "Size of pictures": ("12", "256"),
    }
    for name, (bad, good) in wrong.items():
        refuse_then_mend(desk, page.get_by_label(name), bad, good, send)
        expect(send).to_be_disabled()
        expect(page.locator("[aria-invalid=true], .field-error")).to_have_count(0)
    saved = desk.settings()
    kept = ("name", "lease_seconds", "wanted_precision", "audit_share", "retrain_after_marks", "retrain_after_minutes")
    assert [saved[key] for key in kept] == ["Quay", 900, 0.975, 0.04, 30, 15]


def delete(desk: Desk) -> None:
    """What goes wrong here belongs to no field: the connection is lost, and then comes back."""
    desk.open(f"/projects/{desk.project}/settings")
    desk.page.get_by_role("button", name="Delete this project").click()
    desk.page.get_by_label("Type “Quay” to go on").fill("Quay")
    address = f"**/api/projects/{desk.project}/"
    desk.page.route(address, lambda route: route.abort())
    send = desk.page.get_by_role("button", name="Delete project")
    send.click()
    expect(desk.page.get_by_role("alert")).to_contain_text("does not answer")
    desk.page.unroute(address)
    send.click()
    expect(desk.page.get_by_role("heading", name=re.compile("Good to see you"))).to_be_visible()
    assert desk.project not in [one["id"] for one in desk.api.get("projects/")]


def token(desk: Desk) -> None:
    desk.open("/tokens")
    name, send = desk.page.get_by_label("What is it for?"), desk.page.get_by_role("button", name="Make a token")
    refuse_then_mend(desk, name, "n" * 81, "nightly export", send)
    expect(desk.page.get_by_test_id("secret")).to_be_visible()


# The file that holds the form -> how it is walked, in this order.
WALKS: dict[str, Callable[[Desk], None]] = {
    "projects/ProjectList.tsx": new_project,
    "labels/LabelForm.tsx": label,
    "labels/ManyLabels.tsx": many_labels,
    "members/AddPeople.tsx": person,
    "password/PasswordPage.tsx": password,
    "tokens/TokensPage.tsx": token,
    "settings/SettingsPage.tsx": settings,
    "settings/DeleteProject.tsx": delete,
}
# Walked by a test of its own below; and in the test of the pictures page, since the server can refuse nothing of it.
ALONE = {"signin/SignIn.tsx", "parts/pictures/FlagDialog.tsx"}


def test_every_form_of_the_page_is_walked_here_and_none_goes_around_the_one_that_stays_alive() -> None:
    files = {str(path.relative_to(SCREENS)): path.read_text() for path in SCREENS.rglob("*.tsx")}
    own = [name for name, text in files.items() if "<form" in text and name != "ui/Form.tsx"]
    assert own == []
    forms = {name.removeprefix("screens/") for name, text in files.items() if "<Form\n" in text or "<Form " in text}
    assert forms - {"ui/Form.tsx"} == {*WALKS, *ALONE}


def test_each_form_is_refused_mended_and_sent(tern: tuple[Tern, str], context: BrowserContext) -> None:
    server, link = tern
    page = context.new_page()
    page.goto(link)
    api = Api(context, server.address)
    project = api.send("POST", "projects/", data={"name": "Harbour"})["id"]
    api.send("POST", f"projects/{project}/labels/", data={"name": "boat"})
    desk = Desk(page, api, server.address, project)
    for walk in WALKS.values():
        walk(desk)


def test_signing_in_is_refused_and_then_works(tern: tuple[Tern, str], context: BrowserContext) -> None:
    server, _ = tern
    made = ("createsuperuser", "--noinput", "--username=vera", "--email=")
    server.manage(*made, DJANGO_SUPERUSER_PASSWORD="tern over water")
    page = context.new_page()
    page.goto(server.address)
    page.get_by_label("Name").fill("vera")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    page.get_by_label("Password").fill("tern over water")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Good to see you, vera")).to_be_visible()
