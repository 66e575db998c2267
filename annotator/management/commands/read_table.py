"""`manage.py read_table FILE`: what Tern understands of a table, without a database."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from annotator.tables.parts import BadTable
from annotator.tables.plan import Plan, described, plan
from annotator.tables.read import read

OPEN, UNREADABLE = 3, 2


class Command(BaseCommand):
    """Exits with 0 when nothing is open, 3 when there are questions, 2 when the file cannot be read."""

    help = "Read a table of labels without a database: print what it would bring and what must be answered first."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, answers, and where the plan goes."""
        parser.add_argument("file", type=Path, help="CSV, Excel, Parquet, NPZ, JSON, JSON lines or XML.")
        parser.add_argument("--answers", type=Path, help='A JSON file of answers: {"zero": "absent"}.')
        parser.add_argument("--json", type=Path, help="Write the whole plan there as JSON.")

    def handle(self, *args: Any, file: Path, answers: Path | None, json: Path | None, **options: Any) -> None:
        """Read, print, leave."""
        try:
            made = plan(read(file), answers_in(answers))
        except BadTable as error:
            self.stderr.write(str(error))
            sys.exit(UNREADABLE)
        for line in described(made):
            self.stdout.write(line)
        if json is not None:
            write(json, made)
        if made.open:
            sys.exit(OPEN)


def answers_in(path: Path | None) -> dict[str, str]:
    """The answers of a file. Raises BadTable."""
    if path is None:
        return {}
    try:
        told = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise BadTable(f"The answers in {path.name} cannot be read: {error}.") from error
    if not isinstance(told, dict):
        raise BadTable(f'The answers in {path.name} are no object like {{"zero": "absent"}}.')
    return {str(key): str(value) for key, value in told.items()}


def write(path: Path, made: Plan) -> None:
    """The plan as JSON, cell by cell."""
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(made.as_json(), ensure_ascii=False, indent=1)[:-2] + ',\n "cells": [')
        for place, cell in enumerate(made.cells):
            told = json.dumps([cell.picture, cell.label, cell.value], ensure_ascii=False)
            file.write((",\n  " if place else "\n  ") + told)
        file.write("]\n}\n")
