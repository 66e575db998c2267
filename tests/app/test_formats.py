"""Every format keeps the three states, the names and the hashes; nothing turns unknown into absent."""

import csv
import io
import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from annotator.errors import Invalid
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


def saved(folder: Path, name: str, sheet: Sheet) -> Path:
    """The file of this format in the folder."""
    path = folder / FORMATS[name].FILE_NAME
    path.write_bytes(written(name, sheet))
    return path


OURS = ("csv", "jsonl", "npz", "parquet", "excel")


@pytest.mark.slow
@pytest.mark.slow
@pytest.mark.parametrize("name", OURS)
@given(sheet=sheets())
@settings(deadline=None, max_examples=30)
def test_reading_what_was_written_gives_the_same_matrix_and_asks_nothing(
    tmp_path_factory: pytest.TempPathFactory, name: str, sheet: Sheet
) -> None:
    table = plan(read(saved(tmp_path_factory.getbasetemp(), name, sheet)))
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


@pytest.mark.slow
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


# Names as pictures and labels have them: the formats of others have no word for what lies beyond.
WORDS = st.text(st.characters(categories=("Lu", "Ll", "Nd")), min_size=1, max_size=8).map(
    lambda text: "x" + unicodedata.normalize("NFC", text)
)


@st.composite
def plain_sheets(draw: DrawFn) -> Sheet:
    labels = draw(st.lists(WORDS, unique_by=str.casefold, min_size=1, max_size=4))
    images = [f"{name}.jpg" for name in draw(st.lists(WORDS, unique_by=str.casefold, min_size=1, max_size=5))]
    count = len(labels) * len(images)
    values = draw(st.lists(st.sampled_from([1, -1, 0, 2]), min_size=count, max_size=count))
    told = np.array(values, np.int8).reshape(len(images), len(labels))
    sheet = sheet_from(labels, images, np.where(told == 2, 0, told))
    told_of = [[{"label": labels[column]} for column in np.flatnonzero(row == 2)] for row in told]
    rows = [replace(image, about={"cant_tell": one}) for image, one in zip(sheet.images, told_of, strict=True)]
    return replace(sheet, images=rows, unsure=told == 2)


ANSWERS = {"zero": "absent", "minus_one": "cant_tell", "complete": "unknown", "empty_list": "unknown"}


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
@given(sheet=plain_sheets())
@settings(deadline=None, max_examples=15)
def test_what_comes_back_is_the_matrix_or_what_the_format_says_it_loses_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, name: str, sheet: Sheet
) -> None:
    kind = FORMATS[name]
    # A column of 0 and blanks alone may be a form that nobody has filled in, and is said to be one.
    assume(name != "zero_one" or (sheet.matrix == 1).any())
    path = saved(tmp_path_factory.getbasetemp(), name, sheet)
    first = plan(read(path))
    asked = {one.id: "several" if "several" in one.choices else one.choices[0] for one in first.open}
    table = plan(read(path), asked | {key: value for key, value in ANSWERS.items() if key in asked})
    assert (table.errors, table.open) == ([], [])
    back = {(cell.picture, cell.label): cell.value for cell in table.cells}
    states = {1: 1, -1: None if "absent" in kind.LOSES else -1}
    unsure = unwrap(sheet.unsure)
    expected: dict[tuple[str, str], int | str] = {}
    for row, image in enumerate(sheet.images):
        for column, label in enumerate(sheet.names):
            value: int | str | None = states.get(int(sheet.matrix[row, column]))
            if unsure[row, column] and "cant_tell" not in kind.LOSES:
                value = "cant_tell"
            if value is not None:
                expected[image.name, label] = value
    assert back == expected


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_writes_an_unknown_cell_as_anything_that_reads_as_absent(tmp_path: Path, name: str) -> None:
    sheet = sheet_from(["xdog", "xcat"], ["a.jpg", "b.jpg", "c.jpg"], np.array([[1, 0], [0, -1], [-1, 1]]))
    path = saved(tmp_path, name, sheet)
    first = plan(read(path))
    table = plan(read(path), {one.id: ANSWERS.get(one.id, one.choices[0]) for one in first.open})
    told = {(cell.picture, cell.label): cell.value for cell in table.cells}
    assert not {("a.jpg", "xcat"), ("b.jpg", "xdog")} & set(told)
    assert told.items() >= {("a.jpg", "xdog"): 1, ("c.jpg", "xcat"): 1}.items()


@pytest.mark.parametrize("name", ["csv", "parquet", "excel", "zero_one"])
def test_columns_asked_for_besides_are_no_labels_when_they_come_back(tmp_path: Path, name: str) -> None:
    sheet = sheet_from(["dog", "cat"], ["a.jpg", "b.jpg"], np.array([[1, 0], [-1, 1]]))
    extra = {"split": "train", "group": "g1", "checked": "anna", "cant_tell": "cat"}
    images = [replace(image, extra=extra) for image in sheet.images]
    source = read(saved(tmp_path, name, replace(sheet, images=images, extras=tuple(extra))))
    assert unwrap(source.grid).names[2:6] == ["tern:split", "tern:group", "tern:checked", "tern:cant_tell"]
    table = plan(source, {"zero": "absent"} if name == "zero_one" else {})
    assert (table.open, table.labels) == ([], ["dog", "cat"])
    assert {(cell.picture, cell.label): cell.value for cell in table.cells} == {
        ("a.jpg", "dog"): 1, ("b.jpg", "dog"): -1, ("b.jpg", "cat"): 1,
    }  # fmt: skip
    if name != "zero_one":
        assert {one.role: one.column.text(0) for one in unwrap(table.claims).details} == {
            "split": "train",
            "group": "g1",
        }


@pytest.mark.parametrize("name", ["csv", "parquet", "excel"])
def test_a_label_called_like_a_column_besides_is_refused_by_name(name: str) -> None:
    with pytest.raises(Invalid, match="Rename the label 'tern:split'"):
        written(name, sheet_from(["tern:split"], ["a.jpg"], np.array([[1]])))


def test_the_long_table_tells_of_each_cell_who_when_how_and_how_likely() -> None:
    matrix = np.array([[1, 0, 0]])
    sheet = sheet_from(["dog", "cat", "cow"], ["a.jpg"], matrix)
    wanted = replace(
        sheet,
        unsure=np.array([[False, True, False]]),
        extras=("source", "by", "at", "probability"),
        probability=np.array([[0.25, np.nan, 0.5]], np.float32),
    )
    rows = list(csv.DictReader(io.StringIO(written("long", wanted).decode())))
    assert [(row["label"], row["value"]) for row in rows] == [("dog", "1"), ("cat", "?")]
    assert (rows[0]["tern_source"], rows[0]["tern_by"], rows[0]["tern_probability"]) == ("human", "anna", "0.2500")
    assert rows[0]["tern_at"].startswith("2026-01-02")
    assert rows[1]["tern_probability"] == ""


def test_lvis_lists_what_is_absent_and_coco_has_no_word_for_it() -> None:
    sheet = sheet_from(["dog", "cat"], ["a.jpg"], np.array([[1, -1]]))
    lvis = json.loads(written("lvis", sheet))
    assert lvis["images"][0]["neg_category_ids"] == [2]
    assert [one["category_id"] for one in lvis["annotations"]] == [1]
    coco = json.loads(written("coco", sheet))
    assert "neg_category_ids" not in coco["images"][0]
    assert {"absent"} <= FORMATS["coco"].LOSES
