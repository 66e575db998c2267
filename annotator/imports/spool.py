"""Uploaded files on their way to an import job: numbered, in a folder of their own, gone when the job has ended."""

import json
import os
import shutil
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from annotator.imports.sources import UPLOAD_INDEX
from model.storage.durable import sync_folder

# Longer than any upload takes, and than any job waits.
ABANDONED_SECONDS = 7 * 24 * 3600


def spool_root() -> Path:
    """Where uploads wait."""
    return Path(settings.TERN_HOME) / "uploads"


def spool(pictures: Iterable[UploadedFile], others: Iterable[UploadedFile]) -> tuple[Path, list[Path]]:
    """Keep uploaded pictures and other files (archive, table of labels): the folder, and the paths of the others.

    Removes everything again when something goes wrong on the way.
    """
    folder = spool_root() / uuid.uuid4().hex
    folder.mkdir(parents=True)
    try:
        index = []
        for number, picture in enumerate(pictures):
            stored = f"{number:06d}"
            keep(picture, folder / stored)
            index.append([stored, str(getattr(picture, "path_given", "") or picture.name)])
        paths = []
        for number, other in enumerate(others):
            path = folder / f"other-{number}{Path(str(other.name)).suffix.lower()[:8]}"
            keep(other, path)
            paths.append(path)
        (folder / UPLOAD_INDEX).write_text(json.dumps({"pictures": index}))
        sync_folder(folder)
    except BaseException:
        discard(folder)
        raise
    return folder, paths


def keep(upload: UploadedFile, path: Path) -> None:
    """Write one upload to disk for good."""
    with path.open("xb") as file:
        for chunk in upload.chunks():
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def discard(folder: str | Path) -> None:
    """Remove the files of one upload; only ever inside the spool."""
    path = Path(folder).resolve()
    if path.parent == spool_root().resolve():
        shutil.rmtree(path, ignore_errors=True)


def sweep_spool(in_use: set[str], now: float | None = None) -> int:
    """Remove uploads that no waiting or running job knows and that nobody has touched for a week; how many."""
    limit = (now or time.time()) - ABANDONED_SECONDS
    if not spool_root().is_dir():
        return 0
    stale = [f for f in spool_root().iterdir() if str(f) not in in_use and f.stat().st_mtime < limit]
    for folder in stale:
        discard(folder)
    return len(stale)
