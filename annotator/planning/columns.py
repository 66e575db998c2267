"""Columns and values of a table, with examples, for people to see how they were understood."""

from typing import Any

from annotator.tables.plan import Plan

COLUMNS_TOLD, VALUES_TOLD, EXAMPLES, LETTERS = 500, 200, 4, 60


def columns_of(table: Plan) -> list[dict[str, Any]]:
    """[{"name", "role", "examples"}], in the table's order."""
    examples = examples_of(table)
    told = list(table.columns.items())[:COLUMNS_TOLD]
    return [{"name": name, "role": role, "examples": examples.get(name, [])} for name, role in told]


def examples_of(table: Plan) -> dict[str, list[str]]:
    """A few texts of each column."""
    claims = table.claims
    found = {table.picture_column: [short(name) for name in table.pictures[:EXAMPLES]]}
    if claims is None:
        return found
    grid = claims.grid
    for column in grid.columns if grid is not None else ():
        texts = list(dict.fromkeys(text.strip() for text in column.texts[: 4 * EXAMPLES] if text.strip()))
        found[column.name] = [short(text) for text in texts[:EXAMPLES]]
    return found


def short(text: str) -> str:
    """The text, cut when it is long."""
    return text if len(text) <= LETTERS else f"{text[: LETTERS - 1]}…"


def legend_of(table: Plan) -> list[dict[str, Any]]:
    """[{"text", "count", "means"}], the most frequent first."""
    told = sorted(table.legend.items(), key=lambda pair: -table.counts.get(pair[0], 0))[:VALUES_TOLD]
    return [{"text": text, "count": table.counts.get(text, 0), "means": means} for text, means in told]
