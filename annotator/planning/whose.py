"""Which picture each line of a table is about: of the upload, of the project, or of neither."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from annotator.planning.known import Known
from annotator.planning.look import Look
from annotator.planning.questions import Answers, Ask, Choice, of_table
from annotator.tables.names import NONE, REASONS, Matches, Picture, agreed, match, plain, questions_of
from annotator.tables.plan import Plan
from annotator.words import counted

REFUSED = "refused:"
CONTENT = "names:content"


@dataclass
class Whose:
    """`hashes`: each picture that the table is about; `of` [pictures of the table]: its place in them, -1 for none.

    `errors`: (line, text) of pictures that are not there.
    """

    hashes: list[str] = field(default_factory=list)
    of: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    questions: list[Ask] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)


def whose(table: Plan, look: Look, known: Known, given: Answers) -> Whose:
    """Match the table's pictures by content hash, then by name."""
    assert table.claims is not None
    pictures = list(candidates(look, known))
    told = table.claims.hashes or [""] * len(table.pictures)
    here = {one.sha256 for one in pictures if one.sha256}
    by_hash = {place: sha256 for place, sha256 in enumerate(told) if sha256 in here}
    others = [place for place in range(len(told)) if place not in by_hash]
    matches = match([table.pictures[place] for place in others], pictures)
    stale = {table.pictures[place] for place in others if told[place]} & matches.found.keys()
    named = {one.key: one for one in pictures}
    found = Whose(questions=asked(matches, named, stale))
    keys = agreed(matches, given)
    if given.get(CONTENT) != "yes":
        keys = {name: key for name, key in keys.items() if name not in stale}
    of_place = by_hash | {place: keys[table.pictures[place]] for place in others if table.pictures[place] in keys}
    found.hashes = list(dict.fromkeys(of_place[place] for place in sorted(of_place)))
    at = {sha256: place for place, sha256 in enumerate(found.hashes)}
    found.of = np.array([at.get(of_place.get(place, ""), -1) for place in range(len(told))], np.int32)
    tell_missing(table, matches, named, found)
    return found


def candidates(look: Look, known: Known) -> Iterable[Picture]:
    """Every picture and refused file under each of its names."""
    yield from known.names
    for one in look.pictures:
        if one.sha256 not in known.lost:
            yield Picture(one.sha256, one.name, one.sha256)
    for name, _ in look.refused:
        yield Picture(REFUSED + plain(name), name, refused="refused")


def asked(matches: Matches, named: dict[str, Picture], stale: set[str]) -> list[Ask]:
    """What a person must say of names."""
    shown = {key: f"{one.name} (refused)" if one.refused else one.name for key, one in named.items()}
    shown |= {NONE: "None of these: leave its lines out"}
    # A refused file cannot be chosen: it did not come in.
    found = [of_table(one, shown) for one in questions_of(matches, named)]
    found = [
        Ask(one.id, one.text, tuple(c for c in one.choices if not c.value.startswith(REFUSED)), one.proposed)
        for one in found
    ]
    if stale:
        name = next(iter(sorted(stale)))
        told = counted(len(stale), "name fits", "names fit")
        text = f"{told} a picture of another content than the table says, as {name!r}. Take them?"
        found.append(Ask(CONTENT, text, (Choice("yes", "Yes"), Choice("no", "No, leave them out"))))
    return found


def tell_missing(table: Plan, matches: Matches, named: dict[str, Picture], found: Whose) -> None:
    """Name what is not there, each picture once, by the first line that speaks of it."""
    lines = first_lines(table)
    proposed = {name: reason for reason, names in matches.proposed.items() for name in names}
    for place in np.flatnonzero(found.of < 0).tolist():
        name = table.pictures[place]
        if name in matches.refused:
            text = f"The picture {name!r} was refused, so its labels are not taken."
        elif name in matches.several:
            text = f"{name!r} fits more than one picture." if len(matches.several[name]) > 1 else ambiguous(name)
        elif name in proposed:
            key = matches.proposed[proposed[name]][name]
            text = (
                f"There is no picture {name!r}. Did you mean {named[key].name!r}? It differs {REASONS[proposed[name]]}."
            )
        elif name in matches.found:
            text = f"The picture {name!r} here has another content than the table says."
        else:
            text = f"There is no picture {name!r}. Names are relative to the imported folder or archive."
        found.errors.append((int(lines[place]), text))


def ambiguous(name: str) -> str:
    """Why a name that fits one picture is not taken."""
    return f"Names in other folders fit the same picture as {name!r} does. Write the path that the picture has here."


def first_lines(table: Plan) -> NDArray[np.int64]:
    """The first line that speaks of each picture; 0 where no cell does."""
    lines = np.full(len(table.pictures), np.iinfo(np.int64).max, np.int64)
    for block in table.blocks:
        np.minimum.at(lines, block.pictures, block.lines)
    lines[lines == np.iinfo(np.int64).max] = 0
    return lines
