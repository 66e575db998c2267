"""What must agree when the work is done: the history, the matrix, the page and the export, cell by cell."""

import csv
import io
from collections import defaultdict
from itertools import pairwise
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.work import Api

Matrix = dict[tuple[str, str], int]
WORDS = {"present": 1, "absent": -1}


def images_of(api: Api, project: int) -> list[dict[str, Any]]:
    """Every image of the project in brief."""
    found: list[dict[str, Any]] = []
    path = f"projects/{project}/images/?limit=200"
    while path:
        page = api.get(path)
        found += page["results"]
        path = page["next"].split("/api/", 1)[1] if page["next"] else ""
    return found


def by_history(api: Api, project: int, images: list[dict[str, Any]], names: dict[int, str]) -> tuple[Matrix, list[str]]:
    """The last value of each cell by its history, and every place where the history does not follow from itself."""
    matrix: Matrix = {}
    broken = []
    for image in images:
        changes = defaultdict(list)
        for entry in api.get(f"projects/{project}/images/{image['id']}/history/"):
            changes[entry["label"]].append(entry)
        for label, entries in changes.items():
            entries.sort(key=lambda entry: entry["version"])
            place = f"{image['file_name']} / {names[label]}"
            if [entry["version"] for entry in entries] != list(range(1, len(entries) + 1)):
                broken.append(f"{place}: versions {[entry['version'] for entry in entries]}")
            if any(after["old"] != before["new"] for before, after in pairwise(entries)):
                broken.append(f"{place}: a change does not begin where the one before ended")
            if entries[-1]["new"]:
                matrix[image["file_name"], names[label]] = entries[-1]["new"]
    return matrix, broken


def by_matrix(api: Api, project: int, images: list[dict[str, Any]], names: dict[int, str]) -> Matrix:
    """The cells as the API gives them."""
    matrix: Matrix = {}
    for image in images:
        for cell in api.get(f"projects/{project}/images/{image['id']}/")["cells"]:
            if cell["value"]:
                matrix[image["file_name"], names[cell["label"]]] = cell["value"]
    return matrix


def by_export(api: Api, project: int, names: dict[int, str]) -> Matrix:
    """The cells of a CSV snapshot."""
    made = api.send("POST", f"projects/{project}/snapshots/", data={"formats": ["csv"]})
    api.wait_for_job(project, made["job"])
    files = api.get(f"projects/{project}/snapshots/{made['number']}/")["files"]
    address = next(file["url"] for file in files if file["name"].endswith(".csv"))
    answer = api.request.get(f"{api.address}{address}")
    assert answer.ok, answer.text()
    matrix: Matrix = {}
    for row in csv.DictReader(io.StringIO(answer.text())):
        matrix |= {(row["image"], label): int(row[label]) for label in names.values() if row[label]}
    return matrix


def by_page(page: Page, address: str, project: int, images: list[dict[str, Any]]) -> Matrix:
    """The cells as a person sees them, of these images; what is folded is unfolded."""
    matrix: Matrix = {}
    for image in images:
        page.goto(f"{address}/projects/{project}/label?image={image['id']}")
        expect(page.locator(".shell-trail [aria-current=page]")).to_have_text(image["file_name"])
        expect(page.locator(".row").first).to_be_visible()
        page.keyboard.press("a")
        for name in page.locator(".row").evaluate_all("rows => rows.map(row => row.getAttribute('aria-label'))"):
            label, state = name.rsplit(": ", 1)
            if state in WORDS:
                matrix[image["file_name"], label] = WORDS[state]
    return matrix


def differences(one: str, first: Matrix, other: str, second: Matrix) -> list[str]:
    """Each cell in which the two do not say the same."""
    return [
        f"{image} / {label}: {first.get((image, label), 0)} by {one}, {second.get((image, label), 0)} by {other}"
        for image, label in sorted(first.keys() | second.keys())
        if first.get((image, label), 0) != second.get((image, label), 0)
    ]
