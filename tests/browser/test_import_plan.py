"""The plan of an import at the page: asked, answered, taken back, corrected, exported, opened again elsewhere."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Bench
from tests.browser.work import Api, export_rows
from tests.pictures import folder_of

pytestmark = pytest.mark.browser

JOB_MS = 120_000
NAMES = ["a.jpg", "b.jpg", "c.jpg"]
ZEROS = "image,cat,dog\na.jpg,1,0\nb.jpg,0,1\nc.jpg,1,1\n"


def make_project(api: Api, name: str) -> int:
    return int(api.send("POST", "projects/", data={"name": name, "audit_share": 0, "auto_retrain": False})["id"])


def plan_at_page(page: Page, address: str, project: int, files: list[Path]) -> None:
    """Choose files, and wait for their plan."""
    page.goto(f"{address}/projects/{project}/import")
    page.locator("input[type=file]").first.set_input_files(files)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_test_id("consequences")).to_be_visible(timeout=JOB_MS)


def cells(page: Page) -> list[str]:
    return page.get_by_test_id("cells").locator("dd").all_inner_texts()


def state(page: Page, name: str) -> None:
    expect(page.locator(f"[data-testid^=import-][data-state={name}]")).to_be_visible(timeout=JOB_MS)


def test_zeros_are_asked_about_the_import_is_taken_back_corrected_exported_and_opened_elsewhere(
    bench: Bench, person: BrowserContext, tmp_path: Path
) -> None:
    pictures = [folder_of(tmp_path / "in", NAMES) / name for name in NAMES]
    table = tmp_path / "labels.csv"
    table.write_text(ZEROS)
    page, api = person.new_page(), Api(person, bench.address)
    project = make_project(api, "Pets")
    plan_at_page(page, bench.address, project, [*pictures, table])

    # The question stands there with the keyboard on it; nothing can be run, and nothing is written.
    state(page, "asks")
    question = page.get_by_test_id("ask-zero")
    expect(question).to_contain_text("Does 0 say that a label is absent, or that nothing is known of it?")
    expect(page.get_by_role("button", name="Import this")).to_be_disabled()
    expect(page.get_by_test_id("legend")).to_contain_text("asked above")
    assert api.get(f"projects/{project}/")["images"] == 0
    expect(question.get_by_role("radio", name="Absent")).to_be_focused()
    page.keyboard.press("Space")
    state(page, "ready")
    assert cells(page) == ["4", "2", "0"]
    page.keyboard.press("ArrowDown")
    expect(question.get_by_role("radio", name="Unknown: nothing is said")).to_be_checked()
    expect(page.get_by_test_id("cells").locator("[data-state=unknown] dd")).to_have_text("2")
    state(page, "ready")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_test_id("cells").locator("[data-state=absent] dd")).to_have_text("2")
    state(page, "ready")
    page.get_by_role("button", name="Import this").click()
    state(page, "done")
    expect(page.get_by_test_id("outcome")).to_contain_text("6new marks")
    labels = {one["name"]: one for one in api.get(f"projects/{project}/labels/")}
    assert set(labels) == {"cat", "dog"}

    # Taken back: nothing is left of it in sight, and it is said.
    page.get_by_role("button", name="Take it back").click()
    state(page, "undone")
    expect(page.get_by_test_id("outcome")).to_contain_text(
        "6 cells are what they were before; 3 pictures are in the bin."
    )
    assert api.get(f"projects/{project}/")["images"] == 0

    # The corrected table: its zeros are unknown, and the pictures come back from the bin.
    page.get_by_role("button", name="Import more").click()
    plan_at_page(page, bench.address, project, [*pictures, table])
    expect(
        page.get_by_test_id("ask-bin").get_by_role("radio", name="Bring them back, with their marks")
    ).to_be_checked()
    page.get_by_test_id("ask-zero").get_by_text("Unknown: nothing is said").click()
    state(page, "ready")
    page.get_by_role("button", name="Import this").click()
    state(page, "done")
    first = export_rows(page, bench.address, project)
    assert {row["image"]: (row["cat"], row["dog"]) for row in first} == {
        "a.jpg": ("1", ""), "b.jpg": ("", "1"), "c.jpg": ("1", "1"),
    }  # fmt: skip

    # What was exported opens in another project without a question, and says the same.
    exported = tmp_path / "exported.csv"
    lines = [",".join(first[0]), *(",".join(row.values()) for row in first)]
    exported.write_text("\n".join(lines) + "\n")
    second = make_project(api, "Pets again")
    plan_at_page(page, bench.address, second, [*pictures, exported])
    state(page, "ready")
    expect(page.get_by_test_id("plan-questions")).to_have_count(0)
    page.get_by_role("button", name="Import this").click()
    state(page, "done")
    assert export_rows(page, bench.address, second) == first
    hashes = [api.get(f"projects/{one}/snapshots/")[0]["matrix_sha256"] for one in (project, second)]
    assert hashes[0] == hashes[1]


def test_an_import_that_brings_nothing_says_so_and_a_plan_can_be_left(
    bench: Bench, person: BrowserContext, tmp_path: Path
) -> None:
    pictures = [folder_of(tmp_path / "in", NAMES) / name for name in NAMES]
    page, api = person.new_page(), Api(person, bench.address)
    project = make_project(api, "Twice")
    for heading in ("Imported", "This import brought nothing new"):
        plan_at_page(page, bench.address, project, pictures)
        page.get_by_role("button", name="Import this").click()
        state(page, "done")
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    plan_at_page(page, bench.address, project, pictures)
    page.get_by_role("button", name="Leave it").click()
    expect(page.get_by_role("button", name="Look at it")).to_be_visible()
    assert [one["state"] for one in api.get(f"projects/{project}/imports/")] == ["done", "done"]
