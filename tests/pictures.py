"""Pictures, good and hostile, made when a test asks for them."""

import io
import os
import signal
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from annotator.imports.sources import Entry, Source
from annotator.pictures.uploads import Limits


def picture(seed: int = 0, kind: str = "JPEG", size: tuple[int, int] = (40, 30), **save: object) -> bytes:
    """A small picture whose bytes depend on `seed`."""
    image = Image.new("RGB", size, ((seed * 37) % 256, (seed * 101) % 256, (seed * 53 + 7) % 256))
    image.putpixel((seed % size[0], seed // size[0] % size[1]), (255, 255, 255))
    out = io.BytesIO()
    image.save(out, kind, **save)
    return out.getvalue()


def folder_of(path: Path, names: list[str]) -> Path:
    """A folder with a different picture under each name."""
    for seed, name in enumerate(names):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(picture(seed, "PNG" if name.endswith("png") else "JPEG"))
    return path


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pixel_bomb(side: int = 9000) -> bytes:
    """A PNG of a few kilobytes that unpacks to side x side pixels."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (side * (1 + (side + 7) // 8)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def zip_of(path: Path, entries: dict[str, bytes], links: dict[str, str] | None = None) -> Path:
    """An archive; `links` are symbolic links in it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
        for name, target in (links or {}).items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o120777 << 16
            archive.writestr(info, target)
    return path


class Killer(Source):
    """A source one of whose pictures kills whatever decodes it."""

    def entries(self) -> Iterator[Entry]:
        yield from (Entry(f"{n}.jpg", str(n)) for n in range(5))

    def read(self, key: str, limits: Limits) -> bytes:
        if key == "3":
            os.kill(os.getpid(), signal.SIGKILL)
        return picture(int(key))

    def tables(self) -> list[Entry]:
        return []

    def stamp(self) -> str:
        return ""
