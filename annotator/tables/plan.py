"""The plan of a table: what it would bring, what its values mean, and what has to be asked first."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotator.tables.labels import look_alikes
from annotator.tables.meanings import ABSENT, CANT_TELL, EITHER, PRESENT, REFUSE, UNKNOWN, VALUES, state
from annotator.tables.parts import BadTable, Block, Claims, Problem, Question, Source
from annotator.tables.profiles import profile_of
from annotator.words import counted

ZERO, MINUS, COMPLETE, EMPTY = "zero", "minus_one", "complete", "empty_list"
# In the legend of a plan with open questions; no cell is made while it stands there.
ASKED = "asked"
# So many wrong cells are told one by one; the rest as a number.
MOST_ERRORS = 10_000
LINES_AT_ONCE = 5_000
# Fewer cells do not show that 0 and -1 keep apart.
HABIT = 10


class Cell(NamedTuple):
    """What the table says of one label of one picture; `value` is 1, -1 or "cant_tell"."""

    picture: str
    label: str
    value: int | str
    line: int


class Part(NamedTuple):
    """Cells of one label: pictures, values (2: can't tell) and lines, by line."""

    pictures: NDArray[np.int32]
    values: NDArray[np.int8]
    lines: NDArray[np.int32]


@dataclass(frozen=True)
class Cells:
    """Cells as arrays, a part for each label: a million take nine MB. Iterating gives them by line."""

    pictures: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(part.values) for part in self.parts)

    def __iter__(self) -> Iterator[Cell]:
        last = max((int(part.lines[-1]) for part in self.parts if len(part.lines)), default=-1)
        for line in range(0, last + 1, LINES_AT_ONCE):
            yield from self.between(line, line + LINES_AT_ONCE)

    def between(self, start: int, stop: int) -> Iterator[Cell]:
        """Cells of these lines."""
        found = []
        for label, part in enumerate(self.parts):
            chosen = slice(*np.searchsorted(part.lines, (start, stop)).tolist())
            told = (part.lines[chosen].tolist(), part.pictures[chosen].tolist(), part.values[chosen].tolist())
            found += [(line, label, picture, value) for line, picture, value in zip(*told, strict=True)]
        for line, label, picture, value in sorted(found):
            yield Cell(self.pictures[picture], self.labels[label], shown(value), line)

    def count(self, value: int) -> int:
        """How many cells have it."""
        return sum(int((part.values == value).sum()) for part in self.parts)


@dataclass
class Plan:
    """What a table would bring. `cells` is empty while `open` is not."""

    profile: str
    picture_column: str
    columns: dict[str, str]
    legend: dict[str, str]
    counts: dict[str, int]
    questions: list[Question]
    open: list[Question]
    errors: list[Problem]
    notes: list[str]
    labels: list[str]
    pictures: list[str]
    cells: Cells = field(default_factory=Cells)
    claims: Claims | None = None
    blocks: list[Block] = field(default_factory=list)

    def unknown_of(self, label: int) -> NDArray[np.int32]:
        """Pictures of which the table says that this label is unknown there: those that it names, and leaves blank."""
        block = self.blocks[label]
        unknown = np.array([self.legend.get(text.strip(), UNKNOWN) == UNKNOWN for text in block.texts], bool)
        said = np.flatnonzero(unknown[block.codes]) if len(block.texts) else np.zeros(0, np.int64)
        return np.setdiff1d(block.pictures[said], self.cells.parts[label].pictures).astype(np.int32)

    def digest(self, answers: Mapping[str, str]) -> str:
        """SHA-256 of all that was agreed: it changes with any cell, meaning, label or answer."""
        agreed = [self.profile, self.columns, self.legend, self.labels, sorted(answers.items())]
        found = hashlib.sha256(json.dumps(agreed, ensure_ascii=False).encode())
        found.update("\0".join(self.pictures).encode())
        for part in self.cells.parts:
            found.update(part.pictures.tobytes() + part.values.tobytes())
        return found.hexdigest()

    def as_json(self) -> dict[str, Any]:
        """As `read_table` writes it, but for the cells, which may be millions."""
        return {
            "profile": self.profile,
            "picture_column": self.picture_column,
            "columns": self.columns,
            "legend": self.legend,
            "counts": self.counts,
            "questions": [{"id": one.id, "text": one.text, "choices": list(one.choices)} for one in self.open],
            "errors": [{"line": one.line, "column": one.column, "text": one.text} for one in self.errors],
            "labels": self.labels,
            "notes": self.notes,
        }


def plan(source: Source, answers: Mapping[str, str] | None = None) -> Plan:
    """The plan of a source under these answers. Raises BadTable, also for an answer that is no choice."""
    given = dict(answers or {})
    claims = profile_of(source).read(source, given)
    claims.grid = claims.grid or source.grid
    questions = list(claims.questions)
    merged = merge_look_alikes(claims, given, questions)
    legend, counts = legend_of(merged, claims, given, questions)
    ask_completeness(claims, questions)
    for question in questions:
        chosen = given.get(question.id, question.choices[0])
        if chosen not in question.choices and not question.id.startswith("value:"):
            choices = ", ".join(question.choices)
            raise BadTable(f"{given[question.id]!r} is no answer to {question.id!r}. It is one of: {choices}.")
    open_questions = [question for question in questions if question.id not in given]
    errors = claims.errors + refused(merged, legend)
    made = Plan(
        claims.profile, claims.picture_column, claims.columns, legend, counts, questions, open_questions, errors,
        claims.notes, [block.label for block in merged], claims.pictures, claims=claims, blocks=merged,
    )  # fmt: skip
    if not open_questions:
        made.cells, contradictions = cells_of(merged, claims, legend, given)
        made.errors += contradictions
        if not len(made.cells):
            made.notes.append("The table says nothing of any label: labels would be made, and no marks.")
    made.errors.sort(key=lambda problem: problem.line)
    return made


def merge_look_alikes(claims: Claims, answers: Mapping[str, str], questions: list[Question]) -> list[Block]:
    """One block a label. Names that differ in little are asked about, and are one label only when a person says so."""
    renamed: dict[str, str] = {}
    for group in look_alikes(claims.labels) if not claims.exact else ():
        text = f"{', '.join(map(repr, group))} differ only in case, accents or form. One label, or several?"
        question = Question(f"same_label:{group[0]}", text, ("one", "several"))
        if len(set(group)) == 1:
            question = Question(
                question.id, f"{group[0]!r} stands {len(group)} times in the header. Is it one label?", ("one",)
            )
        questions.append(question)
        if answers.get(question.id) == "one":
            renamed |= dict.fromkeys(group, group[0])
    by_name: dict[str, Block] = {}
    for block in claims.blocks:
        name = renamed.get(block.label, block.label)
        known = by_name.get(name)
        by_name[name] = (
            joined(known, block) if known else Block(name, block.pictures, block.texts, block.codes, block.lines)
        )
    return list(by_name.values())


def joined(one: Block, other: Block) -> Block:
    """Both blocks in one."""
    codes = np.concatenate([one.codes.astype(np.int32), other.codes.astype(np.int32) + len(one.texts)])
    pictures, lines = np.concatenate([one.pictures, other.pictures]), np.concatenate([one.lines, other.lines])
    return Block(one.label, pictures, one.texts + other.texts, codes, lines)


def texts_of(blocks: list[Block]) -> dict[str, int]:
    """Every text that is said of a label, with how often."""
    found: dict[str, int] = {}
    for block in blocks:
        counts = np.bincount(block.codes, minlength=len(block.texts)).tolist()
        for text, count in zip(block.texts, counts, strict=True):
            if count:
                found[text.strip()] = found.get(text.strip(), 0) + count
    return found


def legend_of(
    blocks: list[Block], claims: Claims, answers: Mapping[str, str], questions: list[Question]
) -> tuple[dict[str, str], dict[str, int]]:
    """(text -> meaning, text -> how often). Numbers that a person must explain are asked."""
    counts = texts_of(blocks)
    states = {text: state(text) for text in counts}
    meant = {"1": PRESENT, "0": UNKNOWN, "-1": ABSENT} | numbers(states, blocks, claims, answers, questions)
    legend = {}
    for text, said in states.items():
        known = claims.legend.get(text) or (claims.legend.get(said) if said in ("1", "0", "-1") else None)
        legend[text] = known or (REFUSE if said is None else meant.get(said, said))
        if legend[text] == EITHER:
            told = counted(counts[text], "cell")
            words = f"{text!r} stands in {told} of labels. Does it say absent, or that nothing is known?"
            questions.append(Question(f"value:{text}", words, (ABSENT, UNKNOWN, CANT_TELL)))
            legend[text] = ASKED
        # A person may say what any text means, asked or not.
        chosen = answers.get(f"value:{text}")
        if chosen is not None and chosen not in VALUES:
            raise BadTable(f"{chosen!r} is no meaning of {text!r}. It is one of: {', '.join(VALUES)}.")
        legend[text] = chosen or legend[text]
    return legend, counts


def numbers(
    states: Mapping[str, str | None],
    blocks: list[Block],
    claims: Claims,
    answers: Mapping[str, str],
    questions: list[Question],
) -> dict[str, str]:
    """What 0 and -1 mean where only a person knows: 0 beside 1 without -1, and -1 with 0 and blanks.

    Also where some labels have 0 and others -1, and none has both: two habits in one table.
    """
    found = {}
    said = set(states.values())
    blanks = UNKNOWN in said
    apart = two_habits(blocks, states)
    if "-1" in said and "0" in said and blanks and not {"-1", "0"} <= set(claims.legend):
        text = "The table holds -1, 0 and blanks. Does -1 say that a label is absent, or that nobody could tell?"
        questions.append(Question(MINUS, text, (ABSENT, CANT_TELL, UNKNOWN)))
        found["-1"] = answers.get(MINUS, ASKED)
    positive = "1" in said or PRESENT in said
    if "0" in said and "0" not in claims.legend and ("-1" in found or (positive and ("-1" not in said or apart))):
        beside = "-1 and blanks" if "-1" in found else "1 and never -1" if "-1" not in said else "labels that have -1"
        text = f"The table holds 0 beside {beside}. Does 0 say that a label is absent, or that nothing is known of it?"
        questions.append(Question(ZERO, text, (ABSENT, UNKNOWN, CANT_TELL)))
        found["0"] = answers.get(ZERO, ASKED)
    return found


def two_habits(blocks: list[Block], states: Mapping[str, str | None]) -> bool:
    """Whether some labels have 0 and others -1, none has both, and that is hardly chance."""
    zeros = minuses = 0
    for block in blocks:
        counts = np.bincount(block.codes, minlength=len(block.texts)).tolist()
        told = [(states.get(text.strip()), count) for text, count in zip(block.texts, counts, strict=True)]
        zero, minus = (sum(count for said, count in told if said == wanted) for wanted in ("0", "-1"))
        if zero and minus:
            return False
        zeros, minuses = zeros + zero, minuses + minus
    return min(zeros, minuses) >= HABIT


def ask_completeness(claims: Claims, questions: list[Question]) -> None:
    """Lists name what is there. Whether the rest is absent, only a person knows."""
    if claims.listed and claims.labels:
        text = "The table only names labels that are there. Are the others of a picture absent there, or unknown?"
        questions.append(Question(COMPLETE, text, (ABSENT, UNKNOWN)))
    if claims.empty and claims.labels:
        told = counted(len(claims.empty), "picture has", "pictures have")
        text = f"{told} an empty list. Are all labels absent there, or is nothing known?"
        questions.append(Question(EMPTY, text, (ABSENT, UNKNOWN)))


def refused(blocks: list[Block], legend: Mapping[str, str]) -> list[Problem]:
    """Cells whose text has no meaning: each costs itself alone."""
    found: list[Problem] = []
    more = 0
    for block in blocks:
        bad = np.array([legend.get(text.strip(), REFUSE) == REFUSE for text in block.texts], bool)
        if not bad.any():
            continue
        for at in np.flatnonzero(bad[block.codes]).tolist():
            if len(found) < MOST_ERRORS:
                text = block.texts[block.codes[at]].strip()
                found.append(
                    Problem(
                        int(block.lines[at]), block.label, f"{text!r} is no value of a label. The cell stays unknown."
                    )
                )
            else:
                more += 1
    if more:
        found.append(Problem(0, "", f"{counted(more, 'more cell has', 'more cells have')} no value of a label."))
    return found


def cells_of(
    blocks: list[Block], claims: Claims, legend: Mapping[str, str], answers: Mapping[str, str]
) -> tuple[Cells, list[Problem]]:
    """All cells by line, and the claims that contradict an earlier one of the same cell."""
    rest = ((claims.listed, COMPLETE), (claims.empty, EMPTY))
    filled = [pair for pairs, question in rest if answers.get(question) == ABSENT for pair in pairs]
    filled_at = np.array(filled, np.int32).reshape(-1, 2)
    errors: list[Problem] = []
    parts = []
    for block in blocks:
        values = np.array([VALUES[legend.get(text.strip(), UNKNOWN)] for text in block.texts] or [0], np.int8)
        said = values[block.codes]
        at = np.flatnonzero((said != 0) & (said != VALUES[REFUSE]))
        part = Part(block.pictures[at], said[at], block.lines[at])
        if len(at) and np.bincount(part.pictures).max() > 1:
            part = first_of_each(block.label, part, claims.pictures, errors)
        parts.append(by_line(with_absent(part, filled_at, block) if filled else part))
    return Cells(claims.pictures, [block.label for block in blocks], parts), errors


def with_absent(part: Part, filled: NDArray[np.int32], block: Block) -> Part:
    """The part, and absent for each of the (picture, line) that the block does not mention, not even as unknown."""
    free = filled[~np.isin(filled[:, 0], block.pictures)]
    more = Part(free[:, 0], np.full(len(free), -1, np.int8), free[:, 1])
    return Part(
        np.concatenate([part.pictures, more.pictures]),
        np.concatenate([part.values, more.values]),
        np.concatenate([part.lines, more.lines]),
    )


def by_line(part: Part) -> Part:
    """The part sorted by line; most are already."""
    if not (np.diff(part.lines) < 0).any():
        return part
    order = np.argsort(part.lines, kind="stable")
    return Part(part.pictures[order], part.values[order], part.lines[order])


def first_of_each(label: str, part: Part, pictures: list[str], errors: list[Problem]) -> Part:
    """The first claim of each picture; later ones that contradict it become errors."""
    places, values, lines = part
    _, first, of = np.unique(places, return_index=True, return_inverse=True)
    for at in np.flatnonzero(values != values[first][of]).tolist():
        text = f"{label!r} on {pictures[places[at]]!r} contradicts line {lines[first[of[at]]]}, which stays."
        errors.append(Problem(int(lines[at]), label, text))
    return Part(places[first], values[first], lines[first])


def shown(value: int) -> int | str:
    """1, -1 or "cant_tell"."""
    return value if value in (1, -1) else "cant_tell"


def described(made: Plan) -> Iterator[str]:
    """The plan in lines for a terminal."""
    yield f"Profile: {made.profile}. Pictures are named by {made.picture_column!r}: {len(made.pictures)}."
    yield from (f"  column {name!r}: {role}" for name, role in made.columns.items())
    yield from (f"  {text!r} ({made.counts[text]}) means {meaning}" for text, meaning in made.legend.items())
    yield from (f"Note: {note}" for note in made.notes)
    yield from (f"Line {one.line}{', ' + one.column if one.column else ''}: {one.text}" for one in made.errors[:20])
    if len(made.errors) > 20:
        yield f"… and {len(made.errors) - 20} more lines and cells that were refused."
    for one in made.open:
        yield f"Question {one.id}: {one.text} ({' | '.join(one.choices)})"
    if not made.open:
        present, absent, unsure = (made.cells.count(value) for value in (1, -1, VALUES[CANT_TELL]))
        yield f"{counted(len(made.cells), 'cell')}: {present} present, {absent} absent, {unsure} can't tell."
