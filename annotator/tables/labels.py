"""Names of labels: tidied for good, and compared so that look-alikes are asked about."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

BLANKS = re.compile(r"\s+")


def tidy(name: str) -> str:
    """NFC, every run of blanks (no-break ones too) one blank. Joiners inside emoji and words stay."""
    return BLANKS.sub(" ", unicodedata.normalize("NFC", name)).strip().strip("\ufeff")


def folded(name: str) -> str:
    """Equal for names that differ in case, accents, width or form only."""
    apart = unicodedata.normalize("NFKD", tidy(name).casefold())
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return BLANKS.sub(" ", re.sub(r"[_\-\s]+", " ", bare)).strip()


def look_alikes(names: Iterable[str]) -> list[list[str]]:
    """Groups of two and more names that differ in so little that they may be one label, in order."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[folded(name)].append(name)
    return [group for group in groups.values() if len(group) > 1]
