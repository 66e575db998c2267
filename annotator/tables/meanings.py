"""What people and programs write for present, absent, unknown and can't tell."""

import math
import re

PRESENT, ABSENT, UNKNOWN, CANT_TELL, REFUSE = "present", "absent", "unknown", "cant_tell", "refuse"
VALUES = {PRESENT: 1, ABSENT: -1, UNKNOWN: 0, CANT_TELL: 2, REFUSE: 3}

WORDS = {
    PRESENT: "true t yes y x present positive pos + ✓ ✔ ☑ ✅ on ja oui sí si sim да 是 有 はい vorhanden vrai wahr",
    ABSENT: "false f no n absent negative neg ✗ ✘ ☒ ❌ off nein non não nao нет 否 无 無 いいえ faux falsch",
    UNKNOWN: "nan na n/a #n/a <na> null none nil unknown unlabeled unlabelled missing .",
    CANT_TELL: "? ?? maybe uncertain unsure unclear can't-tell cant_tell cannot-tell difficult ambiguous",
}
MEANING = {word: meaning for meaning, words in WORDS.items() for word in words.split()} | {
    "": UNKNOWN,
    "can't tell": CANT_TELL,
}
# What some write for absent, and others for unknown.
EITHER = "either"
DASHES = {"-", "–", "—", "--", "u", "nd", "n.d."}
NUMBER = re.compile(r"[+\-−]?(\d+([.,]\d*)?|[.,]\d+)(e[+\-]?\d+)?", re.IGNORECASE | re.ASCII)


def number(text: str) -> float | None:
    """The number that the text writes, with a decimal point or comma; None when it writes none."""
    told = text.strip().lstrip("'").strip()
    if not NUMBER.fullmatch(told):
        return None
    value = float(told.replace(",", ".").replace("−", "-"))
    return value if math.isfinite(value) else None


def word_of(text: str) -> str:
    """The text without case and surrounding blanks and quotes."""
    return text.strip().strip("'\"").strip().casefold()


def state(text: str) -> str | None:
    """ "1", "0" or "-1" when the text writes this number, the meaning of a known word, EITHER, or None."""
    value = number(text)
    if value is not None:
        return {1.0: "1", 0.0: "0", -1.0: "-1"}.get(value)
    word = word_of(text)
    return EITHER if word in DASHES else MEANING.get(word)


def is_blank(text: str) -> bool:
    """Whether the text says that nothing is said."""
    return state(text) == UNKNOWN
