"""The plan of an import: read, match, count, ask. The same code makes it for the page, the API and the command line.

What is agreed to is its hash: it changes with the files, the table, what its names and labels mean here, the answers,
and the marks of others that would change. Marks that people make meanwhile are never overwritten, and change nothing.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from django.core.files.storage import default_storage

from annotator.imports.sources import copy_out
from annotator.models import Import
from annotator.pictures.uploads import Refused
from annotator.planning.columns import columns_of, legend_of
from annotator.planning.consequences import asked_of, consequences
from annotator.planning.folders import LABELS, asked_of_folders, table_of_folders
from annotator.planning.known import Known, known_pictures
from annotator.planning.look import Look, look_at, source_of
from annotator.planning.questions import Answers, Ask, Choice, of_table
from annotator.planning.standing import Ids, Standing
from annotator.planning.vocabulary import Vocabulary, vocabulary
from annotator.planning.whose import Whose, whose
from annotator.planning.words import Policy, Words, overwritten, words_of
from annotator.tables import plan as tables
from annotator.tables.read import read
from annotator.words import counted

ERRORS_TOLD = 500
NO_TABLE = "none"
Tell = Callable[[float, str], None]
POLICIES = ("earlier", "people", "withdrawn", "unsure", "withdraw")
# What each part of the hash is called when it is another one than was agreed to.
PARTS = {
    "files": "the files",
    "table": "the table",
    "pictures": "which pictures the table is about",
    "labels": "the labels",
    "bin": "what is in the bin",
    "marks": "the marks that would change",
    "answers": "the questions or their answers",
}


@dataclass
class Planned:
    """A plan, with all that running it needs. `images` [matched pictures]: id, 0 for new ones, -1 for left out."""

    look: Look
    known: Known
    table: tables.Plan | None = None
    table_name: str = ""
    matched: Whose = field(default_factory=Whose)
    labels: Vocabulary = field(default_factory=Vocabulary)
    images: Ids = field(default_factory=lambda: np.zeros(0, np.int64))
    words: Words = field(default_factory=Words)
    policy: Policy = field(default_factory=Policy)
    questions: list[Ask] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    restored: list[str] = field(default_factory=list)
    left_in_bin: list[str] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """What is agreed to."""
        return digest(self.digests)


def plan_of(imported: Import, tell: Tell) -> Planned:
    """The plan under the answers given so far. Raises Refused, BadTable and Invalid."""
    return Planner(imported, tell).made()


class Planner:
    """Makes one plan."""

    def __init__(self, imported: Import, tell: Tell) -> None:
        self.imported, self.tell = imported, tell
        self.given: Answers = imported.answers
        self.files: dict[str, Any] = imported.files
        self.folder = Path(self.files["spool"])
        own = [Path(path) for path in (self.files["path"], *(path for path, _ in self.files["tables"])) if path]
        if any(path.is_relative_to(self.folder) and not path.exists() for path in own):
            raise Refused("The uploaded files are gone: they are kept for a week. Upload them again.")
        self.folder.mkdir(parents=True, exist_ok=True)

    def made(self) -> Planned:
        """All steps."""
        self.tell(0, "Reading what is there")
        look = look_at(source_of(self.files), self.folder, default_storage.path(""), self.looked)
        plan = Planned(look, known_pictures(self.imported.project_id), notes=list(look.notes))
        self.tell(80, "Reading the table")
        self.read_table(plan)
        if plan.table is not None:
            self.tell(88, "Matching names")
            plan.matched = whose(plan.table, look, plan.known, self.given)
            plan.questions += plan.matched.questions
        self.look_in_bin(plan)
        if plan.table is not None:
            self.understand(plan, plan.table)
        self.refuse(plan)
        asked = {one.id for one in plan.questions}
        if idle := sorted(one for one in self.given if one not in asked and not one.startswith("value:")):
            plan.notes.append(f"These answers answer nothing that is asked: {', '.join(idle[:8])}.")
        open_ids = sorted(one.id for one in plan.questions if one.answer(self.given) is None)
        plan.digests = self.digests(plan)
        plan.shown = self.shown(plan) | {"open": len(open_ids)}
        return plan

    def looked(self, done: int, of: int) -> None:
        """Tell how many pictures were opened."""
        self.tell(2 + 76 * done / max(1, of), f"Looked at {done:,} of {counted(of, 'picture')}")

    def read_table(self, plan: Planned) -> None:
        """Find the table, and what it says."""
        chosen = self.table_file(plan)
        if chosen is not None:
            path, plan.table_name = chosen
            source = read(path)
            source.name = plan.table_name
        elif self.folders_are_labels(plan):
            source = table_of_folders(plan.look)
            plan.table_name = source.name
        else:
            return
        plan.table = tables.plan(source, self.given)
        plan.questions += [of_table(one) for one in plan.table.questions]
        plan.notes += plan.table.notes

    def table_file(self, plan: Planned) -> tuple[Path, str] | None:
        """(path, name) of the table: the one that was given, or one that lies beside the pictures."""
        given = {name: Path(path) for path, name in self.files["tables"]}
        beside = {} if given else {one.name: one for one in plan.look.tables}
        names = [*given, *beside]
        name = names[0] if len(names) == 1 else self.choose_table(plan, names) if names else None
        if name is None or name == NO_TABLE:
            return None
        if name in given:
            return given[name], name
        plan.notes.append(f"The table {name!r} beside the pictures is used.")
        source = source_of(self.files)
        assert source is not None
        path = self.folder / f"table{Path(name).suffix.lower()[:8]}"
        copy_out(source, beside[name], path)
        return path, name

    def folders_are_labels(self, plan: Planned) -> bool:
        """Whether a person says that folders are labels, where no table tells any."""
        question = asked_of_folders(plan.look)
        if question is None:
            return False
        plan.questions.append(question)
        return question.answer(self.given) == LABELS

    def choose_table(self, plan: Planned, names: list[str]) -> str | None:
        """Which of several tables."""
        choices = (*(Choice(name, name) for name in names[:50]), Choice(NO_TABLE, "None of them"))
        question = Ask("table", f"There are {counted(len(names), 'table')}. Which one tells the labels?", choices)
        plan.questions.append(question)
        return question.answer(self.given)

    def look_in_bin(self, plan: Planned) -> None:
        """Pictures that are in the bin are never passed over silently."""
        named = dict.fromkeys([*(one.sha256 for one in plan.look.pictures), *plan.matched.hashes])
        binned = [sha256 for sha256 in named if sha256 in plan.known.bin]
        if not binned:
            return
        text = f"{counted(len(binned), 'picture is', 'pictures are')} in the bin of this project. Bring them back?"
        choices = (Choice("restore", "Bring them back, with their marks"), Choice("leave", "Leave them there"))
        question = Ask("bin", text, choices, "restore")
        plan.questions.append(question)
        restored = question.answer(self.given) == "restore"
        plan.restored, plan.left_in_bin = (binned, []) if restored else ([], binned)

    def understand(self, plan: Planned, table: tables.Plan) -> None:
        """What the table says of which labels and cells of the project, as far as nothing about itself is open."""
        if any(one.answer(self.given) is None for one in plan.questions):
            return
        plan.labels = vocabulary(self.imported.project_id, table.labels, self.given)
        plan.questions += plan.labels.questions
        plan.images = self.images_of(plan)
        standing = Standing(self.imported.project_id)
        standing.load([target for target in plan.labels.targets if target])
        names = self.names_of(plan)
        self.tell(92, "Comparing with the marks there are")
        plan.words = words_of(table, plan.matched, plan.labels.targets, plan.images, names, standing)
        asked = asked_of(plan.words)
        plan.questions += asked
        plan.policy = Policy(**{one.id: str(one.answer(self.given)) for one in asked if one.id in POLICIES})

    def images_of(self, plan: Planned) -> Ids:
        """Id of each picture that the table is about: 0 for new ones, -1 for those that stay in the bin."""
        left, known = set(plan.left_in_bin), plan.known
        return np.array(
            [-1 if one in left else known.ids.get(one) or known.bin.get(one, 0) for one in plan.matched.hashes],
            np.int64,
        )

    def names_of(self, plan: Planned) -> list[str]:
        """A name of each picture that the table is about."""
        named = {one.sha256: one.name for one in plan.known.names} | {p.sha256: p.name for p in plan.look.pictures}
        return [named.get(sha256, sha256) for sha256 in plan.matched.hashes]

    def refuse(self, plan: Planned) -> None:
        """Everything that does not come in, with the file and the line."""
        for name, reason in plan.look.refused:
            plan.errors.append({"file": name, "line": None, "message": reason})
        for one in plan.look.pictures:
            if one.sha256 in plan.known.lost:
                text = "It was deleted here too long ago to come back, and is not removed for good yet."
                plan.errors.append({"file": one.name, "line": None, "message": text})
        if plan.table is None:
            return
        told = [(one.line, f"{one.column!r}: {one.text}" if one.column else one.text) for one in plan.table.errors]
        told += plan.matched.errors + [(1, text) for text in plan.labels.errors] + plan.words.errors
        plan.errors += [{"file": plan.table_name, "line": line or None, "message": text} for line, text in sorted(told)]

    def digests(self, plan: Planned) -> dict[str, str]:
        """What matters of each part of the plan."""
        # What leaves marks alone agrees to nothing, so such a question may come meanwhile.
        held = {one.id: one.answer(self.given) for one in plan.questions}
        held = {key: answer for key, answer in held.items() if key not in POLICIES or answer not in ("keep", "leave")}
        table = plan.table
        return {
            "files": digest([plan.look.stamp, plan.look.pictures, plan.look.refused]),
            "table": table.digest({}) if table is not None else "",
            "pictures": digest([plan.matched.hashes, plan.matched.of.tolist()]),
            "labels": digest([plan.labels.targets, [one["name"] for one in plan.labels.new]]),
            "bin": digest(sorted([*plan.restored, *plan.left_in_bin])),
            "marks": digest([part.hex() for part in overwritten(plan.words, plan.policy, plan.images)]),
            "answers": digest(sorted(held.items())),
        }

    def shown(self, plan: Planned) -> dict[str, Any]:
        """What a person reads."""
        new = (
            {one.sha256 for one in plan.look.pictures} - plan.known.ids.keys() - plan.known.bin.keys() - plan.known.lost
        )
        here = {one.sha256 for one in plan.look.pictures} & plan.known.ids.keys()
        pictures = {"new": len(new), "known": len(here), "bin": len(plan.restored) + len(plan.left_in_bin)}
        table = plan.table
        return {
            "pictures": pictures | {"restored": len(plan.restored), "refused": len(plan.look.refused)},
            "table": table_of(plan, table, self.given) if table is not None else None,
            "questions": [one.as_json(self.given) for one in plan.questions],
            "consequences": consequences(plan.words, plan.policy) if plan.words.labels else None,
            "new_labels": plan.labels.new[:ERRORS_TOLD],
            "errors": plan.errors[:ERRORS_TOLD],
            "errors_total": len(plan.errors),
            "notes": plan.notes,
            "digests": plan.digests,
        }


def table_of(plan: Planned, table: tables.Plan, given: Answers) -> dict[str, Any]:
    """How the table was understood."""
    return {
        "name": plan.table_name,
        "profile": table.profile,
        "picture_column": table.picture_column,
        "pictures": len(table.pictures),
        "matched": int((plan.matched.of >= 0).sum()),
        "labels": len(table.labels),
        "columns": columns_of(table),
        "legend": legend_of(table),
    }


def digest(value: Any) -> str:
    """SHA-256 of anything that JSON can say."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=True, sort_keys=True).encode()).hexdigest()
