"""Names in a table, matched to pictures. What is not certain is proposed or asked, never guessed.

In this order, each step only if it fits exactly one picture, refused files included: content hash, full path, longest
common path suffix that uses up one of both names whole. So a prefix of another tool and one more top folder do no
harm, a name without a folder fits by itself, and `train/1.jpg` is never `test/1.jpg`. Names are compared in NFC; other
spellings (case, percent-coding, extension, another folder above) are proposals that a person agrees to once for all.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from annotator.tables.delimited import PICTURE
from annotator.tables.parts import Question
from annotator.words import counted

# Label Studio puts eight letters before the name of what was uploaded.
UPLOADED = re.compile(r"(^|/)[0-9a-f]{8}-(?=[^/]+$)")
NONE = "none"
# So many names are asked about one by one.
MOST_ASKED = 200


class Picture(NamedTuple):
    """A picture of the project or the upload, or a file that was refused; `key` is what a match gives back."""

    key: str
    name: str
    sha256: str = ""
    refused: str = ""


@dataclass
class Matches:
    """What became of the names of a table."""

    found: dict[str, str] = field(default_factory=dict)
    proposed: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    several: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def plain(name: str) -> str:
    """A name as a path of "/", in NFC, without a host, `./` and blanks around it."""
    text = unicodedata.normalize("NFC", name.strip()).replace("\\", "/")
    if "://" in text:
        text = urlsplit(text).path
    return "/".join(part for part in text.split("/") if part not in ("", "."))


def without_extension(name: str) -> str:
    """The name without the suffix of a picture."""
    return PICTURE.sub("", name)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "case": lambda name: name.casefold(),
    "percent": lambda name: plain(unquote(name)).casefold(),
    "extension": lambda name: without_extension(plain(unquote(name))).casefold(),
    "upload_prefix": lambda name: without_extension(UPLOADED.sub(r"\1", plain(unquote(name)))).casefold(),
}
REASONS = {
    "case": "in capital and small letters",
    "percent": "in the coding of special characters",
    "extension": "in the extension",
    "upload_prefix": "by the letters that a labelling tool put before it",
    "folder": "in the folders above",
}


class Index:
    """Pictures by path, in one spelling."""

    def __init__(self, pictures: Iterable[Picture], spell: Callable[[str], str] = str) -> None:
        self.spell = spell
        self.paths: dict[str, list[Picture]] = defaultdict(list)
        for picture in pictures:
            self.paths[spell(plain(picture.name))].append(picture)
        self.tails: dict[int, dict[str, list[Picture]]] = {}

    def by_tail(self, tail: str) -> list[Picture]:
        """Pictures whose path ends in these parts."""
        depth = tail.count("/") + 1
        if depth not in self.tails:
            made: dict[str, list[Picture]] = defaultdict(list)
            for path, pictures in self.paths.items():
                parts = path.split("/")
                if len(parts) >= depth:
                    made["/".join(parts[-depth:])] += pictures
            self.tails[depth] = made
        return self.tails[depth].get(tail, [])

    def fits(self, name: str) -> list[Picture]:
        """The pictures of the first step that fits any: full path, longest suffix."""
        path = self.spell(plain(name))
        if not path:
            return []
        if path in self.paths:
            return self.paths[path]
        if longer := self.by_tail(path):
            return longer
        parts = path.split("/")
        shorter = ("/".join(parts[start:]) for start in range(1, len(parts)))
        return next((self.paths[tail] for tail in shorter if tail in self.paths), [])


class Spellings:
    """Indexes in the other spellings, each made when a name first needs it."""

    def __init__(self, pictures: list[Picture]) -> None:
        self.pictures = pictures
        self.made: dict[str, Index] = {}

    def fits(self, reason: str, name: str) -> list[Picture]:
        """The pictures that the name fits in this spelling."""
        if reason not in self.made:
            self.made[reason] = Index(self.pictures, SPELLINGS[reason])
        return self.made[reason].fits(name)


def match(names: Iterable[str], pictures: Iterable[Picture], hashes: Mapping[str, str] | None = None) -> Matches:
    """Match distinct names; `hashes` tells the content hash of some of them."""
    known, made = list(pictures), Matches()
    by_hash: dict[str, list[Picture]] = defaultdict(list)
    for picture in known:
        if picture.sha256:
            by_hash[picture.sha256.lower()].append(picture)
    exact = Index(known)
    others = Spellings(known)
    for name in dict.fromkeys(names):
        fits = by_hash.get((hashes or {}).get(name, "").lower(), []) or exact.fits(name)
        if fits:
            settle(made, name, fits)
        else:
            propose(made, name, exact, others)
    part_rivals(made, known)
    return made


def settle(made: Matches, name: str, fits: list[Picture]) -> None:
    """One picture is found, or was refused; several are a question."""
    distinct = list({picture.key: picture for picture in fits}.values())
    if len(distinct) > 1:
        made.several[name] = [picture.key for picture in distinct]
    elif distinct[0].refused:
        made.refused[name] = distinct[0].refused
    else:
        made.found[name] = distinct[0].key


def propose(made: Matches, name: str, exact: Index, others: Spellings) -> None:
    """The picture that another spelling of the name fits, if it is the only one."""
    parts = plain(name).split("/")
    for reason in REASONS:
        if reason == "folder":
            fits = exact.by_tail("/".join(parts[-2:])) if len(parts) > 2 else []
        else:
            fits = others.fits(reason, name)
        if fits:
            if len({picture.key for picture in fits}) == 1 and not fits[0].refused:
                made.proposed[reason][name] = fits[0].key
            else:
                settle(made, name, fits)
            return
    made.missing.append(name)


def part_rivals(made: Matches, pictures: Iterable[Picture]) -> None:
    """Names whose folders contradict each other do not share a picture that has none of these folders.

    A name that is the picture's own stays; of those that only end in it, all or none: they are asked about.
    """
    own: dict[str, set[str]] = defaultdict(set)
    for picture in pictures:
        own[picture.key].add(plain(picture.name))
    claimed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, key in made.found.items():
        path = plain(name)
        if path not in own[key]:
            ends = (known for known in own[key] if path.endswith("/" + known) or known.endswith("/" + path))
            claimed[key, max(ends, key=len, default="")].append(name)
    for (key, end), names in claimed.items():
        longest = max(map(plain, names), key=len)
        if end and not all(longest == plain(name) or longest.endswith("/" + plain(name)) for name in names):
            for name in names:
                del made.found[name]
                made.several[name] = [key]


def questions_of(made: Matches, known: Mapping[str, Picture]) -> list[Question]:
    """One question for all proposals of a kind, one for each name that fits several pictures."""
    found = []
    for reason, names in made.proposed.items():
        name, key = next(iter(names.items()))
        text = f"{counted(len(names), 'name differs', 'names differ')} from a picture's only {REASONS[reason]}."
        text += f" Did you mean {known[key].name!r} by {name!r}?"
        found.append(Question(f"names:{reason}", text, ("yes", "no")))
    for name, keys in list(made.several.items())[:MOST_ASKED]:
        text = f"{name!r} fits {', '.join(repr(known[key].name) for key in keys)}. Which picture is it?"
        found.append(Question(f"which:{name}", text, (*keys, NONE)))
    return found


def agreed(made: Matches, answers: Mapping[str, str]) -> dict[str, str]:
    """Name -> key of a picture, of what was certain or is agreed to."""
    found = dict(made.found)
    for reason, names in made.proposed.items():
        if answers.get(f"names:{reason}") == "yes":
            found |= names
    for name, keys in made.several.items():
        if (answer := answers.get(f"which:{name}")) in keys:
            found[name] = str(answer)
    return found
