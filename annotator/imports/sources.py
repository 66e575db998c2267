"""Where pictures come from: a folder, a zip archive, or files that were uploaded. No Django here.

Every source lists its entries without opening them and reads one at a time under a hard limit; names serve for telling
people and for matching labels, never as paths to write to. Whatever cannot come in is named with the reason.
"""

import hashlib
import json
import os
import shutil
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Protocol
from unicodedata import category

from annotator.pictures.uploads import Limits, Refused, check_size, looks_like_an_image, megabytes
from annotator.tables.which import is_table
from annotator.tables.zipnames import names_of

PICTURE_SUFFIXES = {".jpg", ".jpeg", ".jpe", ".png", ".webp"}
# Never pictures and never worth a word: what systems and exports lay beside them.
SILENT_NAMES = {"thumbs.db", "desktop.ini", ".ds_store", "manifest.json"}
SILENT_SUFFIXES = {
    ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".npz", ".xlsx", ".parquet", ".xml", ".txt", ".md", ".gz", ".yaml",
}  # fmt: skip
UPLOAD_INDEX = "index.json"


@dataclass(frozen=True)
class Entry:
    """One file of a source: `name` is what people called it, `key` is how the source finds it again."""

    name: str
    key: str


class Source(Protocol):
    """Entries that may be pictures, and the bytes of one."""

    def entries(self) -> Iterator[Entry | tuple[str, str]]:
        """Entries in a stable order; (name, reason) for those refused unopened. Raises Refused for the whole source."""

    def read(self, key: str, limits: Limits) -> bytes:
        """The bytes of one entry, never more than the limit. Raises Refused."""

    def tables(self) -> list[Entry]:
        """Files beside the pictures that may be tables of labels."""

    def stamp(self) -> str:
        """Another text whenever what it holds may have changed."""


def clean(name: str) -> str:
    """A name as people may see it: any bytes that are no text replaced, control characters dropped."""
    text = name.encode("utf-8", "replace").decode()
    return "".join(letter for letter in text if category(letter) != "Cc")


def is_silent(name: str) -> bool:
    """Whether a file is passed over without a word: hidden, of the system, or a table of labels."""
    path = PurePosixPath(name)
    return (
        any(part.startswith(".") and part != ".." for part in path.parts)
        or path.parts[0] == "__MACOSX"
        or path.name.lower() in SILENT_NAMES
        or path.suffix.lower() in SILENT_SUFFIXES
    )


def wrong_suffix(name: str) -> str:
    """The reason for refusing a file by its name, or ""."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in PICTURE_SUFFIXES:
        return ""
    return f"'{suffix or 'no suffix'}' is not a picture type; JPEG, PNG and WebP come in."


@dataclass(frozen=True)
class FolderSource:
    """All pictures below a folder, in order of their names. Links are not followed."""

    root: str

    def entries(self) -> Iterator[Entry | tuple[str, str]]:
        """Walk the folder. Raises Refused when there is no such folder."""
        if not Path(self.root).is_dir():
            raise Refused(f"There is no folder {self.root} on the server.")
        for folder, folders, files in os.walk(self.root):
            folders.sort()
            for file in sorted(files):
                path = Path(folder) / file
                name = path.relative_to(self.root).as_posix()
                if is_silent(name):
                    continue
                if path.is_symlink() or not path.is_file():
                    yield clean(name), "It is a link or no plain file; only plain files come in."
                elif reason := wrong_suffix(name):
                    yield clean(name), reason
                else:
                    yield Entry(clean(name), name)

    def files(self) -> Iterator[tuple[str, os.stat_result]]:
        """Every plain file below the folder, in order."""
        for folder, folders, files in os.walk(self.root):
            folders.sort()
            for file in sorted(files):
                path = Path(folder) / file
                if path.is_file() and not path.is_symlink():
                    yield path.relative_to(self.root).as_posix(), path.stat()

    def tables(self) -> list[Entry]:
        """Tables in the folder."""
        return [Entry(clean(name), name) for name, _ in self.files() if is_table(name)]

    def stamp(self) -> str:
        """By names, sizes and times of all files."""
        told = ((name, facts.st_size, facts.st_mtime_ns) for name, facts in self.files())
        return hashlib.sha256(json.dumps(list(told)).encode("utf-8", "surrogatepass")).hexdigest()

    def read(self, key: str, limits: Limits) -> bytes:
        """Read one file below the folder; a link that took its place meanwhile is refused."""
        try:
            handle = os.open(Path(self.root) / key, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError as error:
            raise Refused(f"The file cannot be opened: {error.strerror}.") from error
        with os.fdopen(handle, "rb") as file:
            check_size(os.fstat(file.fileno()).st_size, limits)
            return file.read(limits.image_bytes + 1)


@dataclass(frozen=True)
class ZipSource:
    """The pictures of a zip archive. What it claims to unpack to is summed up before anything is unpacked."""

    path: str
    limits: Limits

    def entries(self) -> Iterator[Entry | tuple[str, str]]:
        """List the archive. Raises Refused when it is no archive or claims more than the limits."""
        infos = self.archive().infolist()
        if len(infos) > self.limits.archive_files:
            raise Refused(
                f"The archive has {len(infos)} files, at most {self.limits.archive_files} are allowed. Split it."
            )
        claimed = sum(info.file_size for info in infos)
        if claimed > self.limits.archive_bytes:
            raise Refused(
                f"The archive unpacks to {megabytes(claimed)} MB, at most {megabytes(self.limits.archive_bytes)} MB "
                "are allowed. Split it."
            )
        names, _ = names_of(infos)
        for number, (info, shown) in enumerate(zip(infos, names, strict=True)):
            name = shown.replace("\\", "/")
            if info.is_dir() or not name.strip("/") or is_silent(name):
                continue
            reason = zip_entry_refusal(info, name) or wrong_suffix(name)
            yield (clean(name), reason) if reason else Entry(clean(name), str(number))

    def tables(self) -> list[Entry]:
        """Tables in the archive."""
        infos = self.archive().infolist()
        names, _ = names_of(infos)
        fine = (
            (name.replace("\\", "/"), number)
            for number, (name, info) in enumerate(zip(names, infos, strict=True))
            if not info.is_dir() and not zip_entry_refusal(info, name)
        )
        return [Entry(clean(name), str(number)) for name, number in fine if is_table(name)]

    def stamp(self) -> str:
        """By size and time of the archive."""
        try:
            facts = os.stat(self.path)
        except OSError as error:
            raise Refused(f"The archive cannot be opened: {error.strerror}.") from error
        return f"{facts.st_size}:{facts.st_mtime_ns}"

    def guessed(self) -> str:
        """The code page in which names were read, where the archive does not say it; "" otherwise."""
        return names_of(self.archive().infolist())[1]

    def archive(self) -> zipfile.ZipFile:
        """The open archive. Raises Refused when there is none."""
        try:
            return opened(self.path, os.stat(self.path).st_mtime_ns)
        except OSError as error:
            raise Refused(f"The archive cannot be opened: {error.strerror}.") from error

    def read(self, key: str, limits: Limits) -> bytes:
        """Unpack one entry into memory, at most what it claims; its first bytes must be those of a picture."""
        archive = self.archive()
        info = archive.infolist()[int(key)]
        check_size(info.file_size, limits)
        try:
            with archive.open(info) as file:
                head = file.read(12)
                return head + file.read(limits.image_bytes) if looks_like_an_image(head) else head
        except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
            raise Refused(f"It cannot be unpacked ({error}). Make the archive again.") from error
        except Exception as error:  # zlib, lzma and bz2 each raise their own on broken streams
            raise Refused(f"It cannot be unpacked ({error}); the archive is damaged. Make it again.") from error


def zip_entry_refusal(info: zipfile.ZipInfo, name: str) -> str:
    """Why an entry of an archive is refused by its name or kind, or ""."""
    if name.startswith("/") or ".." in name.split("/") or name[1:2] == ":":
        return "Its name points outside the archive; no such entry comes in."
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "It is a link or no plain file; only plain files come in."
    if info.flag_bits & 0x1:
        return "It is encrypted. Make the archive without a password."
    return ""


@lru_cache(maxsize=2)
def opened(path: str, changed: int) -> zipfile.ZipFile:
    """The archive as it was last changed, opened once per process. Raises Refused when it is none."""
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Refused(f"The file is not a zip archive, or a damaged one ({error}). Make it again.") from error


@dataclass(frozen=True)
class UploadSource:
    """Files that were uploaded one by one: numbered in a folder of their own, their names in an index."""

    folder: str

    def entries(self) -> Iterator[Entry | tuple[str, str]]:
        """List the uploaded files in the order they came."""
        index = json.loads((Path(self.folder) / UPLOAD_INDEX).read_text())
        for stored, name in index["pictures"]:
            if reason := wrong_suffix(name):
                yield clean(name), reason
            else:
                yield Entry(clean(name), stored)

    def read(self, key: str, limits: Limits) -> bytes:
        """Read one uploaded file."""
        return FolderSource(self.folder).read(key, limits)

    def tables(self) -> list[Entry]:
        """None: what was uploaded as a table is told apart when it comes."""
        return []

    def stamp(self) -> str:
        """Nobody changes what was uploaded."""
        return "uploaded"


def copy_out(source: Source, entry: Entry, path: Path) -> None:
    """Write a table of the source to `path`. Raises Refused."""
    if isinstance(source, ZipSource):
        archive = source.archive()
        with archive.open(archive.infolist()[int(entry.key)]) as file, path.open("wb") as out:
            shutil.copyfileobj(file, out)
    elif isinstance(source, FolderSource):
        shutil.copyfile(Path(source.root) / entry.key, path, follow_symlinks=False)
