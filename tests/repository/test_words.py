"""Counts are said in the right form, and no text of the server says a plural without asking how many."""

import ast
import re

import pytest

from annotator.words import counted, noun
from tests.paths import ROOT

COUNTABLE = "mark picture label image cell day file row decision question answer tile change doubt suggestion"
MANY = re.compile(rf"^ (?:(?:new|more|open|unknown) )?(?:{'|'.join(COUNTABLE.split())})s\b")
# Limits, and numbers above them.
NEVER_ONE = {"IMAGES_EXCLUDED", "DAYS_TO_TAKE_BACK", "most", "len(infos)"}


def test_one_is_singular_and_everything_else_plural() -> None:
    assert [counted(count, "mark") for count in (0, 1, 2, 2600)] == ["0 marks", "1 mark", "2 marks", "2,600 marks"]
    assert [noun(count, "cell was", "cells were") for count in (1, 2)] == ["cell was", "cells were"]


def plurals(tree: ast.AST) -> list[str]:
    """The numbers in f-strings behind which a noun is always in the plural."""
    return [
        ast.unparse(number.value)
        for text in ast.walk(tree)
        if isinstance(text, ast.JoinedStr)
        for number, after in zip(text.values, text.values[1:], strict=False)
        if isinstance(number, ast.FormattedValue) and isinstance(after, ast.Constant) and MANY.match(str(after.value))
    ]


@pytest.mark.parametrize(
    "folder", ["actions", "queries", "api", "formats", "imports", "planning", "tables", "jobs", "trainer"]
)
def test_no_text_of_the_server_puts_a_plural_behind_a_number(folder: str) -> None:
    faults = {
        str(path.relative_to(ROOT)): wrong
        for path in (ROOT / "annotator" / folder).rglob("*.py")
        if (wrong := [number for number in plurals(ast.parse(path.read_text())) if number not in NEVER_ONE])
    }
    assert not faults
