"""The pages of a lead: labels, import by its plan, export, members; each by the page alone."""

import csv
import hashlib
import re
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.browser.tern import Tern
from tests.browser.work import Api, draw

pytestmark = pytest.mark.browser
TRAINS = True

PICTURES = 6
JOB_MS = 120_000

PASTE = """(at, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", text);
    at.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


def test_a_lead_imports_names_labels_exports_and_invites_at_the_page(
    tern: tuple[Tern, str], context: BrowserContext, tmp_path: Path
) -> None:
    server, link = tern
    names = sorted(draw(tmp_path / "pictures", PICTURES))
    page = context.new_page()
    page.goto(link)
    api = Api(context, server.address)

    # An empty project says what to do first.
    page.get_by_role("button", name="New project").click()
    page.get_by_label("Name").fill("Harbour")
    page.get_by_role("button", name="Make project").click()
    page.get_by_role("link", name="Add pictures").click()

    # Look first: nothing is changed, the bad row is named by file and line.
    table = tmp_path / "labels.csv"
    table.write_text(f"image,boat\n{names[0]},1\n{names[1]},-1\n{names[2]},7\n")
    files = [*(tmp_path / "pictures" / name for name in names), table]
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(files)
    page.get_by_role("button", name="Look at it").click()
    # Of numbers only a person knows whether they are a label's.
    page.get_by_test_id("ask-column:boat").get_by_text("A label", exact=True).click(timeout=JOB_MS)
    planned = page.locator("[data-testid^=import-][data-state=ready]")
    expect(planned).to_contain_text("What will happen", timeout=JOB_MS)
    expect(planned).to_contain_text(f"{PICTURES} new pictures")
    expect(planned).to_contain_text("labels.csv:4")
    project = int(page.url.split("/projects/")[1].split("/")[0])
    assert api.get(f"projects/{project}/")["images"] == 0

    expect(planned.get_by_test_id("new-labels")).to_contain_text("1 new label is made")
    page.get_by_role("button", name="Import this").click()
    expect(page.get_by_role("heading", name="Imported", exact=True)).to_be_visible(timeout=JOB_MS)
    assert api.get(f"projects/{project}/")["images"] == PICTURES

    # A label is added; a pinned key that is taken names its rival and is not saved.
    page.get_by_role("link", name="Labels", exact=True).click()
    page.get_by_role("link", name="boat").click()
    page.get_by_label("Pinned key").fill("b")
    expect(page.get_by_text("is taken")).to_be_visible()
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    page.get_by_label("Pinned key").fill("q")
    # A slow answer to Save takes nobody back from the form that they have opened since.
    held: list[Route] = []
    page.route("**/labels/*/", lambda route: held.append(route))
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Add a label").click()
    expect(page.get_by_role("region", name="New label")).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        held.pop().continue_()
    page.unroute("**/labels/*/")
    page.get_by_label("Name", exact=True).fill("sea")
    page.get_by_label("Synonyms").fill("ocean,")
    page.get_by_label("Name", exact=True).press("Enter")

    # The next label is a name and Enter; a pasted list is looked at first, and what clashes is named.
    name = page.get_by_label("Name", exact=True)
    expect(page.get_by_role("link", name="sea")).to_be_visible()
    expect(name).to_be_focused()
    expect(name).to_have_value("")
    page.keyboard.type("moon")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="moon")).to_be_visible()
    expect(name).to_be_focused()
    name.evaluate(PASTE, "lamp\nBOAT, cup")
    told = page.get_by_test_id("many-names").get_by_role("listitem")
    expect(told).to_have_text(["lamp new", "BOAT There is a label of this name already.", "cup new"])
    page.get_by_role("button", name="Add 2 labels").click()
    expect(page.get_by_role("link", name="cup")).to_be_visible()
    page.get_by_role("link", name="sea").click()
    expect(page.get_by_role("heading", name="sea", exact=True)).to_be_visible()
    labels = {label["name"]: label for label in api.get(f"projects/{project}/labels/")}
    assert labels["boat"]["key"] == "q"
    assert labels["sea"]["synonyms"] == ["ocean"]

    # Deleting says whose work it is, and can be taken back.
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete label").click()
    page.get_by_text("Deleted (1)").click()
    page.get_by_role("button", name="Bring back").click()
    expect(page.get_by_role("link", name="sea")).to_be_visible()

    # The overview counts, and its numbers open the pictures behind them.
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("link", name="boat: 1 present").click()
    expect(page.get_by_role("gridcell", name="already marked present")).to_have_count(1)
    page.go_back()

    # A snapshot's file has the checksum that the page shows.
    page.get_by_role("link", name="Export").click()
    page.get_by_role("button", name="Make a snapshot").click()
    card = page.get_by_test_id("snapshot-1")
    csv_link = card.get_by_role("link", name=".csv")
    expect(csv_link).to_be_visible(timeout=JOB_MS)
    with page.expect_download() as download:
        csv_link.click()
    told = api.get(f"projects/{project}/snapshots/1/")["files"]
    sums = {file["sha256"] for file in told}
    assert hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest() in sums

    # Formats of other tools say what they have no word for; parts come with a table of their own.
    page.get_by_text("More formats").click()
    expect(page.get_by_text("No word for absent, can't tell: left out.").first).to_be_visible()
    page.locator("label", has_text=re.compile("^LVIS")).click()
    page.get_by_label("Parts for training and testing").select_option(label="Train 80 %, test 20 %")
    first = api.get(f"projects/{project}/images/")["results"][0]["id"]
    boat = api.get(f"projects/{project}/labels/")[0]
    sent = {"id": str(uuid.uuid4()), "kind": "mark", "image": first, "label": boat["id"], "value": -1, "base": None}
    api.send("POST", f"projects/{project}/sync/", data={"operations": [sent]})
    page.get_by_role("button", name="Make a snapshot").click()
    later = page.get_by_test_id("snapshot-2")
    for file_name in ("lvis.json", "splits.csv"):
        expect(later.get_by_role("link", name=file_name)).to_be_visible(timeout=JOB_MS)

    # What changed since the first: one cell, by whom, and the same as a table.
    later.get_by_text("What changed since snapshot 1").click()
    expect(later.get_by_text("1 cell changed: 1 from present to absent.")).to_be_visible()
    with page.expect_download() as changes:
        later.get_by_role("link", name="As CSV").click()
    rows = list(csv.DictReader(Path(changes.value.path()).read_text().splitlines()))
    assert [(row["label"], row["from"], row["to"]) for row in rows] == [("boat", "1", "-1")]

    # A new person gets a link that is shown once; it signs in without a password.
    page.get_by_role("link", name="Members").click()
    page.get_by_role("button", name="Add people").click()
    page.get_by_label("User name").fill("amir")
    page.get_by_role("button", name="Add", exact=True).click()
    once = page.get_by_test_id("secret").input_value()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_text("amir", exact=True).first).to_be_visible()
    assert context.browser is not None
    guest = context.browser.new_context()
    other = guest.new_page()
    other.goto(once)
    other.get_by_role("button", name="Come in").click()
    other.get_by_label("New password").fill("a tern over grey water")
    other.get_by_role("button", name="Save password").click()
    expect(other.get_by_role("link", name="Harbour")).to_be_visible()
    guest.close()
