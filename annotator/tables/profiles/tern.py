"""What Tern itself writes: CSV and NPZ with content hashes, JSON lines with who said what. Nothing of it is asked."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from annotator.formats.sheet import PICTURE_EXTRAS, PREFIX
from annotator.tables.parts import Block, Claims, Column, Detail, Grid, Problem, Source, column_of
from annotator.tables.profiles.base import Answers, Profile, Telling, grid_of
from annotator.tables.profiles.records import line_of, records_of, start
from annotator.tables.profiles.shapes import HASH, rows_of_pictures, tell_details
from annotator.tables.read import told
from annotator.tables.roles import HASH as DIGEST

LEGEND = {"1": "present", "-1": "absent", "0": "unknown"}
STATES = {"csv": {"1", "-1", ""}, "npz": {"1", "-1", "0", ""}}
UNSURE = "can't tell"
# Columns of pictures that an export may have besides: header -> role.
BESIDES = {PREFIX + name: "ignored" for name in PICTURE_EXTRAS} | {PREFIX + "split": "split", PREFIX + "group": "group"}


def is_matrix(source: Source) -> float:
    """A picture, its hash, then nothing but states: unknown is blank in CSV and 0 in NPZ, and in neither the other."""
    grid = source.grid
    if grid is None or source.typed or grid.names[:2] != ["image", HASH]:
        return 0.0
    states = STATES["npz" if source.format == "npz" else "csv"]
    hashed = all(DIGEST.fullmatch(text) for text in grid.columns[1].used())
    return (
        0.99 if hashed and all(column.used().keys() <= states for column in grid.columns[first_label(grid) :]) else 0.0
    )


def first_label(grid: Grid) -> int:
    """The place of the first label: behind the hash, and what else was exported of the pictures."""
    names = grid.names
    return next((place for place in range(2, len(names)) if names[place] not in BESIDES), len(names))


def read_matrix(source: Source, answers: Answers) -> Claims:
    """A column a label; names are those of the project that wrote them."""
    grid = grid_of(source)
    first = first_label(grid)
    names = [column.name.strip() for column in grid.columns[first:]]
    besides = {name: BESIDES[name] for name in grid.names[2:first]}
    columns = {"image": "picture", HASH: "hash"} | besides | dict.fromkeys(names, "label")
    profile = "npz" if source.format == "npz" else "tern_csv"
    claims = Claims(profile, "image", columns, [], errors=list(grid.errors), notes=list(source.notes), exact=True)
    rows, pictures = rows_of_pictures(claims, grid, grid.columns[0])
    tell_details(claims, grid, rows, pictures)
    for name, column in zip(names, grid.columns[first:], strict=True):
        claims.labels.append(name)
        claims.blocks.append(Block(name, pictures, column.texts, column.codes[rows], grid.lines[rows]))
    claims.legend = dict(LEGEND)
    return claims


def is_lines(source: Source) -> float:
    """Lines with marks, or with the vocabulary first."""
    found = lines_in(source)[:5]
    return 0.98 if any("tern" in one or ("marks" in one and ("image" in one or HASH in one)) for one in found) else 0.0


def lines_in(source: Source) -> list[dict[str, Any]]:
    """The objects of the lines; a single line is one JSON value."""
    data = source.data
    return [data] if isinstance(data, dict) and ("tern" in data or "marks" in data) else records_of(source)


def read_lines(source: Source, answers: Answers) -> Claims:
    """1, -1 and 0 as Tern writes them, and who could not tell."""
    claims = start("tern_jsonl", source, {"image": "picture", "marks": "labels"})
    claims.exact = True
    telling, described = Telling(str.strip), dict[int, dict[str, Any]]()
    for number, record in enumerate(lines_in(source), 1):
        line = line_of(record, number)
        if "image" not in record and HASH not in record:
            learn(claims, telling, record.get("labels", ()))
            continue
        name, digest, marks = record.get("image"), record.get(HASH) or "", record.get("marks", {})
        if not isinstance(name or digest, str) or not (name or digest) or not isinstance(marks, dict):
            text = "It needs a picture, named by image or sha256, and marks, an object of label: value."
            claims.errors.append(Problem(line, "marks", text))
            continue
        place = telling.picture(str(name or digest), str(digest).lower())
        described[place] = record
        for label, value in marks.items():
            telling.say(
                place, label, told(value["value"] if isinstance(value, dict) and "value" in value else value), line
            )
        for label in unsure_of(record):
            if label not in marks:
                telling.say(place, label, UNSURE, line)
    claims.legend = LEGEND | {UNSURE: "cant_tell"}
    claims = telling.into(claims)
    claims.details = details_of(described)
    return claims


def learn(claims: Claims, telling: Telling, vocabulary: Any) -> None:
    """The labels that the first line tells of."""
    for label in vocabulary if isinstance(vocabulary, list) else ():
        if isinstance(label, dict) and isinstance(label.get("name"), str):
            claims.vocabulary[telling.label(label["name"])] = label


def unsure_of(record: dict[str, Any]) -> Iterable[str]:
    """Labels of which somebody could not tell on this picture."""
    receipts = record.get("cant_tell")
    for one in receipts if isinstance(receipts, list) else ():
        if isinstance(one, dict) and isinstance(one.get("label"), str):
            yield one["label"]


def details_of(described: dict[int, dict[str, Any]]) -> list[Detail]:
    """Groups and metadata of the pictures, as columns."""
    places = np.fromiter(described, np.int32, len(described))
    rows = np.arange(len(described), dtype=np.int32)
    found = [one.get("metadata") for one in described.values()]
    metadata: list[dict[str, Any]] = [one if isinstance(one, dict) else {} for one in found]
    texts = {"group": [told(one.get("group", "")) for one in described.values()]}
    for name in dict.fromkeys(key for one in metadata for key in one if key != "group"):
        texts[name] = [told(one.get(name, "")) for one in metadata]
    roles = dict.fromkeys(texts, "metadata") | {"group": "group"}
    columns: list[Column] = [column_of(name, cells) for name, cells in texts.items()]
    return [Detail(roles[column.name], column, rows, places) for column in columns]


LOSSES = "Says present, absent and unknown; who said so is not in it."
PROFILES = (
    Profile("tern_csv", is_matrix, read_matrix, LOSSES),
    Profile("tern_jsonl", is_lines, read_lines, "Says all states, and who said so."),
)
