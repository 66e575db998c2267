"""JSON records, one a picture: Label Studio, FiftyOne, Hugging Face's metadata, and any others."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

import numpy as np

from annotator.tables.labels import tidy
from annotator.tables.parts import BadTable, Claims, Column, Grid, Problem, Source, column_of
from annotator.tables.profiles.base import LISTS, NAMED, Answers, Profile, Telling
from annotator.tables.profiles.shapes import names_in, read
from annotator.tables.read import told
from annotator.tables.roles import LABEL_NAMES, PICTURE_NAMES, plain

LINE = "__line__"


def records_of(source: Source) -> list[dict[str, Any]]:
    """The objects of a list, of JSON lines, or of the one list in an object."""
    data = source.data
    if isinstance(data, dict):
        lists = [value for value in data.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
        data = lists[0] if len(lists) == 1 else [data]
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def line_of(record: dict[str, Any], number: int) -> int:
    """Where a record stands."""
    return int(record.get(LINE, number))


def start(profile: str, source: Source, columns: dict[str, str]) -> Claims:
    """Claims of records."""
    picture = next(name for name, role in columns.items() if role == "picture")
    errors = list(source.grid.errors) if source.grid is not None else []
    return Claims(profile, picture, columns, [], errors=errors, notes=list(source.notes))


def is_label_studio(source: Source) -> float:
    """Tasks with data and annotations."""
    found = records_of(source)[:5]
    return (
        0.97
        if any(isinstance(one.get("data"), dict) and ("annotations" in one or "completions" in one) for one in found)
        else 0.0
    )


def read_label_studio(source: Source, answers: Answers) -> Claims:
    """Choices of finished annotations; predictions are a model's and left out."""
    claims = start("label_studio", source, {"data": "picture", "annotations": "labels"})
    telling = Telling()
    listed: dict[int, int] = {}
    named: set[int] = set()
    for number, task in enumerate(records_of(source), 1):
        name = shown_name(next((str(value) for value in task.get("data", {}).values() if isinstance(value, str)), ""))
        if not name:
            claims.errors.append(Problem(line_of(task, number), "data", "The picture is not named."))
            continue
        place = telling.picture(name)
        finished = [one for one in task.get("annotations") or task.get("completions") or () if isinstance(one, dict)]
        finished = [one for one in finished if not one.get("was_cancelled")]
        for annotation in finished:
            listed.setdefault(place, line_of(task, number))
            for label in dict.fromkeys(choices_in(annotation.get("result", ()))):
                named.add(place)
                telling.say(place, label, NAMED, line_of(task, number))
    return listed_claims(claims, telling, listed, named)


def listed_claims(claims: Claims, telling: Telling, listed: dict[int, int], named: set[int]) -> Claims:
    """Claims of lists of names."""
    claims.legend = {NAMED: "present"}
    claims.listed = [(place, line) for place, line in listed.items() if place in named]
    claims.empty = [(place, line) for place, line in listed.items() if place not in named]
    return telling.into(claims)


def shown_name(address: str) -> str:
    """The file that an address of Label Studio shows: of its local files the path, of others what is written."""
    found = urlparse(address)
    if "d" in (asked := parse_qs(found.query)):
        return asked["d"][0]
    return unquote(found.path).lstrip("/") if found.scheme or address.startswith("/data/") else address


def choices_in(results: Any) -> Iterator[str]:
    """Names of labels in the results of an annotation."""
    for result in results if isinstance(results, list) else ():
        value = result.get("value", {}) if isinstance(result, dict) else {}
        for key in (
            "choices",
            "rectanglelabels",
            "polygonlabels",
            "brushlabels",
            "labels",
            "taxonomy",
            "keypointlabels",
        ):
            if isinstance(value.get(key), list):
                yield from names_in(value[key])


def is_fiftyone(source: Source) -> float:
    """Samples with a filepath."""
    found = source.data.get("samples") if isinstance(source.data, dict) else None
    return 0.97 if isinstance(found, list) and found and isinstance(found[0], dict) and "filepath" in found[0] else 0.0


def read_fiftyone(source: Source, answers: Answers) -> Claims:
    """Labels of the ground truth: a classification, several, or detections."""
    claims = start("fiftyone", source, {"filepath": "picture", "ground_truth": "labels"})
    telling = Telling()
    listed: dict[int, int] = {}
    named: set[int] = set()
    for number, sample in enumerate(records_of(source), 1):
        if not sample.get("filepath"):
            claims.errors.append(Problem(number, "filepath", "The picture is not named."))
            continue
        place = telling.picture(str(sample["filepath"]))
        truth = sample.get("ground_truth")
        for label in dict.fromkeys(labels_in(truth)):
            named.add(place)
            telling.say(place, label, NAMED, number)
        if truth is not None:
            listed.setdefault(place, number)
    return listed_claims(claims, telling, listed, named)


def labels_in(value: Any) -> Iterator[str]:
    """Every "label" at any depth."""
    if isinstance(value, dict):
        if isinstance(value.get("label"), str):
            yield tidy(value["label"])
        for inner in value.values():
            yield from labels_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from labels_in(inner)


def is_records(source: Source) -> float:
    """Objects of which most name a picture."""
    if source.format not in ("json", "jsonl"):
        return 0.0
    found = records_of(source)[:20]
    named = sum(any(plain(str(key)) in PICTURE_NAMES for key in one) for one in found)
    return 0.5 if found and named >= len(found) / 2 else 0.0


def read_records(source: Source, answers: Answers) -> Claims:
    """A table whose columns are the keys; an object of label: value gives a column a label."""
    rows, lines = [], []
    for number, record in enumerate(records_of(source), 1):
        lines.append(line_of(record, number))
        rows.append(flat(record))
    names = list(dict.fromkeys(key for row in rows for key in row))
    if not names:
        raise BadTable(f"{source.name} holds no records.")
    columns: list[Column] = [column_of(name, [row.get(name, "") for row in rows]) for name in names]
    errors = list(source.grid.errors) if source.grid is not None else []
    grid = Grid(columns, np.array(lines, np.int32), errors)
    claims = read(Source(source.name, source.format, grid, None, source.notes), answers)
    claims.grid = grid
    if claims.profile == "list" and any("file_name" in row for row in rows):
        claims.profile = "huggingface"
    return claims


def flat(record: dict[str, Any]) -> dict[str, str]:
    """Texts of a record; an object under a header of labels is opened."""
    found: dict[str, str] = {}
    for key, value in record.items():
        if key == LINE:
            continue
        if (
            isinstance(value, dict)
            and plain(str(key)) in LABEL_NAMES
            and not any(isinstance(v, (dict, list)) for v in value.values())
        ):
            found |= {str(name): told(inner) for name, inner in value.items()}
        else:
            found[str(key)] = told(value)
    return found


PROFILES = (
    Profile("label_studio", is_label_studio, read_label_studio, LISTS),
    Profile("fiftyone", is_fiftyone, read_fiftyone, LISTS),
    Profile("records", is_records, read_records, LISTS),
)
