"""Names in zip archives as their makers saw them: not every program says in which code page it wrote them.

A few letters are too little for guessers of languages. Each code page that zip programs of some country write is tried,
and is believed when it makes common letters of that country of most of what is not ASCII.
"""

import zipfile
from collections.abc import Callable, Sequence

UTF8_FLAG = 0x800
# What is told when no code page fits: the one that zip files are in by their standard.
STANDARD = "cp437"


def names_of(infos: Sequence[zipfile.ZipInfo]) -> tuple[list[str], str]:
    """(names, the code page that was guessed for those that do not say theirs, or "")."""
    raw = [b"" if info.flag_bits & UTF8_FLAG else written(info) for info in infos]
    odd = b"\n".join(name for name in raw if not name.isascii())
    codec = codec_of(odd) if odd else "utf-8"
    names = [name.decode(codec, "replace") if name else info.filename for info, name in zip(infos, raw, strict=True)]
    return names, "" if codec == "utf-8" else codec


def written(info: zipfile.ZipInfo) -> bytes:
    """The bytes of a name, which Python read as code page 437; none when it did not."""
    try:
        return info.filename.encode(STANDARD)
    except UnicodeEncodeError:
        return b""


def codec_of(names: bytes) -> str:
    """UTF-8 when the names are, as macOS writes them without saying so; else the code page that fits best."""
    best, found = 0.6, STANDARD
    for codec, fits in (("utf-8", lambda text: 2.0), *FITS):
        try:
            fit = fits(names.decode(codec))
        except UnicodeDecodeError:
            continue
        if fit > best:
            best, found = fit, codec
    return found


def odd(text: str) -> str:
    """What is not ASCII."""
    return "".join(letter for letter in text if not letter.isascii())


def share(text: str, good: Callable[[str], bool]) -> float:
    """Share of the letters beyond ASCII that are `good`."""
    letters = odd(text)
    return sum(map(good, letters)) / max(1, len(letters))


def chinese(text: str) -> float:
    """Characters of the first level of GB 2312, by sound: the common ones."""
    return share(text, lambda letter: 0xB0 <= letter.encode("gbk")[0] <= 0xD7)


def japanese(text: str) -> float:
    """Kana, and characters of the first level of JIS."""
    leads = {0x82, 0x83, *range(0x88, 0x98)}
    return share(text, lambda letter: len(code := letter.encode("cp932")) == 2 and code[0] in leads)


def korean(text: str) -> float:
    """Hangul alone; two syllables could as well be Chinese."""
    return float(len(odd(text)) > 2 and share(text, lambda letter: "가" <= letter <= "힣") == 1)


def cyrillic(text: str) -> float:
    """Small Cyrillic letters, in words without Latin ones."""
    words = [word for word in text.replace(".", " ").replace("/", " ").split() if odd(word)]
    mixed = sum(any(letter.isascii() and letter.isalpha() for letter in word) for word in words)
    return 0.0 if mixed else share(text, lambda letter: "а" <= letter <= "я" or letter == "ё")


def latin(text: str) -> float:
    """Latin letters with marks."""
    return share(text, lambda letter: "À" <= letter <= "ɏ" and letter.isalpha())


FITS: tuple[tuple[str, Callable[[str], float]], ...] = (
    ("euc_kr", korean),
    ("gb2312", chinese),
    ("cp932", japanese),
    ("cp866", cyrillic),
    ("cp1251", cyrillic),
    ("cp850", latin),
    ("cp1252", latin),
    ("gbk", chinese),
)
