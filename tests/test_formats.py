"""Every format keeps the three states, the names and the hashes; nothing turns unknown into absent."""

import csv
import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.formats import FORMATS, format_of
from annotator.formats.cells import neutral, original, state
from annotator.formats.sheet import BadFile, Sheet, SheetImage, SheetMark

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
def sheets(draw):
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
def test_reading_what_was_written_gives_the_same_matrix(tmp_path_factory, name, sheet):
    path = tmp_path_factory.getbasetemp() / FORMATS[name].FILE_NAME
    path.write_bytes(written(name, sheet))
    table = FORMATS[name].read(path)
    assert not table.errors
    assert not table.metadata_columns
    assert table.labels == sheet.names
    matrix = np.zeros_like(sheet.matrix)
    for row, line in enumerate(table.rows):
        assert (line.image, line.sha256) == (sheet.images[row].name, sheet.images[row].sha256)
        for column, value in line.cells:
            matrix[row, column] = value
    assert len(table.rows) == len(sheet.images)
    assert np.array_equal(matrix, sheet.matrix)


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_sheet_gives_the_same_bytes(name, monkeypatch):
    sheet = sheet_from(["a", "b"], ["x", "y", "z"], np.array([[1, 0], [-1, 1], [0, 0]]))
    first = written(name, sheet)
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert written(name, sheet) == first


@given(text=st.text())
def test_no_cell_can_run_and_every_cell_comes_back(text):
    assert not neutral(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert original(neutral(text)) == text


def test_an_unknown_cell_of_a_table_is_empty_and_stays_unknown_when_it_comes_back(tmp_path):
    matrix = np.array([[1, 0, -1], [0, 0, 0]])
    data = written("csv", sheet_from(["dog", "never said", "cat"], ["a.jpg", "b.jpg"], matrix))
    rows = list(csv.reader(io.StringIO(data.decode())))
    assert [row[2:] for row in rows[1:]] == [["1", "", "-1"], ["", "", ""]]
    table = read_csv(tmp_path, data)
    assert table.labels == ["dog", "never said", "cat"], "a column that says nothing is a label, not metadata"
    assert [row.cells for row in table.rows] == [[(0, 1), (2, -1)], []]


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1x", "-a", "\tx", "＝1"])
def test_a_formula_in_a_name_is_shielded_in_csv(text):
    sheet = sheet_from([text], [text], np.array([[1]]))
    lines = written("csv", sheet).decode().split("\n")
    assert lines[0].split(",")[2].lstrip('"').startswith("'")
    assert lines[1].lstrip('"').startswith("'")


def test_states_are_read_as_people_write_them():
    assert [state(text) for text in ("1", "-1", "0", "", " 1 ", "1.0", "-1.0", "yes", "2", "--1")] == [
        1, -1, 0, 0, 1, 1, -1, None, None, None,
    ]  # fmt: skip


def read_csv(tmp_path, text: str | bytes):
    path = tmp_path / "labels.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return FORMATS["csv"].read(path)


def test_a_wide_table_with_metadata_blanks_and_bad_rows(tmp_path):
    table = read_csv(
        tmp_path,
        "file,split,dog,cat\na.jpg,train,1,\nb.jpg,test,maybe,1\nc.jpg,train,0,-1\n,train,1,1\nd.jpg,train,1\n\ne.jpg,,-1,0\n",
    )
    assert table.labels == ["dog", "cat"]
    assert table.metadata_columns == ["split"]
    assert [(row.line, row.image, row.cells) for row in table.rows] == [
        (2, "a.jpg", [(0, 1)]), (4, "c.jpg", [(1, -1)]), (8, "e.jpg", [(0, -1)]),
    ]  # fmt: skip
    assert table.rows[0].metadata == {"split": "train"}
    assert [(error.line, error.message.split(".")[0]) for error in table.errors] == [
        (3, "'dog' has the value 'maybe'"), (5, "The picture is not named"), (6, "3 cells where the header has 4"),
    ]  # fmt: skip


def test_a_long_table_is_told_by_its_header(tmp_path):
    table = read_csv(tmp_path, "label,image,value\ndog,a.jpg,1\ncat,a.jpg,-1\ndog,b.jpg,\ncat,b.jpg,no\n")
    assert table.labels == ["dog", "cat"]
    assert [(row.image, row.cells) for row in table.rows] == [("a.jpg", [(0, 1)]), ("a.jpg", [(1, -1)]), ("b.jpg", [])]
    assert [error.line for error in table.errors] == [5]


def test_semicolons_byte_order_marks_and_quoted_line_breaks_are_understood(tmp_path):
    table = read_csv(tmp_path, b'\xef\xbb\xbfimage;dog\r\n"a\nb.jpg";1\r\nc.jpg;-1\r\n')
    assert [(row.line, row.image) for row in table.rows] == [(2, "a\nb.jpg"), (4, "c.jpg")]
    assert [row.cells for row in table.rows] == [[(0, 1)], [(0, -1)]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "empty"),
        (b"name,dog\na,1\n", "Call it 'image'"),
        (b"image,dog,dog\na,1,1\n", "more than one column"),
        (b"image,,dog\na,1,1\n", "has no name"),
        (b"image,d\xff\na,1\n", "UTF-8"),
        (b'image,dog\n"a,1\n', "cannot be read|can be read"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(tmp_path, text, message):
    with pytest.raises(BadFile, match=message):
        read_csv(tmp_path, text)


def test_json_lines_refuse_wrong_values_line_by_line(tmp_path):
    path = tmp_path / "x.jsonl"
    lines = [
        {"image": "a", "marks": {"dog": 1, "cat": {"value": -1}}},
        {"image": "b", "marks": {"dog": 2}},
        {"marks": {"dog": 1}},
        {"image": "c", "marks": {"dog": True}},
        {"image": "d", "marks": {"dog": 0}},
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n{broken\n[1]\n")
    table = FORMATS["jsonl"].read(path)
    assert [(row.image, row.cells) for row in table.rows] == [("a", [(0, 1), (1, -1)]), ("d", [])]
    assert [error.line for error in table.errors] == [2, 3, 4, 6, 7]


def test_an_npz_with_pickles_a_bomb_or_other_values_is_refused(tmp_path):
    path = tmp_path / "x.npz"
    arrays = {"labels": np.array(["a"]), "images": np.array(["x", "y"]), "hashes": np.array(["", ""])}
    np.savez(path, matrix=np.array([[{}], [{}]], dtype=object), **arrays)
    with pytest.raises(BadFile, match="pickle"):
        FORMATS["npz"].read(path)
    np.savez(path, matrix=np.array([[1], [3]]), **arrays)
    table = FORMATS["npz"].read(path)
    assert [row.image for row in table.rows] == ["x"]
    assert [error.line for error in table.errors] == [2]
    np.savez(path, matrix=np.zeros((3, 1)), **arrays)
    with pytest.raises(BadFile, match="shape"):
        FORMATS["npz"].read(path)
    np.savez(path, labels=arrays["labels"])
    with pytest.raises(BadFile, match="lacks"):
        FORMATS["npz"].read(path)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|i1", "fortran_order": False, "shape": (10**6, 10**6)})
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("matrix.npy", header.getvalue())
    with pytest.raises(BadFile):
        FORMATS["npz"].read(path)


def test_an_unknown_suffix_names_the_known_ones():
    with pytest.raises(BadFile, match=r"\.csv, \.jsonl or \.npz"):
        format_of("labels.xlsx")
