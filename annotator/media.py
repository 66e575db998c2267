"""Where pictures lie: one file per content hash, shared by all projects. No Django here.

Names come from the hash alone, never from what somebody called the file.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from model.runfiles import sync_folder

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

    def has(self, name: str) -> bool:
        """Whether a whole file of that name is there."""
        try:
            return self.path(name).stat().st_size > 0
        except FileNotFoundError:
            return False

    def put(self, name: str, data: bytes, lasting: bool) -> None:
        """Store `data` under `name` unless it is there; `lasting` data has reached the disk before this returns.

        What can be made again (thumbnails, previews) need not last, it must only never be half there.
        """
        path = self.path(name)
        if self.has(name):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".tmp-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                if lasting:
                    file.flush()
                    os.fsync(file.fileno())
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        if lasting:
            sync_folder(path.parent)


def sweep(root: Path, older_than: float) -> int:
    """Remove temporary files that a killed process left, last written before `older_than` (epoch); how many."""
    stale = [path for path in root.glob("*/*/.tmp-*") if path.stat().st_mtime < older_than]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)
