"""A limit is said once: refusals take it from there, and the page has the server's own numbers."""

import ast
import re

import pytest

from annotator.actions.invitations import read_line
from annotator.api.limits import typescript
from annotator.errors import Invalid
from annotator.limits import SHOWN_NAME, USER_NAME
from annotator.management.commands.limits import PAGE
from annotator.models import Role
from tests.rooms import ROOT, modules


def test_the_page_has_the_server_s_limits() -> None:
    assert PAGE.read_text() == typescript(), "Run: python3 manage.py limits"


LIMIT = re.compile(r"(?:at most|at least|more than|for) \d|\d (?:days|hours|letters|characters|cells|names|or more)\b")


def spelled_out(tree: ast.AST) -> list[str]:
    """Texts of refusals with a limit in figures in them."""
    raised = (node for node in ast.walk(tree) if isinstance(node, ast.Raise))
    texts = (n.value for node in raised for n in ast.walk(node) if isinstance(n, ast.Constant))
    return [text for text in texts if isinstance(text, str) and LIMIT.search(text)]


@pytest.mark.slow
def test_no_refusal_spells_a_limit_out() -> None:
    assert spelled_out(ast.parse("raise Conflict('after 30 days', 'at most 1,000')"))
    found = {name: spelled_out(ast.parse(path.read_text())) for name, path in modules(ROOT, "annotator").items()}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    ("line", "most"), [("x" * (USER_NAME + 1), USER_NAME), (f"{'y' * (SHOWN_NAME + 1)} <y@example.org>", SHOWN_NAME)]
)
def test_a_name_that_is_too_long_is_refused_with_the_limit_that_it_broke(line: str, most: int) -> None:
    with pytest.raises(Invalid, match=rf"{most + 1} letters, at most {most}$"):
        read_line(line, Role.ANNOTATOR)
