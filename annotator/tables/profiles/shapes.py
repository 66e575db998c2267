"""Tables of nobody in particular: a column a label, a line a label, or a column of lists. Tern's own are such, too."""

import ast
import json
import re
from collections.abc import Callable, Iterator

import numpy as np

from annotator.tables.labels import tidy
from annotator.tables.meanings import is_blank, number, state
from annotator.tables.parts import BadTable, Block, Claims, Column, Detail, Grid, Problem, Question, Source
from annotator.tables.profiles.base import LISTS, NAMED, Answers, Profile, Telling, grid_of
from annotator.tables.profiles.categories import categories
from annotator.tables.read import told
from annotator.tables.roles import LABEL_NAMES, VALUE_NAMES, is_index, picture_scores, plain, role_of

NONE_WORDS = {
    "no finding", "no findings", "none", "normal", "nothing", "empty", "blank", "background", "negative", "no label",
    "no labels", "none of them", "no objects",
}  # fmt: skip
PICTURE_QUESTION, HASH = "picture_column", "sha256"
DETAILS = ("metadata", "group", "split")
VALUED = re.compile(r"(.+?)\s*[:=]\s*([^:=]*)$")
# Under so many different texts a column is no list of categories.
MOST_CATEGORIES = 60
# The answer that each value of each column of texts is a label.
EACH = "each"


def picture_column(grid: Grid, answers: Answers, claims: Claims, name: str) -> Column:
    """The column that names the pictures; asked when two fit as well or none does."""
    answer = answers.get(PICTURE_QUESTION)
    ranked = picture_scores(grid)
    if answer is not None and (chosen := grid.column(answer)) is not None:
        return chosen
    best = ranked[0]
    unsure = best[0] < 0.4 or (len(ranked) > 1 and best[0] - ranked[1][0] < 0.005 and ranked[1][0] > 0)
    if unsure:
        if len(grid.columns) < 2:
            raise BadTable(f"{name}: no column names the pictures. Call it 'image'; the header has: {grid.names[0]!r}.")
        claims.questions.append(Question(PICTURE_QUESTION, "Which column names the pictures?", tuple(grid.names)))
    return best[1]


def rows_of_pictures(claims: Claims, grid: Grid, column: Column) -> tuple[np.ndarray, np.ndarray]:
    """(rows, picture of each row); rows without a name are errors. Fills in the claims' pictures and their hashes."""
    digest = grid.column(HASH)
    if digest is not None and digest is not column:
        pictures = hashed_pictures(claims, column, digest)
    else:
        places: dict[str, int] = {}
        names = [text.strip() for text in column.texts]
        of_text = np.array([places.setdefault(name, len(places)) if name else -1 for name in names], np.int32)
        pictures = of_text[column.codes] if len(names) else np.zeros(0, np.int32)
        claims.pictures = list(places)
    rows = np.flatnonzero(pictures >= 0)
    for row in np.flatnonzero(pictures < 0).tolist():
        claims.errors.append(Problem(int(grid.lines[row]), column.name, "The picture is not named."))
    return rows, pictures[rows]


def hashed_pictures(claims: Claims, column: Column, digest: Column) -> np.ndarray:
    """The picture of each row, -1 for none. Two pictures may share a name, so it is told by name and hash together."""
    places: dict[tuple[str, str], int] = {}
    names = [text.strip() for text in column.texts]
    hashes = [text.strip().lower() for text in digest.texts]
    pairs = zip(column.codes.tolist(), digest.codes.tolist(), strict=True)
    told = ((names[name] or hashes[sha], hashes[sha]) for name, sha in pairs)
    pictures = np.fromiter(
        (places.setdefault(pair, len(places)) if pair[0] else -1 for pair in told), np.int32, len(column.codes)
    )
    claims.pictures, claims.hashes = [name for name, _ in places], [sha for _, sha in places]
    return pictures


def tell_details(claims: Claims, grid: Grid, rows: np.ndarray, pictures: np.ndarray) -> None:
    """Keep what other columns say of the pictures."""
    for column in grid.columns:
        role = claims.columns.get(column.name, "")
        if role in DETAILS:
            claims.details.append(Detail(role, column, rows, pictures))


def roles(grid: Grid, picture: Column, answers: Answers, claims: Claims) -> dict[int, str]:
    """Place -> role of every column; unsure ones are asked."""
    found: dict[int, str] = {}
    for place, column in enumerate(grid.columns):
        if column is picture:
            found[place] = "picture"
            continue
        role, sure = ("ignored", True) if is_index(column) else role_of(column)
        if not sure:
            question = Question(
                f"column:{column.name}",
                f"Is {column.name!r} a label, or does it tell something else?",
                ("label", "metadata"),
            )
            claims.questions.append(question)
            role = answers.get(question.id, role)
        found[place] = role
    return found


def read(source: Source, answers: Answers) -> Claims:
    """A table by its shape."""
    grid = grid_of(source)
    claims = Claims("wide", "", {}, [], errors=list(grid.errors), notes=list(source.notes))
    picture = picture_column(grid, answers, claims, source.name)
    claims.picture_column = picture.name
    found = roles(grid, picture, answers, claims)
    labels = [place for place, role in found.items() if role == "label"]
    naming = next(
        (p for p, c in enumerate(grid.columns) if plain(c.name) in LABEL_NAMES and found[p] == "metadata"), None
    )
    value = next(
        (p for p, c in enumerate(grid.columns) if plain(c.name) in VALUE_NAMES and found[p] in ("label", "metadata")),
        None,
    )
    if naming is not None and value is not None and set(labels) <= {value}:
        found.update({naming: "labels", value: "value"})
        claims.columns = names_of(grid, found)
        claims.questions = [one for one in claims.questions if one.id != f"column:{grid.columns[value].name}"]
        return long(claims, grid, picture, grid.columns[naming], grid.columns[value])
    if naming is None and not labels:
        naming, several = lonely(grid, found, answers, claims)
        if several:
            found.update(dict.fromkeys(several, "labels"))
            claims.columns = names_of(grid, found)
            rows, pictures = rows_of_pictures(claims, grid, picture)
            tell_details(claims, grid, rows, pictures)
            return categories(claims, grid, [grid.columns[place] for place in several], rows, pictures)
    if naming is not None and not labels:
        found[naming] = "labels"
        claims.columns = names_of(grid, found)
        return lists(claims, grid, picture, grid.columns[naming], answers)
    if not labels and (scored := [p for p, role in found.items() if role == "metadata" and is_score(grid.columns[p])]):
        found.update(dict.fromkeys(scored, "score"))
        claims.profile = "scores"
        claims.notes.append("The columns of probabilities are scores of another model: suggestions, never marks.")
    claims.columns = names_of(grid, found)
    return wide(claims, grid, picture, labels, source)


def names_of(grid: Grid, found: dict[int, str]) -> dict[str, str]:
    """Header -> role."""
    return {grid.columns[place].name: role for place, role in sorted(found.items())}


def is_score(column: Column) -> bool:
    """Whether all cells are between 0 and 1, and some truly between."""
    values = [number(text) for text in column.used() if not is_blank(text)]
    return (
        bool(values)
        and all(value is not None and 0 <= value <= 1 for value in values)
        and any(value not in (0, 1) for value in values)
    )


def lonely(grid: Grid, found: dict[int, str], answers: Answers, claims: Claims) -> tuple[int | None, list[int]]:
    """In a table without columns of labels: the column of texts that name them, or several whose values are labels.

    Which, is asked.
    """
    texts = [
        place for place, column in enumerate(grid.columns)
        if found[place] == "metadata" and any(number(text) is None for text in column.used() if text)
        and 0 < len(column.used()) <= max(MOST_CATEGORIES, len(column.codes) // 3)
    ]  # fmt: skip
    if not texts:
        return None, []
    names = tuple(grid.columns[place].name for place in texts)
    example = grid.columns[texts[0]]
    value = next(text for text in example.used() if text)
    text = (
        "No column holds values of labels. Which one names the labels of a picture, or is each value of each column a "
        f"label, as in '{example.name}={value}'?"
    )
    question = Question("label_column", text, (*names, *((EACH,) if EACH not in names else ()), "none"))
    claims.questions.append(question)
    answer = answers.get(question.id)
    if answer == EACH and EACH not in names:
        return None, texts
    return (texts[names.index(answer)] if answer in names else None), []


def wide(claims: Claims, grid: Grid, picture: Column, labels: list[int], source: Source) -> Claims:
    """A column a label."""
    rows, pictures = rows_of_pictures(claims, grid, picture)
    tell_details(claims, grid, rows, pictures)
    whole = len(rows) == len(grid.lines)
    lines = grid.lines if whole else grid.lines[rows]
    for place in labels:
        column = grid.columns[place]
        name = tidy(column.name)
        if not name:
            claims.errors.append(Problem(1, "", f"Column {place + 1} holds values, but has no name. Name the label."))
            continue
        claims.labels.append(name)
        claims.blocks.append(Block(name, pictures, column.texts, column.codes if whole else column.codes[rows], lines))
    if claims.profile == "wide":
        claims.profile = wide_name(grid, claims, source)
    return claims


def wide_name(grid: Grid, claims: Claims, source: Source) -> str:
    """Which of the tools that write a column a label this is from."""
    values = {state(text) for block in claims.blocks for text in block.texts}
    if source.format == "npz":
        return "npz"
    if grid.column("sha256") is not None:
        return "tern_csv"
    if "5_o_clock_shadow" in {name.casefold() for name in grid.names} or source.name.startswith("list_attr"):
        return "celeba"
    if source.name.endswith("_classes.csv"):
        return "roboflow"
    return "one_hot" if "0" in values and "-1" not in values else "wide"


def long(claims: Claims, grid: Grid, picture: Column, naming: Column, value: Column) -> Claims:
    """A line a label: picture, label, value."""
    if is_score(value):
        claims.profile, claims.columns[value.name] = "scores", "score"
        claims.notes.append("Lines of probabilities are scores of another model: suggestions, never marks.")
        rows_of_pictures(claims, grid, picture)
        return claims
    claims.profile = "long"
    rows, pictures = rows_of_pictures(claims, grid, picture)
    by_name: dict[str, list[int]] = {}
    for code, text in enumerate(naming.texts):
        by_name.setdefault(tidy(text), []).append(code)
    for name, codes in by_name.items():
        at = np.flatnonzero(np.isin(naming.codes[rows], codes))
        if not name:
            claims.errors += [
                Problem(int(grid.lines[rows[one]]), naming.name, "The label is not named.") for one in at.tolist()
            ]
            continue
        claims.labels.append(name)
        claims.blocks.append(Block(name, pictures[at], value.texts, value.codes[rows[at]], grid.lines[rows[at]]))
    return claims


def lists(claims: Claims, grid: Grid, picture: Column, naming: Column, answers: Answers) -> Claims:
    """A column whose cells name the labels of a picture: what they name is there."""
    if claims.profile == "wide":
        claims.profile = "list"
    rows, pictures = rows_of_pictures(claims, grid, picture)
    tell_details(claims, grid, rows, pictures)
    names, telling = claims.pictures, Telling()
    telling.know(claims)
    split = splitter(naming, answers, claims)
    items = [split(text) for text in naming.texts]
    nothing = nothing_words(items, answers, claims)
    listed: dict[int, int] = {}
    named: set[int] = set()
    none: list[tuple[int, int]] = []
    valued = False
    for row, place in zip(rows.tolist(), pictures.tolist(), strict=True):
        line, said = int(grid.lines[row]), items[naming.codes[row]]
        listed.setdefault(place, line)
        if said and all(label.casefold() in nothing for label, _ in said):
            none.append((place, line))
            continue
        for label, text in said:
            named.add(place)
            valued |= text != NAMED
            telling.say(place, label, text, line)
    for place, line in none:
        if place in named:
            claims.errors.append(
                Problem(line, naming.name, f"{names[place]!r} is said to have none, and to have some.")
            )
            continue
        for label in list(telling.labels):
            telling.say(place, label, "none of them", line)
    said_none = {place for place, _ in none}
    if not valued:
        claims.listed = [(place, line) for place, line in listed.items() if place in named]
        claims.empty = [(place, line) for place, line in listed.items() if place not in named | said_none]
    claims.legend |= {NAMED: "present", "none of them": "absent"}
    return telling.into(claims)


def nothing_words(items: "list[list[Item]]", answers: Answers, claims: Claims) -> set[str]:
    """Words that stand alone and may mean that none of the labels is there; each is asked."""
    alone = dict.fromkeys(one[0][0] for one in items if len(one) == 1 and one[0][0].casefold() in NONE_WORDS)
    found = set()
    for word in alone:
        text = f"{word!r} stands alone in some cells. Are all labels absent there, or is it a label of its own?"
        question = Question(f"none_word:{word}", text, ("none", "label"))
        claims.questions.append(question)
        if answers.get(question.id, "none") == "none":
            found.add(word.casefold())
    return found


Item = tuple[str, str]
Splitter = Callable[[str], list[Item]]


def splitter(column: Column, answers: Answers, claims: Claims) -> Splitter:
    """How cells of this column are cut into (label, text): as JSON, or at one separator, the same in all.

    Where every item ends in a value, as in `cat:1;dog:0`, the text is that value; else it is NAMED.
    """
    separator = separator_of(column, answers, claims)

    def names(text: str) -> list[str]:
        cell = text.strip()
        if cell.startswith(("[", "{")) and (parsed := parsed_list(cell)) is not None:
            return parsed
        if is_blank(cell):
            return []
        return list(dict.fromkeys(part for part in map(tidy, cell.split(separator) if separator else [cell]) if part))

    every = [name for text in column.used() for name in names(text)]
    valued = bool(every) and all((found := VALUED.match(name)) and state(found[2]) is not None for name in every)

    def items(text: str) -> list[Item]:
        if not valued:
            return [(name, NAMED) for name in names(text)]
        return [(tidy(found[1]), found[2]) for name in names(text) if (found := VALUED.match(name))]

    return items


def separator_of(column: Column, answers: Answers, claims: Claims) -> str | None:
    """The sign between names; None when each cell is one name. Whether a blank is such a sign is asked."""
    texts = [text for text in column.used() if text and not text.startswith(("[", "{"))]
    joined = "".join(texts)
    found = next((sign for sign in "|;,\n" if sign in joined), None)
    words = {word for text in texts for word in text.split()}
    if found is not None or " " not in joined or len(words) >= len(texts) + joined.count(" ") / 2:
        return found
    example = next(text for text in texts if " " in text)
    text = f"Cells such as {example!r} hold blanks. Are they several labels, or one name?"
    question = Question(f"blanks:{column.name}", text, ("several", "one"))
    claims.questions.append(question)
    return " " if answers.get(question.id) == "several" else None


def parsed_list(text: str) -> list[str] | None:
    """The names in a JSON or Python list, or in Label Studio's {"choices": […]}, or label: value; None for no such."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
    if isinstance(value, dict):
        inner = next((inner for inner in value.values() if isinstance(inner, list)), None)
        value = inner if inner is not None else [f"{name}: {told(one)}" for name, one in value.items()]
    return list(dict.fromkeys(names_in(value))) if isinstance(value, (list, tuple, set)) else None


def names_in(values) -> Iterator[str]:  # type: ignore[no-untyped-def]
    """Texts, and names of objects that have one, at any depth of lists."""
    for value in values:
        if isinstance(value, str) and tidy(value):
            yield tidy(value)
        elif isinstance(value, (list, tuple)):
            yield from names_in(value)
        elif isinstance(value, dict) and (
            name := next(
                (value[key] for key in ("name", "label", "class", "choice") if isinstance(value.get(key), str)), None
            )
        ):
            yield tidy(name)


def recognise(source: Source) -> float:
    """Any table, if nothing else fits."""
    return 0.1 if source.grid is not None and source.grid.columns else 0.0


PROFILES = (Profile("table", recognise, read, LISTS),)
