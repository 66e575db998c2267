"""Where pictures lie: one file per content hash, shared by all projects. No Django here.

Names come from the hash alone, never from what somebody called the file.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

TEMPORARY = ".tmp-"
ORIGINALS, THUMBNAILS, PREVIEWS = "originals", "thumbnails", "previews"


def original_name(sha256: str, suffix: str) -> str:
    """Storage name of an original."""
    return f"{ORIGINALS}/{sha256[:2]}/{sha256}{suffix}"


def small_name(kind: str, sha256: str) -> str:
    """Storage name of a thumbnail or preview."""
    return f"{kind}/{sha256[:2]}/{sha256}.jpg"


@dataclass(frozen=True)
class Shelf:
    """The folder of all pictures."""

    root: Path

    def path(self, name: str) -> Path:
        """Full path of a storage name."""
        return self.root / name

    def has(self, name: str, size: int | None = None) -> bool:
        """Whether a file of that name is there, of `size` bytes if given; an empty one never counts."""
        try:
            found = self.path(name).stat().st_size
        except FileNotFoundError:
            return False
        return found > 0 and size in (None, found)

    def put(self, name: str, data: bytes) -> None:
        """Store `data` under `name`: nobody ever sees half of it. It outlasts a power cut only after `settle`."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=TEMPORARY, dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def settle(self) -> None:
        """Return once everything that was put has reached the disk; call before a row names the files.

        One sync for a batch: an fsync for each of 10,000 pictures takes minutes on a busy disk. Should the power fail
        before it, a file may be there but cut short; `has` with the size tells, and it is put again.
        """
        os.sync()


def sweep(root: Path, older_than: float) -> int:
    """Remove temporary files that a killed process left, last written before `older_than` (epoch); how many."""
    stale = [path for path in root.glob(f"*/*/{TEMPORARY}*") if path.stat().st_mtime < older_than]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)
