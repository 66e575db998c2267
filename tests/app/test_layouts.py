"""Ten public layouts, made small, go in with exactly what they say, and out again where Tern writes them."""

import io
from pathlib import Path

import numpy as np
import pytest

from annotator.formats import FORMATS
from annotator.formats.sheet import Sheet, SheetImage
from annotator.tables.plan import Plan, plan
from annotator.tables.read import read
from fixtures.layouts import ABSENT, LAYOUTS, PRESENT, UNSURE, Truth, example

VALUE: dict[int, int | str] = {PRESENT: 1, ABSENT: -1, UNSURE: "cant_tell"}
# Formats that write what the layout of the same name has.
WRITTEN = {"chexpert": "chexpert", "open_images": "open_images", "coco": "coco", "lvis": "lvis",
           "label_studio": "label_studio", "roboflow": "zero_one", "nih_chestxray14": "lists"}  # fmt: skip


def told(found: Plan) -> dict[tuple[str, str], int | str]:
    """Every cell by the end of its picture's name."""
    return {(Path(cell.picture).name, cell.label): cell.value for cell in found.cells}


def expected(truth: Truth, states: tuple[int, ...] = (PRESENT, ABSENT, UNSURE)) -> dict[tuple[str, str], int | str]:
    return {
        (Path(name).name, label): VALUE[state]
        for name, row in zip(truth.pictures, truth.states, strict=True)
        for label, state in zip(truth.labels, row, strict=True)
        if state in states
    }


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_public_layout_is_known_and_says_exactly_what_it_says(name: str, tmp_path: Path) -> None:
    layout, truth = LAYOUTS[name], example(name)
    if name == "chexpert":
        # Every view is called alike: pictures are told apart by their folders.
        truth = Truth([path.replace("view1_frontal", f"view{n}_frontal") for n, path in enumerate(truth.pictures)],
                      truth.labels, truth.states)  # fmt: skip
    path = layout.write(tmp_path, truth)
    first = plan(read(path))
    assert first.profile == name
    assert {one.id for one in first.open} == set(layout.answers), "what only a person knows is asked, nothing else"
    found = plan(read(path), layout.answers)
    assert (found.open, found.errors) == ([], [])
    assert told(found) == expected(truth)


@pytest.mark.parametrize(("name", "writer"), WRITTEN.items())
def test_what_came_in_by_a_public_layout_goes_out_and_comes_back(name: str, writer: str, tmp_path: Path) -> None:
    truth, kind = example(name), FORMATS[writer]
    states = np.array(truth.states)
    images = [SheetImage(f"{n}-{Path(path).name}", f"{n:064x}") for n, path in enumerate(truth.pictures)]
    matrix = np.where(states == UNSURE, 0, states).astype(np.int8)
    sheet = Sheet([{"name": label} for label in truth.labels], images, matrix, unsure=states == UNSURE)
    out = io.BytesIO()
    kind.write(sheet, out)
    path = tmp_path / kind.FILE_NAME
    path.write_bytes(out.getvalue())
    answers = {"zero": "absent", "complete": "unknown", "empty_list": "unknown"}
    first = plan(read(path))
    found = plan(read(path), {one.id: answers[one.id] for one in first.open})
    lost = {"absent": ABSENT, "cant_tell": UNSURE}
    kept = tuple(state for state in VALUE if state not in {lost.get(one) for one in kind.LOSES})
    names = Truth([image.name for image in images], truth.labels, truth.states)
    assert told(found) == expected(names, kept)
