"""Which picture a line of a label table means: by content hash, by path, or by a file name that only one has."""

from pathlib import PurePosixPath

from annotator.formats.sheet import LabelRow
from annotator.uploads import Refused


def plain(name: str) -> str:
    """A path as all systems may have written it: forward slashes, no leading './'."""
    return name.strip().replace("\\", "/").removeprefix("./")


class Names:
    """Names of pictures -> content hash. Later additions win over earlier ones of the same path."""

    def __init__(self) -> None:
        self._hashes: set[str] = set()
        self._paths: dict[str, str] = {}
        self._files: dict[str, set[str]] = {}
        self._rejected: dict[str, str] = {}

    def add(self, name: str, sha256: str) -> None:
        """A picture called `name`."""
        self._hashes.add(sha256)
        self._paths[plain(name)] = sha256
        self._files.setdefault(PurePosixPath(plain(name)).name, set()).add(sha256)

    def merge(self, others: "Names") -> None:
        """Take over all that `others` knows."""
        self._hashes |= others._hashes
        self._paths |= others._paths
        self._rejected |= others._rejected
        for name, hashes in others._files.items():
            self._files.setdefault(name, set()).update(hashes)

    def reject(self, name: str) -> None:
        """A picture that did not come in, so that lines about it can say so."""
        self._rejected[plain(name)] = name

    def find(self, row: LabelRow) -> str:
        """The hash of the picture a line means. Raises Refused when there is none, or more than one."""
        if row.sha256:
            if row.sha256 in self._hashes:
                return row.sha256
            raise Refused(f"No picture has the content hash {row.sha256[:12]}… (called {row.image!r} here).")
        path = plain(row.image)
        if path in self._paths:
            return self._paths[path]
        if path in self._rejected:
            raise Refused(f"The picture {row.image!r} was refused, so its labels were not taken.")
        candidates = self._files.get(PurePosixPath(path).name, set())
        if len(candidates) > 1:
            raise Refused(f"More than one picture is called {row.image!r}. Write its path, or a sha256 column.")
        if not candidates:
            raise Refused(f"There is no picture {row.image!r}. Names are relative to the imported folder or archive.")
        return next(iter(candidates))
