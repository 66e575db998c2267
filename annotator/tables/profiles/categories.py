"""Columns of categories, as `sleeve` with long and short: each value is a label, `sleeve=long`."""

import numpy as np

from annotator.tables.meanings import is_blank
from annotator.tables.parts import Claims, Column, Grid
from annotator.tables.profiles.base import NAMED, Telling

NOT_SAID = "blank in this column"


def categories(claims: Claims, grid: Grid, columns: list[Column], rows: np.ndarray, pictures: np.ndarray) -> Claims:
    """What each column says of each picture is there; where it is blank, nothing is said of its labels."""
    claims.profile = "categories"
    telling = Telling()
    telling.know(claims)
    listed: dict[int, int] = {}
    for column in columns:
        names = [f"{column.name}={text.strip()}" for text in column.texts]
        blank = [is_blank(text) for text in column.texts]
        labels = [telling.label(name) for name, is_none in zip(names, blank, strict=True) if not is_none]
        for row, place in zip(rows.tolist(), pictures.tolist(), strict=True):
            line, code = int(grid.lines[row]), column.codes[row]
            listed.setdefault(place, line)
            if not blank[code]:
                telling.say(place, names[code], NAMED, line)
                continue
            for label in labels:
                telling.say(place, label, NOT_SAID, line)
    claims.legend = {NAMED: "present", NOT_SAID: "unknown"}
    claims.listed = list(listed.items())
    return telling.into(claims)
