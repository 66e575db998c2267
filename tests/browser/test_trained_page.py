"""A page of tiles on which a model that was trained draws the line."""

import uuid

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Bench
from tests.browser.label_page import PICTURES, LabelView, a_project, held
from tests.browser.work import JOB_SECONDS, Api, draw, until_settled
from tests.processes import wait_for

pytestmark = pytest.mark.browser
TRAINS = True


def train_on(api: Api, project: int, label: int, present: dict[int, bool]) -> None:
    """Mark these images for the label, train on them, and let the trained version suggest."""
    cells = [
        {"image": image, "label": label, "value": 1 if value else -1, "base": 0} for image, value in present.items()
    ]
    operation = {"id": str(uuid.uuid4()), "kind": "page", "cells": cells}
    api.send("POST", f"projects/{project}/sync/", data={"operations": [operation]})
    wait_for(lambda: api.get(f"projects/{project}/")["live"], JOB_SECONDS, "suggestions from the names")
    job = api.send("POST", f"projects/{project}/train/", data={"level": "quick"})
    api.wait_for_job(project, job["id"])
    versions = api.get(f"projects/{project}/versions/")
    trained = next(version for version in versions if version["method"] == "tern")
    if not trained["live"]:
        api.send("POST", f"projects/{project}/versions/{trained['number']}/promote/", data={})


def test_a_trained_model_draws_the_line_and_one_key_moves_it_and_commits_with_a_pinned_tile_kept(
    bench: Bench, person: BrowserContext
) -> None:
    folder = bench.home / "more pictures"
    truths = draw(folder, 3 * PICTURES)
    page = person.new_page()
    api = Api(person, bench.address)
    project, label = a_project(api, folder)
    name = next(row["name"] for row in api.get(f"projects/{project}/labels/") if row["id"] == label)
    images = api.get(f"projects/{project}/images/?limit=200")["results"]
    truth = {image["id"]: name in truths[image["file_name"]] for image in images}
    train_on(api, project, label, dict(list(truth.items())[: 2 * PICTURES]))

    view = LabelView(page, bench.address, project, label)
    shown = api.get(f"projects/{project}/labelview/{label}/")
    cut, tiles = shown["cut"], [tile["image"] for tile in shown["tiles"]]
    # Tiles count once their pictures have been on screen.
    wait_for(lambda: view.counts() == (cut, PICTURES - cut), what="the line where the model draws it")
    right = sum(truth[image] == (place < cut) for place, image in enumerate(tiles))
    assert 3 <= cut < PICTURES
    assert right >= 0.9 * PICTURES

    # The last tile before the line is pinned as it is; then the line goes after the third tile before it.
    view.tiles().nth(cut - 1).click(modifiers=["Alt"])
    expect(page.get_by_role("gridcell", name=f"Tile {cut}: will be present, kept")).to_be_visible()
    view.tiles().nth(cut - 3).hover()
    until_settled(page)
    page.keyboard.press("Shift+Enter")
    view.saved()
    assert held(api, project, label)["unknown"] == 0
    written = {
        tile["id"]: tile["value"] for tile in api.get(f"projects/{project}/images/?label={label}&limit=200")["results"]
    }
    assert [written[image] for image in tiles] == [1] * (cut - 2) + [-1] + [1] + [-1] * (PICTURES - cut)
