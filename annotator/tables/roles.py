"""What each column of a table is: what names the pictures, labels, or something else about them."""

import re

from annotator.tables.delimited import PICTURE
from annotator.tables.meanings import is_blank, number, state
from annotator.tables.parts import Column, Grid

PICTURE_NAMES = (
    "image", "filename", "file name", "file", "filepath", "path", "image path", "image name", "imagename", "img",
    "img path", "picture", "photo", "image file", "image index", "image id", "imageid", "images", "img id", "imgid",
    "media", "media id", "mediaid", "uri", "url", "source file", "sourcefile", "frame", "name", "key", "id",
)  # fmt: skip
LABEL_NAMES = (
    "label", "labels", "class", "classes", "category", "categories", "tag", "tags", "labelname", "label name",
    "class name", "classname", "category name", "finding", "findings", "finding labels", "choice", "choices", "species",
    "scientificname", "scientific name", "concept", "annotation", "annotations", "keyword", "keywords", "attribute",
    "attributes",
)  # fmt: skip
VALUE_NAMES = (
    "value", "state", "present", "presence", "confidence", "verified", "answer", "is present", "exists", "status",
    "label value", "mark", "positive", "verdict", "response", "score", "probability",
)  # fmt: skip
SPLIT_NAMES = ("split", "subset", "partition", "data type", "is train", "fold", "data split")
SPLITS = {"train", "training", "val", "valid", "validation", "dev", "test", "testing", "unlabeled"}
GROUP_NAMES = (
    "group", "group key", "patient", "patient id", "patientid", "subject id", "study id", "sequence", "seq id",
    "camera", "location", "deploymentid", "burst",
)  # fmt: skip
# Numbers under such headers name or count something, whatever their values are.
NAMING = re.compile(
    r"(^|[ .#])(id|ids|idx|index|annotator|rater|user|worker|hash|sha256|md5|fold|timestamp|date|time|path|url)"
    r"($|[ .#])|[a-z]ID$"
)
# And these nearly always do: a person is asked when all their numbers could be states of a label.
COUNTING = re.compile(
    r"(^|[ .#])(no|nr|num|number|count|counts|age|year|month|day|width|height|x|y|w|h|xmin|xmax|ymin|ymax|size|lat|lon"
    r"|latitude|longitude|row|rank|version|batch|follow up|confidence|score|probability|sex|gender|male|female)"
    r"($|[ .#])"
)
HASH = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)


def plain(name: str) -> str:
    """A header without case, signs between words, and surrounding blanks."""
    return re.sub(r"[\s_\-]+", " ", name).strip().casefold()


def is_index(column: Column) -> bool:
    """A column without a name that counts the rows, as pandas writes it."""
    if column.name.strip() and not plain(column.name).startswith("unnamed:"):
        return False
    texts = [column.text(row) for row in range(min(len(column.codes), 200))]
    start = texts[0] if texts else ""
    return start in {"0", "1"} and texts == [str(int(start) + row) for row in range(len(texts))]


def picture_scores(grid: Grid) -> list[tuple[float, Column]]:
    """How much each column looks like the names of pictures, best first."""
    found = []
    for place, column in enumerate(grid.columns):
        header = plain(column.name)
        used = [text for text in column.used() if text]
        points = 0.0
        if header in PICTURE_NAMES:
            points += 2 - PICTURE_NAMES.index(header) / 100
        if used and sum(bool(PICTURE.search(text.partition("?")[0])) for text in used[:500]) > 0.5 * min(
            500, len(used)
        ):
            points += 3
        if header in ("id", "name", "key") and all(number(text) is not None for text in used):
            points -= 1.5
        found.append((points - place / 10_000, column))
    return sorted(found, key=lambda pair: -pair[0])


def role_of(column: Column) -> tuple[str, bool]:
    """(role, sure) of a column that does not name pictures. Unsure: its numbers could be a label or something else."""
    header, used = plain(column.name), column.used()
    said = {text: count for text, count in used.items() if not is_blank(text)}
    states = {text: count for text, count in said.items() if state(text) is not None}
    if header == "sha256" or (said and all(HASH.fullmatch(text) for text in said)):
        return "hash", True
    if header in SPLIT_NAMES or (said and {text.casefold() for text in said} <= SPLITS):
        return "split", True
    if not said:
        return ("label" if header else "ignored"), True
    numeric = all(number(text) is not None for text in said)
    could_be = len(states) == len(said)
    if header in GROUP_NAMES:
        return "group", not (could_be and numeric) or bool(NAMING.search(header))
    if NAMING.search(header) or NAMING.search(column.name):
        return "metadata", True
    if COUNTING.search(header):
        return "metadata", not (numeric and could_be)
    if numeric and any(0 < (number(text) or 0) < 1 for text in said):
        # Probabilities, or a label that somebody halved: scores must not pass for marks.
        return "metadata", sum(states.values()) <= sum(said.values()) / 2
    share, strays = sum(states.values()) / sum(said.values()), sum(said.values()) - sum(states.values())
    if share >= 0.8 or (share >= 0.5 and strays == 1 and not numeric):
        return "label", True
    return "metadata", not (numeric and share >= 0.5)
