"""Every format keeps the three states, the names and the hashes; nothing turns unknown into absent."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from annotator.formats import FORMATS
from annotator.formats.cells import neutral, original
from annotator.formats.sheet import Sheet, SheetImage, SheetMark
from annotator.tables.plan import plan
from annotator.tables.read import read
from tests.optional import unwrap

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(str.strip)
# What spreadsheets, CSV dialects and our own headers could stumble over.
TRICKY = st.sampled_from(
    ["=1+1", "-1", "+x", "@a", "'=b", "''", "image", "sha256", "label", "value", 'a"b', "a,b", "a;b;c;d;e", "1", " a "]
)
ANY_NAME = st.one_of(NAMES, TRICKY)


def sheet_from(labels: list[str], images: list[str], matrix: np.ndarray) -> Sheet:
    marks = [
        SheetMark(int(row), int(column), int(matrix[row, column]), "anna", "human", "2026-01-02T03:04:05+00:00", 1)
        for row, column in zip(*np.nonzero(matrix), strict=True)
    ]
    rows = [SheetImage(name, f"{number:064x}") for number, name in enumerate(images)]
    return Sheet([{"name": name} for name in labels], rows, matrix.astype(np.int8), marks)


@st.composite
def sheets(draw: DrawFn) -> Sheet:
    labels = draw(st.lists(ANY_NAME, unique=True, max_size=5))
    images = draw(st.lists(ANY_NAME, max_size=6))
    count = len(labels) * len(images)
    values = draw(st.lists(st.sampled_from([1, -1, 0]), min_size=count, max_size=count))
    return sheet_from(labels, images, np.array(values, np.int8).reshape(len(images), len(labels)))


def written(name: str, sheet: Sheet) -> bytes:
    out = io.BytesIO()
    FORMATS[name].write(sheet, out)
    return out.getvalue()


@pytest.mark.parametrize("name", FORMATS)
@given(sheet=sheets())
@settings(deadline=None, max_examples=60)
def test_reading_what_was_written_gives_the_same_matrix_and_asks_nothing(
    tmp_path_factory: pytest.TempPathFactory, name: str, sheet: Sheet
) -> None:
    path = tmp_path_factory.getbasetemp() / FORMATS[name].FILE_NAME
    path.write_bytes(written(name, sheet))
    table = plan(read(path))
    assert (table.errors, table.open) == ([], [])
    names = [label.strip() for label in sheet.names]
    assert table.labels == names
    assert (table.pictures, unwrap(table.claims).hashes) == (
        [image.name if name == "jsonl" else image.name.strip() for image in sheet.images],
        [image.sha256 for image in sheet.images],
    )
    matrix = np.zeros_like(sheet.matrix)
    for column, part in enumerate(table.cells.parts):
        matrix[part.pictures, column] = part.values
    assert np.array_equal(matrix, sheet.matrix)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_sheet_gives_the_same_bytes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = sheet_from(["a", "b"], ["x", "y", "z"], np.array([[1, 0], [-1, 1], [0, 0]]))
    first = written(name, sheet)
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert written(name, sheet) == first


@given(text=st.text())
def test_no_cell_can_run_and_every_cell_comes_back(text: str) -> None:
    assert not neutral(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert original(neutral(text)) == text


def test_an_unknown_cell_of_a_table_is_empty_and_stays_unknown_when_it_comes_back(tmp_path: Path) -> None:
    matrix = np.array([[1, 0, -1], [0, 0, 0]])
    data = written("csv", sheet_from(["dog", "never said", "cat"], ["a.jpg", "b.jpg"], matrix))
    rows = list(csv.reader(io.StringIO(data.decode())))
    assert [row[2:] for row in rows[1:]] == [["1", "", "-1"], ["", "", ""]]
    path = tmp_path / "labels.csv"
    path.write_bytes(data)
    table = plan(read(path))
    assert table.labels == ["dog", "never said", "cat"], "a column that says nothing is a label, not metadata"
    assert {(cell.picture, cell.label, cell.value) for cell in table.cells} == {
        ("a.jpg", "dog", 1),
        ("a.jpg", "cat", -1),
    }


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1x", "-a", "\tx", "＝1"])
def test_a_formula_in_a_name_is_shielded_in_csv(text: str) -> None:
    sheet = sheet_from([text], [text], np.array([[1]]))
    lines = written("csv", sheet).decode().split("\n")
    assert lines[0].split(",")[2].lstrip('"').startswith("'")
    assert lines[1].lstrip('"').startswith("'")
