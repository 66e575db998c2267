"""What a person does at the page, by keyboard, and what the server then holds."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, expect

from fixtures.demo import LABELS
from fixtures.render import generate
from tests.browser.tern import Tern
from tests.processes import wait_for

JOB_SECONDS = 240


class Api:
    """The REST interface with the session of a browser context."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.request, self.address = context.request, address

    def get(self, path: str) -> Any:
        answer = self.request.get(f"{self.address}/api/{path}")
        assert answer.ok, answer.text()
        return answer.json()

    def send(self, method: str, path: str, **body: Any) -> Any:
        headers = {"X-CSRFToken": self.get("session/")["csrf"], "Referer": self.address}
        answer = self.request.fetch(f"{self.address}/api/{path}", method=method, headers=headers, **body)
        assert answer.ok, answer.text()
        return answer.json()

    def delete(self, path: str) -> None:
        headers = {"X-CSRFToken": self.get("session/")["csrf"], "Referer": self.address}
        answer = self.request.delete(f"{self.address}/api/{path}", headers=headers)
        assert answer.ok, answer.text()

    def make_project(self, folder: Path | None = None, **settings: Any) -> int:
        """A project with the labels of the demo, and with the pictures of a folder of the server if one is given.

        No blind question comes between pictures unless `audit_share` says so.
        """
        project = self.send("POST", "projects/", data={"name": "Scenes", "audit_share": 0, **settings})["id"]
        for label in LABELS:
            text = {"name": label.name, "synonyms": list(label.synonyms), "rule": label.rule}
            self.send("POST", f"projects/{project}/labels/", data=text)
        if folder is not None:
            files = {"folder": str(folder), "at_once": True}
            planned = self.send("POST", f"projects/{project}/imports/", data=files)
            self.wait_for_job(project, planned["job"]["id"])
        return int(project)

    def wait_for_job(self, project: int, job: int) -> None:
        """Wait until a job has ended; it must end well."""

        def ended() -> bool:
            found = self.get(f"projects/{project}/jobs/{job}/")
            assert found["state"] in ("queued", "running", "done"), found
            return bool(found["state"] == "done")

        wait_for(ended, JOB_SECONDS, f"job {job} done")


PUBLISH = """
import numpy as np
from annotator.models import Project
from tests.world import publish_scores
project = Project.objects.get(pk={project})
labels = project.labels.order_by("column").values_list("pk", flat=True)
card = {{"labels": [{{"id": label, "positives": {positives}}} for label in labels]}}
publish_scores(project, np.repeat(np.array({scores})[:, None], project.next_row, 1), card)
"""


def suggest(tern: Tern, project: int, scores: Sequence[float], *, by_name: bool = False) -> None:
    """Let a live version suggest, by label, the same probability in every picture. Nothing is trained for it.

    `by_name`: the version knows no mark of any label, as the first one of a project.
    """
    tern.manage("shell", "-c", PUBLISH.format(project=project, scores=list(scores), positives=int(not by_name)))


PREFER = """([name, value]) => {
    const { id } = JSON.parse(localStorage.getItem("tern.last-person"));
    localStorage.setItem(`tern.${id}.${name}`, JSON.stringify(value));
}"""


def prefer(page: Page, address: str, name: str, value: object) -> None:
    """Set a preference of the person who is signed in, as their page keeps it."""
    page.goto(address)
    expect(page.get_by_role("heading", name="Good to see you")).to_be_visible()
    page.evaluate(PREFER, [name, value])


def come_in(page: Page, link: str, name: str) -> None:
    """Follow a link for an invited person and choose a password."""
    page.goto(link)
    page.get_by_role("button", name="Come in").click()
    page.get_by_label("New password").fill("a tern over grey water")
    page.get_by_role("button", name="Save password").click()
    expect(page.get_by_role("heading", name=f"Good to see you, {name}")).to_be_visible()


def import_at_page(page: Page, address: str, project: int, pictures: list[Path]) -> None:
    """Choose the pictures in the import screen, agree to the plan, and wait until the screen says it is done."""
    page.goto(f"{address}/projects/{project}/import")
    page.locator("input[type=file]").first.set_input_files(pictures)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Import this").click(timeout=JOB_SECONDS * 1000)
    expect(page.locator("[data-testid^=import-][data-state=done]")).to_be_visible(timeout=JOB_SECONDS * 1000)


def export_at_page(page: Page, address: str, project: int) -> dict[str, dict[str, str]]:
    """Make a snapshot in the export screen and download its wide CSV: file name -> label name -> "1", "-1" or ""."""
    rows = export_rows(page, address, project)
    names = [label.name for label in LABELS]
    return {Path(row["image"]).name: {name: normal(row[name]) for name in names} for row in rows}


def export_rows(page: Page, address: str, project: int) -> list[dict[str, str]]:
    """The lines of the CSV of a snapshot that is made in the export screen."""
    page.goto(f"{address}/projects/{project}/export")
    page.get_by_role("button", name="Make a snapshot").click()
    link = page.get_by_role("link", name=re.compile(r"\.csv$"))
    expect(link).to_be_visible(timeout=JOB_SECONDS * 1000)
    with page.expect_download() as download:
        link.click()
    return list(csv.DictReader(io.StringIO(download.value.path().read_text())))


def normal(value: str) -> str:
    """Blank and 0 both say unknown."""
    return "" if value in ("", "0") else value


def draw(folder: Path, count: int) -> dict[str, frozenset[str]]:
    """Draw demo scenes into the folder; file name -> what is in the picture."""
    truths = generate(folder, count, long_side=320)
    return {truth.name: truth.labels for truth in truths}


ASKED_OR_GONE = """before => document.querySelector('.close-question')
    || document.querySelector('.shell-trail [aria-current=page]').textContent !== before"""


def until_settled(page: Page) -> None:
    """Wait until what is open has been looked at for the moment before which nothing is said of it as a whole."""
    expect(page.locator("[data-settled]")).to_be_visible()


class ImageView:
    """The open image view of a project, worked by keyboard."""

    def __init__(self, page: Page, address: str, project: int) -> None:
        self.page = page
        page.goto(f"{address}/projects/{project}/label")
        expect(self.rows().first).to_be_visible()

    def rows(self) -> Locator:
        return self.page.locator(".row")

    def row(self, label: str) -> Locator:
        return self.page.locator(f".row[aria-label^='{label}: ']")

    def name(self) -> str:
        """The open picture's file name."""
        return self.page.locator(".shell-trail [aria-current=page]").inner_text()

    def sign(self) -> Locator:
        return self.page.get_by_test_id("sync-sign")

    def say_present(self, label: str) -> None:
        """By the row's digit where it has one, else by typing its name."""
        key = self.row(label).locator(".row-key kbd")
        if self.row(label).count() and key.count():
            self.page.keyboard.press(key.inner_text())
        else:
            self.page.keyboard.press("/")
            self.page.keyboard.type(label)
            self.page.keyboard.press("Enter")
            expect(self.page.get_by_role("combobox", name="Find a label")).to_have_count(0)

    def say_all_present(self, labels: Iterable[str]) -> int:
        """Mark these labels present; how many."""
        wanted = sorted(labels)
        for label in wanted:
            self.say_present(label)
        return len(wanted)

    def go_on(self, key: str) -> None:
        """Press a key that leaves the image, and wait for the next one.

        Closing that is asked about, since the model suggests as present what it would write absent, is meant.
        """
        before = self.name()
        until_settled(self.page)
        self.page.keyboard.press(key)
        if key == "c":
            self.page.wait_for_function(ASKED_OR_GONE, arg=before)
            if self.page.locator(".close-question").count():
                self.page.keyboard.press("Shift+C")
        expect(self.page.locator(".shell-trail [aria-current=page]")).not_to_have_text(before)

    def states(self) -> dict[str, str]:
        """Label -> state word, of the rows that are on screen."""
        names = self.rows().evaluate_all("rows => rows.map(row => row.getAttribute('aria-label'))")
        return dict(name.rsplit(": ", 1) for name in names)

    def sure(self) -> set[str]:
        """Labels on screen whose suggestion is painted as sure enough to accept."""
        return set(self.page.locator(".row:has(.suggestion[data-sure]) .row-text").all_inner_texts())

    def suggestions(self) -> dict[str, str]:
        """Label -> percentage, of the rows that are on screen."""
        return dict(
            self.rows().evaluate_all(
                """rows => rows.map(row => [
                    row.querySelector('.row-text').textContent,
                    row.querySelector('.suggestion-number')?.textContent ?? '',
                ])"""
            )
        )
