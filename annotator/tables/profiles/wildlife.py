"""Camtrap DP: a table of observations, of animals or of nothing."""

from annotator.tables.parts import Claims, Source
from annotator.tables.profiles.base import LISTS, NAMED, Answers, Profile, Telling, grid_of, has_columns
from annotator.tables.profiles.shapes import names_of, rows_of_pictures


def is_camtrap(source: Source) -> float:
    """Its headers."""
    return 0.95 if has_columns(source, "observationID", "observationType", "scientificName") else 0.0


def read_camtrap(source: Source, answers: Answers) -> Claims:
    """What people saw is present; a blank picture has none of it. What a machine saw is left to scores."""
    grid = grid_of(source)
    picture = next(
        c for n in ("filePath", "fileName", "mediaID", "eventID", "observationID") if (c := grid.column(n)) is not None
    )
    kind, species, method = (grid.column(n) for n in ("observationType", "scientificName", "classificationMethod"))
    assert kind is not None
    assert species is not None
    roles = {p: "group" if c.name == "deploymentID" else "metadata" for p, c in enumerate(grid.columns)}
    roles |= {
        grid.columns.index(picture): "picture",
        grid.columns.index(species): "labels",
        grid.columns.index(kind): "labels",
    }
    claims = Claims(
        "camtrap_dp", picture.name, names_of(grid, roles), [], errors=list(grid.errors), notes=list(source.notes)
    )
    rows, pictures = rows_of_pictures(claims, grid, picture)
    telling, machine = Telling(), 0
    blank: dict[int, int] = {}
    lines: dict[int, int] = {}
    named: set[int] = set()
    telling.know(claims)
    for row, place in zip(rows.tolist(), pictures.tolist(), strict=True):
        line, seen = int(grid.lines[row]), kind.text(row).casefold()
        if method is not None and method.text(row).casefold() == "machine":
            machine += 1
            continue
        lines.setdefault(place, line)
        label = species.text(row) or (seen if seen in ("human", "vehicle") else "")
        if seen == "blank":
            blank[place] = line
        elif label and seen not in ("unknown", "unclassified"):
            named.add(place)
            telling.say(place, label, NAMED, line)
    for place, line in blank.items():
        for label in list(telling.labels) if place not in named else ():
            telling.say(place, label, "blank picture", line)
    if machine:
        claims.notes.append(f"{machine} lines are a machine's: scores, not marks. They are left out.")
    claims.legend = {NAMED: "present", "blank picture": "absent"}
    claims.listed = [(place, line) for place, line in lines.items() if place in named]
    return telling.into(claims)


PROFILES = (Profile("camtrap_dp", is_camtrap, read_camtrap, LISTS),)
