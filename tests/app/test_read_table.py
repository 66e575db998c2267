"""Tables as people have them give what they say, or ask; unknown is never taken for absent, nor absent for unknown."""

import io
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.tables import encoding
from annotator.tables.parts import BadTable
from annotator.tables.plan import Plan, plan
from annotator.tables.read import read
from tests.paths import ROOT

Values = dict[tuple[str, str], int | str]
P, A, C = 1, -1, "cant_tell"


def made(tmp_path: Path, name: str, data: str | bytes, answers: dict[str, str] | None = None) -> Plan:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return plan(read(path), answers)


def cells(plan_made: Plan) -> Values:
    return {(cell.picture, cell.label): cell.value for cell in plan_made.cells}


def grid(text: str) -> Values:
    """ "a cat 1, a dog -1" as cells."""
    meaning: dict[str, int | str] = {"1": P, "-1": A, "?": C}
    found = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        picture, label, value = part.rsplit(" ", 2)
        found[f"{picture}.jpg", label.replace("_", " ")] = meaning[value]
    return found


def answered(tmp_path: Path, file: str, data: str | bytes, answers: dict[str, str]) -> Plan:
    """The plan once everything that is asked is answered; nothing else is asked than `answers` answers."""
    given: dict[str, str] = {}
    while (told := made(tmp_path, file, data, given)).open:
        assert not len(told.cells)
        given |= {question.id: answers[question.id] for question in told.open}
    assert given == answers
    return told


# (file name, contents, answers, cells): the questions asked are exactly those answered.
TABLES: dict[str, tuple[str, str | bytes, dict[str, str], str]] = {
    "plain": ("t.csv", "image,cat,dog\na.jpg,1,-1\nb.jpg,,1\n", {}, "a cat 1, a dog -1, b dog 1"),
    "zeros as absent": (
        "t.csv",
        "file,cat,dog\na.jpg,1,0\nb.jpg,0,1\n",
        {"zero": "absent"},
        "a cat 1, a dog -1, b cat -1, b dog 1",
    ),
    "zeros as unknown": ("t.csv", "file,cat,dog\na.jpg,1,0\nb.jpg,0,1\n", {"zero": "unknown"}, "a cat 1, b dog 1"),
    "zeros nobody could tell": ("t.csv", "file,cat\na.jpg,1\nb.jpg,0\n", {"zero": "cant_tell"}, "a cat 1, b cat ?"),
    "decimal zeros": ("t.csv", "file,cat\na.jpg,1.0\nb.jpg,0.0\n", {"zero": "absent"}, "a cat 1, b cat -1"),
    "zeros beside yes": ("t.csv", "file,cat\na.jpg,yes\nb.jpg,0\n", {"zero": "absent"}, "a cat 1, b cat -1"),
    "zeros beside blanks": ("t.csv", "file,cat\na.jpg,1\nb.jpg,0\nc.jpg,\n", {"zero": "absent"}, "a cat 1, b cat -1"),
    "minus one, zero and blank": (
        "t.csv",
        "image,cat\na.jpg,1\nb.jpg,0\nc.jpg,-1\nd.jpg,\n",
        {"minus_one": "cant_tell", "zero": "absent"},
        "a cat 1, b cat -1, c cat ?",
    ),
    "the same, the other way": (
        "t.csv",
        "image,cat\na.jpg,1\nb.jpg,0\nc.jpg,-1\nd.jpg,NaN\n",
        {"minus_one": "absent", "zero": "unknown"},
        "a cat 1, c cat -1",
    ),
    "three states without blanks": ("t.csv", "image,cat\na.jpg,1\nb.jpg,0\nc.jpg,-1\n", {}, "a cat 1, c cat -1"),
    "only zeros and blanks": ("t.csv", "image,cat\na.jpg,0\nb.jpg,\n", {}, ""),
    "true and false": ("t.csv", "image,cat\na.jpg,True\nb.jpg,false\n", {}, "a cat 1, b cat -1"),
    "yes and no": ("t.csv", "image,cat\na.jpg,Yes\nb.jpg,no\nc.jpg,N/A\n", {}, "a cat 1, b cat -1"),
    "crosses": ("t.csv", "image,cat,dog\na.jpg,x,\nb.jpg,,X\n", {}, "a cat 1, b dog 1"),
    "words": (
        "t.csv",
        "image,cat\na.jpg,present\nb.jpg,absent\nc.jpg,maybe\nd.jpg,?\n",
        {},
        "a cat 1, b cat -1, c cat ?, d cat ?",
    ),
    "numbers by value": (
        "t.csv",
        "image,cat\na.jpg,1.00\nb.jpg,-1.0\nc.jpg,+1\nd.jpg,1E0\n",
        {},
        "a cat 1, b cat -1, c cat 1, d cat 1",
    ),
    "decimal commas": ("t.csv", "image;cat\na.jpg;1,0\nb.jpg;-1,00\n", {}, "a cat 1, b cat -1"),
    "a minus of typesetters": ("t.csv", "image,cat\na.jpg,−1\nb.jpg,1\n", {}, "a cat -1, b cat 1"),
    "shielded from spreadsheets": ("t.csv", "image,cat\na.jpg,'-1\nb.jpg,1\n", {}, "a cat -1, b cat 1"),
    "not a number": ("t.csv", "image,cat\na.jpg,nan\nb.jpg,NULL\nc.jpg,1\nd.jpg,None\n", {}, "c cat 1"),
    "semicolons": ("t.csv", "image;cat;dog\na.jpg;1;-1\n", {}, "a cat 1, a dog -1"),
    "tabs": ("t.tsv", "image\tcat\tdog\na.jpg\t1\t-1\n", {}, "a cat 1, a dog -1"),
    "bars": ("t.txt", "image|cat|dog\na.jpg|1|-1\n", {}, "a cat 1, a dog -1"),
    "a sep line": ("t.csv", "sep=|\nimage|cat;or;dog\na.jpg|1\n", {}, "a cat;or;dog 1"),
    "comments": ("t.csv", "# by hand\n# in May\nimage,cat\na.jpg,1\n", {}, "a cat 1"),
    "a header that is a comment": ("t.csv", "#image,cat\na.jpg,1\n", {}, "a cat 1"),
    "comments between": ("t.csv", "image,cat\na.jpg,1\n# the rest is new\nb.jpg,-1\n", {}, "a cat 1, b cat -1"),
    "blank lines": ("t.csv", "\n\nimage,cat\n\na.jpg,1\n,\n", {}, "a cat 1"),
    "an index column": ("t.csv", ",image,cat\n0,a.jpg,1\n1,b.jpg,-1\n", {}, "a cat 1, b cat -1"),
    "a named index column": ("t.csv", "Unnamed: 0,image,cat\n0,a.jpg,1\n1,b.jpg,-1\n", {}, "a cat 1, b cat -1"),
    "a trailing comma": ("t.csv", "image,cat,\na.jpg,1,\n", {}, "a cat 1"),
    "lines of Windows and a byte order mark": ("t.csv", "\ufeffimage,cat\r\na.jpg,1\r\n", {}, "a cat 1"),
    "lines of old Macs": ("t.csv", "image,cat\ra.jpg,1\rb.jpg,-1\r", {}, "a cat 1, b cat -1"),
    "quoted texts with separators and lines": ("t.csv", 'image,note,"cat"\na.jpg,"sat, on\nmat",1\n', {}, "a cat 1"),
    "ids": ("t.csv", "id,image,cat\n1,a.jpg,1\n2,b.jpg,-1\n", {}, "a cat 1, b cat -1"),
    "ids that are one": ("t.csv", "image,patient_id,cat\na.jpg,1,1\n", {}, "a cat 1"),
    "folds": ("t.csv", "image,fold,cat\na.jpg,0,1\nb.jpg,1,-1\n", {}, "a cat 1, b cat -1"),
    "splits": ("t.csv", "image,set,cat\na.jpg,train,1\nb.jpg,val,-1\n", {}, "a cat 1, b cat -1"),
    "counts that may be a label": (
        "t.csv",
        "image,count,cat\na.jpg,0,1\nb.jpg,1,-1\n",
        {"column:count": "metadata"},
        "a cat 1, b cat -1",
    ),
    "ages": ("t.csv", "image,age,cat\na.jpg,31,1\nb.jpg,58,-1\n", {}, "a cat 1, b cat -1"),
    "numbers half of which are states": (
        "t.csv",
        "image,deer,cat\na.jpg,0,1\nb.jpg,1,-1\nc.jpg,2,1\n",
        {"column:deer": "metadata"},
        "a cat 1, b cat -1, c cat 1",
    ),
    "a list": ("t.csv", "image,tags\na.jpg,cat;dog\nb.jpg,dog\n", {"complete": "unknown"}, "a cat 1, a dog 1, b dog 1"),
    "a complete list": (
        "t.csv",
        "image,tags\na.jpg,cat;dog\nb.jpg,dog\n",
        {"complete": "absent"},
        "a cat 1, a dog 1, b dog 1, b cat -1",
    ),
    "a list with blanks": (
        "t.csv",
        "image,tags\na.jpg,cat\nb.jpg,\n",
        {"complete": "absent", "empty_list": "unknown"},
        "a cat 1",
    ),
    "blank means none": (
        "t.csv",
        "image,tags\na.jpg,cat\nb.jpg,\n",
        {"complete": "unknown", "empty_list": "absent"},
        "a cat 1, b cat -1",
    ),
    "a list in JSON": (
        "t.csv",
        'image,labels\na.jpg,"[""cat"", ""dog""]"\n',
        {"complete": "unknown"},
        "a cat 1, a dog 1",
    ),
    "a list in Python": (
        "t.csv",
        "image,labels\na.jpg,\"['cat', 'dog']\"\n",
        {"complete": "unknown"},
        "a cat 1, a dog 1",
    ),
    "a list with commas": ("t.csv", 'image,labels\na.jpg,"cat, dog"\n', {"complete": "unknown"}, "a cat 1, a dog 1"),
    "one class": ("t.csv", "filename,class\na.jpg,cat\nb.jpg,dog\n", {"complete": "unknown"}, "a cat 1, b dog 1"),
    "none of them": (
        "t.csv",
        "image,labels\na.jpg,cat\nb.jpg,None of them\n",
        {"none_word:None of them": "none", "complete": "unknown"},
        "a cat 1, b cat -1",
    ),
    "none as a label": (
        "t.csv",
        "image,labels\na.jpg,cat\nb.jpg,Normal\n",
        {"none_word:Normal": "label", "complete": "unknown"},
        "a cat 1, b Normal 1",
    ),
    "a long table": ("t.csv", "path,category,state\na.jpg,cat,1\na.jpg,dog,-1\nb.jpg,cat,\n", {}, "a cat 1, a dog -1"),
    "a long table of words": (
        "t.csv",
        "Image Name,Label Name,Present\na.jpg,cat,yes\na.jpg,dog,no\n",
        {},
        "a cat 1, a dog -1",
    ),
    "a long table of zeros": (
        "t.csv",
        "image,label,value\na.jpg,cat,1\na.jpg,dog,0\n",
        {"zero": "absent"},
        "a cat 1, a dog -1",
    ),
    "a long table by somebody": (
        "t.csv",
        "image,label,value,annotator,date\na.jpg,cat,1,p,2024\nb.jpg,cat,-1,q,2024\n",
        {},
        "a cat 1, b cat -1",
    ),
    "lists of values": ("t.csv", "image,labels\na.jpg,cat:1;dog:-1\nb.jpg,cat:-1\n", {}, "a cat 1, a dog -1, b cat -1"),
    "objects of values": (
        "t.csv",
        'image,labels\na.jpg,"{""cat"": 1, ""dog"": 0}"\n',
        {"zero": "absent"},
        "a cat 1, a dog -1",
    ),
    "names with blanks": (
        "t.csv",
        "image_name,tags\na.jpg,haze primary\nb.jpg,clear primary\nc.jpg,haze clear\n",
        {"blanks:tags": "several", "complete": "unknown"},
        "a haze 1, a primary 1, b clear 1, b primary 1, c haze 1, c clear 1",
    ),
    "names of two words": (
        "t.csv",
        "image,species\na.jpg,Sus scrofa\nb.jpg,Vulpes vulpes\n",
        {"complete": "unknown"},
        "a Sus_scrofa 1, b Vulpes_vulpes 1",
    ),
    "dashes": ("t.csv", "image,cat\na.jpg,+\nb.jpg,-\n", {"value:-": "absent"}, "a cat 1, b cat -1"),
    "words of other languages": ("t.csv", "image;Katze\na.jpg;ja\nb.jpg;Nein\n", {}, "a Katze 1, b Katze -1"),
    "two habits in one table": (
        "t.csv",
        "image,cat,dog\n" + "".join(f"{n}.jpg,{n % 2},{n % 2 * 2 - 1}\n" for n in range(24)),
        {"zero": "absent"},
        ", ".join(f"{n} {label} {1 if n % 2 else -1}" for n in range(24) for label in ("cat", "dog")),
    ),
    "a list of Pascal VOC": ("cat_train.txt", "a.jpg  1\nb.jpg -1\nc.jpg  0\n", {}, "a cat 1, b cat -1, c cat ?"),
    "scores in lines": ("t.csv", "image,label,score\na.jpg,cat,0.93\na.jpg,dog,1\n", {}, ""),
    "metadata of words": ("t.csv", "image,weather,cat\na.jpg,sun,1\nb.jpg,rain,-1\n", {}, "a cat 1, b cat -1"),
    "categories to choose": (
        "t.csv",
        "image,weather,place\na.jpg,sun,sea\nb.jpg,sun,hill\n",
        {"label_column": "weather", "complete": "unknown"},
        "a sun 1, b sun 1",
    ),
    "columns of categories": (
        "t.csv",
        "image,sleeve,colour\na.jpg,long,red\nb.jpg,short,\n",
        {"label_column": "each", "complete": "absent"},
        "a sleeve=long 1, a sleeve=short -1, b sleeve=short 1, b sleeve=long -1, a colour=red 1",
    ),
    "labels that differ in case": (
        "t.csv",
        "image,Cat,cat\na.jpg,1,\nb.jpg,,-1\n",
        {"same_label:Cat": "one"},
        "a Cat 1, b Cat -1",
    ),
    "labels that differ in accents": (
        "t.csv",
        "image,Café,Cafe\na.jpg,1,-1\n",
        {"same_label:Café": "several"},
        "a Café 1, a Cafe -1",
    ),
    "a label twice": ("t.csv", "image,cat,cat\na.jpg,1,\nb.jpg,,-1\n", {"same_label:cat": "one"}, "a cat 1, b cat -1"),
    "blanks in a label": ("t.csv", "image,hot\u00a0 dog\na.jpg,1\n", {}, "a hot_dog 1"),
    "CheXpert": (
        "c.csv",
        "Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Edema\na.jpg,F,1,Frontal,AP,,-1.0\n"
        "b.jpg,M,0,Frontal,AP,1.0,0.0\n",
        {},
        "a Edema ?, b No_Finding 1, b Edema -1",
    ),
    "MIMIC-CXR": (
        "m.csv",
        "subject_id,study_id,Edema,Pneumonia\n1,a.jpg,1.0,-1.0\n1,b.jpg,0.0,\n",
        {},
        "a Edema 1, a Pneumonia ?, b Edema -1",
    ),
    "NIH": (
        "n.csv",
        "Image Index,Finding Labels,Patient ID\na.jpg,Mass|Edema,1\nb.jpg,No Finding,2\n",
        {"none_word:No Finding": "none", "complete": "unknown"},
        "a Mass 1, a Edema 1, b Mass -1, b Edema -1",
    ),
    "Open Images": (
        "o.csv",
        "ImageID,Source,LabelName,Confidence\na.jpg,verification,/m/1,1\na.jpg,crowdsource-verification,/m/2,0\n"
        "b.jpg,machine,/m/1,0.9\n",
        {},
        "a /m/1 1, a /m/2 -1",
    ),
    "Roboflow": ("_classes.csv", "filename, cat, dog\na.jpg, 1, 0\n", {"zero": "absent"}, "a cat 1, a dog -1"),
    "CelebA": (
        "list_attr_celeba.txt",
        "2\nBald Smiling\na.jpg  1 -1\nb.jpg -1 -1\n",
        {},
        "a Bald 1, a Smiling -1, b Bald -1, b Smiling -1",
    ),
    "Camtrap DP": (
        "observations.csv",
        "observationID,deploymentID,mediaID,observationType,scientificName,classificationMethod\n"
        "1,d,a.jpg,animal,Vulpes vulpes,human\n2,d,b.jpg,blank,,human\n3,d,c.jpg,animal,Sus scrofa,machine\n",
        {"complete": "unknown"},
        "a Vulpes_vulpes 1, b Vulpes_vulpes -1",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_text_table_gives_what_it_says_and_asks_what_only_a_person_knows(tmp_path: Path, name: str) -> None:
    file, data, answers, expected = TABLES[name]
    told = answered(tmp_path, file, data, answers)
    assert cells(told) == grid(expected)
    assert not told.errors


def test_what_is_open_has_no_meaning_yet(tmp_path: Path) -> None:
    assert made(tmp_path, "t.csv", "image,cat\na.jpg,1\nb.jpg,0\n").legend == {"1": "present", "0": "asked"}
    answered = made(tmp_path, "t.csv", "image,cat\na.jpg,1\nb.jpg,0\n", {"zero": "unknown"})
    assert answered.legend == {"1": "present", "0": "unknown"}


def test_a_person_may_say_what_any_text_means(tmp_path: Path) -> None:
    data = "image,cat\na.jpg,1\nb.jpg,vielleicht\nc.jpg,-1\n"
    assert len(made(tmp_path, "t.csv", data).errors) == 1
    told = made(tmp_path, "t.csv", data, {"value:vielleicht": "cant_tell"})
    assert cells(told) == grid("a cat 1, b cat ?, c cat -1")
    assert not told.errors
    with pytest.raises(BadTable, match="no meaning"):
        made(tmp_path, "t.csv", data, {"value:vielleicht": "perhaps"})


def test_a_wrong_answer_is_refused_with_the_choices(tmp_path: Path) -> None:
    with pytest.raises(BadTable, match="absent, unknown"):
        made(tmp_path, "t.csv", "image,cat\na.jpg,1\nb.jpg,0\n", {"zero": "perhaps"})


@pytest.mark.parametrize(
    ("data", "lines", "expected"),
    [
        ("image,cat,dog\na.jpg,banana,1\nb.jpg,1,-1\n", [2], "a dog 1, b cat 1, b dog -1"),
        ("image,cat,dog\na.jpg,1,-1\na.jpg,-1,-1\nb.jpg,1,\nb.jpg,,1\n", [3], "a cat 1, a dog -1, b cat 1, b dog 1"),
        ("image,cat,dog\na.jpg,1,-1\nb.jpg,1,1,1\nc.jpg,-1,-1\n", [3], "a cat 1, a dog -1, c cat -1, c dog -1"),
        ("image,cat,dog\na.jpg,1,-1\nb.jpg,1\n", [3], "a cat 1, a dog -1, b cat 1"),
        ("image,cat\n,1\nb.jpg,1\n", [2], "b cat 1"),
        ("image,label,value\na.jpg,cat,1\na.jpg,,1\nb.jpg,cat,perhaps\n", [3, 4], "a cat 1"),
        (
            'image,cat\n"a.jpg",1\n"b\n.jpg",1\nc.jpg,\nd.jpg,two\ne.jpg,-1\nf.jpg,1',
            [6],
            "a cat 1, b\n cat 1, e cat -1, f cat 1",
        ),
    ],
)
def test_what_is_wrong_costs_itself_alone_and_is_named_by_its_line(
    tmp_path: Path, data: str | bytes, lines: list[int], expected: str
) -> None:
    told = made(tmp_path, "t.csv", data)
    assert [problem.line for problem in told.errors] == lines
    assert cells(told) == grid(expected)


@pytest.mark.parametrize(
    ("data", "roles"),
    [
        ("image,sha256,cat\na.jpg," + "0" * 64 + ",1\n", {"sha256": "hash", "cat": "label"}),
        ("image,patient,cat\na.jpg,p1,1\n", {"patient": "group", "cat": "label"}),
        ("image,split,cat\na.jpg,train,1\n", {"split": "split", "cat": "label"}),
        ("image,cat,dog\na.jpg,0.83,0.1\nb.jpg,0.2,1\n", {"cat": "score", "dog": "score"}),
        ("image,note,cat\na.jpg,dark,1\n", {"note": "metadata", "cat": "label"}),
        ("image,lat,cat\na.jpg,47.1,1\n", {"lat": "metadata", "cat": "label"}),
        ("image,scanID,cat\na.jpg,1,1\n", {"scanID": "metadata", "cat": "label"}),
    ],
)
def test_columns_that_are_no_labels_are_told_by_what_they_hold(
    tmp_path: Path, data: str | bytes, roles: dict[str, str]
) -> None:
    told = made(tmp_path, "t.csv", data)
    assert {name: told.columns[name] for name in roles} == roles
    assert not told.open


def test_which_column_names_the_pictures_is_asked_when_none_looks_like_it(tmp_path: Path) -> None:
    data = "scan,cat\nS1,1\nS2,-1\n"
    assert [question.id for question in made(tmp_path, "t.csv", data).open] == ["picture_column"]
    assert cells(made(tmp_path, "t.csv", data, {"picture_column": "scan"})) == {("S1", "cat"): P, ("S2", "cat"): A}


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_every_unicode_encoding_is_read_without_a_word(tmp_path: Path, codec: str) -> None:
    told = made(tmp_path, "t.csv", "image,Frühstück,日本\nä.jpg,1,-1\n".encode(codec))
    assert cells(told) == {("ä.jpg", "Frühstück"): P, ("ä.jpg", "日本"): A}
    assert not told.notes


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1252", "image,Frühstück,Müsli,Käse\nä.jpg,1,-1,1\nöl.jpg,1,1,-1\n"),
        ("gb18030", "image,猫在沙发上,狗在草地上\n图片一.jpg,1,-1\n图片二.jpg,-1,1\n"),
        ("shift_jis", "image,ねことこたつ,いぬのさんぽ\nしゃしん.jpg,1,-1\nえのぐ.jpg,-1,1\n"),
    ],
)
def test_other_encodings_are_guessed_and_the_guess_is_said(tmp_path: Path, codec: str, text: str) -> None:
    told = made(tmp_path, "t.csv", text.encode(codec))
    assert len(told.cells) == text.count("1")
    assert "a guess" in told.notes[0]
    assert all(value in (P, A) for value in cells(told).values())


def test_an_encoding_that_shows_late_in_the_file_is_found(tmp_path: Path) -> None:
    rows = "".join(f"picture-{number}.jpg,1\n" for number in range(60_000))
    (tmp_path / "t.csv").write_bytes(f"image,cat\n{rows}".encode() + "größe.jpg,1\n".encode("cp1252"))
    assert encoding.encoding_of(tmp_path / "t.csv").guessed
    assert len(plan(read(tmp_path / "t.csv")).cells) == 60_001


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("t.csv", b"", "empty"),
        ("t.csv", b"\n\n", "empty"),
        ("t.csv", b"a.jpg,1\nb.jpg,-1\n", "first line"),
        ("t.csv", b"\x00\x01\x02\xff\xfe\x00" * 50, "not text"),
        ("t.xls", b"\xd0\xcf\x11\xe0" + bytes(600), ".xlsx"),
        ("t.npz", b"PK\x03\x04 broken", "broken"),
        ("t.json", b"[1, 2", "not JSON"),
        ("t.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><annotation/>', "DOCTYPE"),
        ("t.xml", b"<annotation>", "not XML"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(tmp_path: Path, name: str, data: str | bytes, words: str) -> None:
    with pytest.raises(BadTable, match=words):
        made(tmp_path, name, data)


def xlsx(rows: list[list[Any]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def parquet(**columns: list[Any]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    return out.getvalue()


COCO = {
    "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}, {"id": 3, "file_name": "c.jpg"}],
    "categories": [{"id": 5, "name": "cat"}, {"id": 9, "name": "dog"}],
    "annotations": [{"image_id": 1, "category_id": 5, "bbox": [0, 0, 1, 1]}, {"image_id": 2, "category_id": 9}],
}
LVIS = {
    **COCO,
    "images": [
        {"id": 1, "coco_url": "http://h/x/a.jpg", "neg_category_ids": [9], "not_exhaustive_category_ids": []},
        {"id": 2, "coco_url": "http://h/x/b.jpg", "neg_category_ids": [], "not_exhaustive_category_ids": [9]},
    ],
}
TRAPS = {
    "images": [{"id": "1", "file_name": "a.jpg", "location": "1"}, {"id": "2", "file_name": "b.jpg", "location": "2"}],
    "categories": [{"id": 0, "name": "empty"}, {"id": 1, "name": "fox"}],
    "annotations": [{"image_id": "1", "category_id": 1}, {"image_id": "2", "category_id": 0}],
}
MATERIAL = {
    "images": [{"imageId": "a.jpg", "url": ["http://h/1"]}],
    "annotations": [{"imageId": "a.jpg", "labelId": ["62", "17"]}],
}
VOC = (
    "<annotation><filename>a.jpg</filename><object><name>cat</name><difficult>0</difficult></object>"
    "<object><name>dog</name><difficult>1</difficult></object></annotation>"
)
STUDIO = [
    {
        "data": {"image": "/data/local-files/?d=set/a.jpg"},
        "annotations": [{"result": [{"value": {"choices": ["cat", "dog"]}}]}],
    },
    {"data": {"image": "b.jpg"}, "annotations": [{"result": [{"value": {"choices": ["dog"]}}]}]},
    {"data": {"image": "c.jpg"}, "annotations": [{"was_cancelled": True, "result": [{"value": {"choices": ["dog"]}}]}]},
]
FIFTYONE = {"samples": [{"filepath": "/x/a.jpg", "ground_truth": {"classifications": [{"label": "cat"}]}}]}
MEGA = {
    "images": [{"file": "a.jpg", "detections": [{"category": "1", "conf": 0.9}]}],
    "detection_categories": {"1": "animal"},
}
TERN = '{"tern":1,"labels":[{"name":"cat"},{"name":"dog"}]}\n{"image":"a.jpg","marks":{"cat":{"value":1},"dog":-1}}\n'

FILES: dict[str, tuple[str, str | bytes, dict[str, str], str]] = {
    "Excel": (
        "t.xlsx",
        xlsx([["image", "cat", "dog"], ["a.jpg", 1, -1.0], ["b.jpg", None, True]]),
        {},
        "a cat 1, a dog -1, b dog 1",
    ),
    "Excel one-hot": (
        "t.xlsx",
        xlsx([["image", "cat"], ["a.jpg", 1], ["b.jpg", 0]]),
        {"zero": "absent"},
        "a cat 1, b cat -1",
    ),
    "Parquet": (
        "t.parquet",
        parquet(image=["a.jpg", "b.jpg"], cat=[1, None], dog=[-1, 1]),
        {},
        "a cat 1, a dog -1, b dog 1",
    ),
    "Parquet of booleans": (
        "t.parquet",
        parquet(image=["a.jpg", "b.jpg"], cat=[True, False]),
        {"zero": "absent"},
        "a cat 1, b cat -1",
    ),
    "Parquet of lists": (
        "t.parquet",
        parquet(image=["a.jpg"], labels=[["cat", "dog"]]),
        {"complete": "unknown"},
        "a cat 1, a dog 1",
    ),
    "Parquet of floats": ("t.parquet", parquet(image=["a.jpg", "b.jpg"], cat=[1.0, float("nan")]), {}, "a cat 1"),
    "NPZ": (
        "t.npz",
        npz(
            matrix=np.array([[1, -1], [0, 1]], np.int8),
            labels=np.array(["cat", "dog"]),
            images=np.array(["a.jpg", "b.jpg"]),
        ),
        {},
        "a cat 1, a dog -1, b dog 1",
    ),
    "NPZ of booleans": (
        "t.npz",
        npz(matrix=np.array([[True, False]]), labels=np.array(["cat", "dog"]), images=np.array(["a.jpg"])),
        {"zero": "unknown"},
        "a cat 1",
    ),
    "NPZ of bytes": (
        "t.npz",
        npz(matrix=np.array([[1, -1]]), labels=np.array([b"cat", b"dog"]), images=np.array([b"a.jpg"])),
        {},
        "a cat 1, a dog -1",
    ),
    "COCO": (
        "t.json",
        json.dumps(COCO),
        {"complete": "absent", "empty_list": "unknown"},
        "a cat 1, a dog -1, b dog 1, b cat -1",
    ),
    "COCO of some": ("t.json", json.dumps(COCO), {"complete": "unknown", "empty_list": "unknown"}, "a cat 1, b dog 1"),
    "LVIS": ("t.json", json.dumps(LVIS), {}, "a cat 1, a dog -1, b dog 1"),
    "camera traps": ("t.json", json.dumps(TRAPS), {"complete": "unknown"}, "a fox 1, b fox -1"),
    "iMaterialist": ("t.json", json.dumps(MATERIAL), {"complete": "unknown"}, "a 62 1, a 17 1"),
    "Pascal VOC": ("t.xml", VOC, {"complete": "unknown"}, "a cat 1, a dog ?"),
    "Label Studio": (
        "t.json",
        json.dumps(STUDIO),
        {"complete": "absent"},
        "set/a cat 1, set/a dog 1, b dog 1, b cat -1",
    ),
    "FiftyOne": ("t.json", json.dumps(FIFTYONE), {"complete": "unknown"}, "/x/a cat 1"),
    "MegaDetector": ("t.json", json.dumps(MEGA), {}, ""),
    "Tern's JSON lines": ("t.jsonl", TERN, {}, "a cat 1, a dog -1"),
    "Hugging Face": (
        "metadata.jsonl",
        '{"file_name": "a.jpg", "labels": ["cat"]}\n{"file_name": "b.jpg", "labels": ["dog"]}\n',
        {"complete": "unknown"},
        "a cat 1, b dog 1",
    ),
    "records": (
        "t.json",
        '[{"image": "a.jpg", "cat": 1, "dog": -1}, {"image": "b.jpg", "cat": null}]',
        {},
        "a cat 1, a dog -1",
    ),
    "records of objects": (
        "t.json",
        '[{"image": "a.jpg", "labels": {"cat": true, "dog": false}}]',
        {"zero": "absent"},
        "a cat 1, a dog -1",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_every_other_kind_of_file_does_so_too(tmp_path: Path, name: str) -> None:
    file, data, answers, expected = FILES[name]
    assert cells(answered(tmp_path, file, data, answers)) == grid(expected)


def test_profiles_are_told_by_content_and_not_by_the_name_of_the_file(tmp_path: Path) -> None:
    expected = {
        "COCO": "coco",
        "LVIS": "lvis",
        "camera traps": "coco_camera_traps",
        "Pascal VOC": "voc",
        "FiftyOne": "fiftyone",
        "Label Studio": "label_studio",
        "MegaDetector": "megadetector",
        "iMaterialist": "imaterialist",
        "Excel one-hot": "one_hot",
    }
    for name, profile in expected.items():
        assert made(tmp_path, "file.dat", FILES[name][1]).profile == profile
    for name, profile in {
        "CheXpert": "chexpert",
        "NIH": "nih_chestxray14",
        "Open Images": "open_images",
        "Camtrap DP": "camtrap_dp",
    }.items():
        assert made(tmp_path, "file.dat", TABLES[name][1]).profile == profile


def test_a_broken_line_of_json_lines_costs_itself_alone(tmp_path: Path) -> None:
    told = made(tmp_path, "t.jsonl", TERN + '{"image": "b.jpg", "marks": \n{"image": "c.jpg", "marks": {"cat": 1}}\n')
    assert cells(told) == grid("a cat 1, a dog -1, c cat 1")
    assert [problem.line for problem in told.errors] == [3]


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_the_table_in_an_archive_is_the_table(tmp_path: Path) -> None:
    told = made(
        tmp_path,
        "t.zip",
        zipped({"pics/a.jpg": b"x", "pics/labels.csv": "image,cat\na.jpg,1\n", "x/README.txt": "a"}),
    )
    assert cells(told) == grid("a cat 1")
    assert "pics/labels.csv" in told.notes[-1]
    with pytest.raises(BadTable, match=r"x/a.csv, x/b.csv"):
        made(tmp_path, "t.zip", zipped({"x/a.csv": "image,cat\n", "x/b.csv": "image,cat\n"}))
    with pytest.raises(BadTable, match="it holds: none"):
        made(tmp_path, "t.zip", zipped({"x/a.jpg": b"x"}))


def test_annotations_of_pascal_voc_are_read_all_together(tmp_path: Path) -> None:
    data = zipped({"A/a.xml": VOC, "A/b.xml": VOC.replace("a.jpg", "b.jpg").replace("cat", "cow")})
    told = made(tmp_path, "t.zip", data, {"complete": "absent"})
    assert cells(told) == grid("a cat 1, a dog ?, a cow -1, b cow 1, b dog ?, b cat -1")


def test_an_archive_that_claims_too_much_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.tables.read.UNPACKED_BYTES", 1000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("matrix.npy", bytes(5000))
    with pytest.raises(BadTable, match="claims more"):
        made(tmp_path, "t.npz", out.getvalue())


def test_the_plan_s_hash_changes_with_data_and_answers_and_with_nothing_else(tmp_path: Path) -> None:
    data, answers = "image,cat\na.jpg,1\nb.jpg,0\n", {"zero": "absent"}
    first = made(tmp_path, "t.csv", data, answers).digest(answers)
    assert made(tmp_path, "other.csv", data, answers).digest(answers) == first
    assert made(tmp_path, "t.csv", data, {"zero": "unknown"}).digest({"zero": "unknown"}) != first
    assert made(tmp_path, "t.csv", data.replace("b.jpg,0", "b.jpg,1"), answers).digest(answers) != first
    assert made(tmp_path, "t.csv", data.replace("b.jpg", "c.jpg"), answers).digest(answers) != first


def run(*arguments: object) -> tuple[str | int | None, str]:
    """Exit code and what was printed."""
    out = io.StringIO()
    try:
        call_command("read_table", *map(str, arguments), stdout=out, stderr=out)
    except SystemExit as leaving:
        return leaving.code, out.getvalue()
    return 0, out.getvalue()


def test_the_command_leaves_with_what_is_open_and_writes_the_plan(tmp_path: Path) -> None:
    table, answers, out = tmp_path / "t.csv", tmp_path / "answers.json", tmp_path / "plan.json"
    table.write_text("image,cat,dog\na.jpg,1,0\nb.jpg,perhaps,1\n")
    code, said = run(table, "--json", out)
    told = json.loads(out.read_text())
    assert (code, told["cells"], told["questions"][0]["id"]) == (3, [], "zero")
    assert "Question zero" in said
    answers.write_text('{"zero": "absent"}')
    code, said = run(table, "--answers", answers, "--json", out)
    told = json.loads(out.read_text())
    assert code == 0
    assert told["cells"] == [["a.jpg", "cat", 1], ["a.jpg", "dog", -1], ["b.jpg", "dog", 1]]
    assert {"profile", "picture_column", "columns", "legend", "questions", "cells", "errors"} <= set(told)
    assert [(one["line"], one["column"]) for one in told["errors"]] == [(3, "cat")]
    assert told["legend"]["perhaps"] == "refuse"
    table.write_text("")
    assert run(table)[0] == 2
    assert run(tmp_path / "nowhere.csv")[0] == 2
    answers.write_text("[]")
    assert run(table, "--answers", answers)[0] == 2


def test_every_profile_is_in_the_documentation(root: Path) -> None:
    from annotator.tables.profiles import PROFILES

    told = (root / "docs" / "formats.md").read_text()
    assert [profile.name for profile in PROFILES if f"`{profile.name}`" not in told] == ["records"]


def test_a_large_table_takes_little_more_memory_than_its_size(tmp_path: Path) -> None:
    table = tmp_path / "large.csv"
    row = ",".join(["1", "", "-1", ""] * 25)
    with table.open("w") as file:
        file.write("image," + ",".join(f"label {number}" for number in range(100)) + "\n")
        file.writelines(f"folder/{number:06d}.jpg,{row}\n" for number in range(20_000))
    code = (
        "import resource, sys, numpy; from pathlib import Path\n"
        "from annotator.tables.read import read; from annotator.tables.plan import plan\n"
        "small, large = map(Path, sys.argv[1:]); plan(read(small))\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert 'django' not in sys.modules\n"
        "made = plan(read(large)); assert len(made.cells) == 1_000_000, len(made.cells)\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / large.stat().st_size)\n"
    )
    small = tmp_path / "small.csv"
    small.write_text("image,cat\na.jpg,1\n")
    done = subprocess.run(
        [sys.executable, "-c", code, small, table], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 8


TEXTS = ("1", "0", "-1", "", "NaN", "yes", "no", "?", "TRUE", "FALSE", "maybe", "1.0", "-1.0", "banana", "-")
STATES = st.sampled_from(TEXTS)
MINUS = {"-1", "-1.0"}
CAREFUL = {"unknown", "none", "metadata"}
SURE = {"1": P, "1.0": P, "yes": P, "TRUE": P, "no": A, "FALSE": A, "?": C, "maybe": C}


@given(st.lists(st.lists(STATES, min_size=3, max_size=3), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_no_cell_becomes_absent_or_present_but_by_its_own_text_or_an_answer(rows: list[list[str]]) -> None:
    lines = [f"{number}.jpg,{','.join(row)}" for number, row in enumerate(rows)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.csv"
        path.write_text("\n".join(["image,cat,dog,cow", *lines]) + "\n")
        told = plan(read(path))
        given_answers: dict[str, str] = {}
        while told.open:
            assert not len(told.cells)
            given_answers |= {one.id: next(filter(CAREFUL.__contains__, one.choices)) for one in told.open}
            told = plan(read(path), given_answers)
    found = cells(told)
    # -1 is absent in tables that do not ask what it means.
    minus = None if "minus_one" in given_answers else A
    for (picture, label), value in found.items():
        text = rows[int(picture.split(".")[0])][("cat", "dog", "cow").index(label)]
        assert value == SURE.get(text, minus if text in MINUS else None)
    for place, label in enumerate(("cat", "dog", "cow")):
        if told.columns[label] == "label":
            for number, row in enumerate(rows):
                expected = SURE.get(row[place], minus if row[place] in MINUS else None)
                assert found.get((f"{number}.jpg", label)) == expected
