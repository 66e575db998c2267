"""Which picture a line of a label table means: by content hash, or by a name that fits one picture and no other."""

from collections.abc import Iterable

from annotator.formats.sheet import LabelRow
from annotator.pictures.uploads import Refused
from annotator.tables.names import REASONS, Matches, Picture, match, plain

REFUSED = "refused:"


class Names:
    """Pictures and refused files by name. Two pictures of one name are two: no line means the later one silently."""

    def __init__(self) -> None:
        self._pictures: dict[tuple[str, str], Picture] = {}
        self._hashes: set[str] = set()

    def add(self, name: str, sha256: str) -> None:
        """A picture called `name`."""
        self._hashes.add(sha256)
        self._pictures[plain(name), sha256] = Picture(sha256, name)

    def merge(self, others: "Names") -> None:
        """Take over all that `others` knows."""
        self._hashes |= others._hashes
        self._pictures |= others._pictures

    def reject(self, name: str) -> None:
        """A picture that did not come in, so that lines about it can say so."""
        key = REFUSED + plain(name)
        self._pictures[plain(name), key] = Picture(key, name, refused="It was refused, so its labels were not taken.")

    def found(self, rows: Iterable[LabelRow]) -> "Found":
        """Match the lines of a table, all at once: names may contradict each other."""
        unhashed = [row.image for row in rows if not row.sha256]
        names = {picture.key: picture.name for picture in self._pictures.values()}
        return Found(match(unhashed, self._pictures.values()), self._hashes, names)


class Found:
    """What each line means."""

    def __init__(self, matches: Matches, hashes: set[str], names: dict[str, str]) -> None:
        self.matches, self.hashes, self.names = matches, hashes, names
        pairs = [(name, reason, key) for reason, found in matches.proposed.items() for name, key in found.items()]
        self.proposed = {name: (reason, key) for name, reason, key in pairs}

    def hash_of(self, row: LabelRow) -> str:
        """The hash of the picture a line means. Raises Refused when there is none, or more than one."""
        if row.sha256:
            if row.sha256 in self.hashes:
                return row.sha256
            raise Refused(f"No picture has the content hash {row.sha256[:12]}… (called {row.image!r} here).")
        if row.image in self.matches.found:
            return self.matches.found[row.image]
        if row.image in self.matches.refused:
            raise Refused(f"The picture {row.image!r} was refused, so its labels were not taken.")
        if (keys := self.matches.several.get(row.image)) is not None:
            raise Refused(self.ambiguous(row.image, keys))
        if row.image in self.proposed:
            reason, key = self.proposed[row.image]
            raise Refused(
                f"There is no picture {row.image!r}. Did you mean {self.names[key]!r}? It differs {REASONS[reason]}."
            )
        raise Refused(f"There is no picture {row.image!r}. Names are relative to the imported folder or archive.")

    def ambiguous(self, name: str, keys: list[str]) -> str:
        """Why a name that fits cannot be taken."""
        if len(keys) == 1:
            other = f"Lines in other folders fit {self.names[keys[0]]!r} as well as {name!r}"
            return f"{other}. Write the path that the picture has here, or a sha256 column."
        refused = " One of them was refused." if any(key.startswith(REFUSED) for key in keys) else ""
        return f"More than one picture is called {name!r}.{refused} Write its path, or a sha256 column."
