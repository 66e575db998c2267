"""Every kind of news is documented, described in the schema, and known to the page."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from annotator.models import Event
from annotator.news import kinds
from annotator.news.kinds import KINDS, News
from tests.optional import unwrap


def test_every_class_of_news_is_listed_once() -> None:
    made = {one for one in vars(kinds).values() if isinstance(one, type) and issubclass(one, News)} - {News}
    assert made == set(KINDS)
    assert len({kind.event for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.event)
def test_the_document_names_the_kind_and_all_its_fields_and_no_other(kind: type[News], root: Path) -> None:
    text = (root / "docs" / "events.md").read_text()
    row = next(line for line in text.splitlines() if line.startswith(f"| `{kind.event}` |"))
    named = re.findall(r"`(\w+)`", row.split("|")[2])
    assert named == [field.name for field in fields(kind)]


def test_the_document_names_no_kind_that_is_not_there(root: Path) -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (root / "docs" / "events.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(kind.event for kind in KINDS)


def test_the_page_has_a_place_for_every_kind(root: Path) -> None:
    text = (root / "frontend" / "src" / "live" / "events.ts").read_text()
    payloads = text[text.index("export interface Payloads {") : text.index("export interface LiveEvent")]
    assert set(re.findall(r"^  (\w+):", payloads, re.MULTILINE)) == {kind.event for kind in KINDS}


def test_a_kind_fits_its_column() -> None:
    longest = unwrap(Event._meta.get_field("kind").max_length)
    assert all(len(kind.event) <= longest for kind in KINDS)
