"""Cache of frozen features: one record per picture, keyed by content hash, in one folder per backbone, size, weights.

Files of a folder: `meta.json` (what the records are), `index.bin` (one entry a slot: hash, CRC of the record),
`maps.f16` [slots, H*W, D], `pooled.f32` [slots, D]. One writer at a time (filelock), any number of readers without a
lock: a record counts only if its CRC fits, so a torn or overwritten one reads as missing and is made again.
Reading needs numpy alone, because the web process reads maps for its heat maps.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from model.arrays import F16, F32, Bool
from model.storage.durable import write_json

FORMAT = 1
ENTRY = np.dtype([("hash", "V32"), ("crc", "<u4"), ("pooled_crc", "<u4")])
DEFAULT_LIMIT = 40 * 1024**3
LOCK_SECONDS = 600


class FeatureCache:
    """Frozen maps of one backbone. `open` never creates anything; `create` does."""

    def __init__(self, folder: Path, meta: dict[str, Any]) -> None:
        self.folder = folder
        self.grid: tuple[int, int] = (meta["grid"][0], meta["grid"][1])
        self.dim: int = meta["dim"]
        self.positions = self.grid[0] * self.grid[1]
        self.slots: dict[bytes, int] = {}
        self._entries = np.zeros(0, ENTRY)
        self._stamp: tuple[int, int] = (-1, -1)
        self.refresh()

    @classmethod
    def open(cls, cache_dir: str | Path, backbone: str, image_size: int, weights: str | None = None) -> FeatureCache:
        """Open for reading. Without `weights` (8 hex digits) the most recently written folder is taken.

        Raises FileNotFoundError when there is no cache for this backbone and size.
        """
        pattern = folder_name(backbone, image_size, weights or "*")
        metas = sorted(Path(cache_dir).glob(f"{pattern}/meta.json"), key=lambda path: path.stat().st_mtime)
        for path in reversed(metas):
            meta = read_meta(path)
            if meta is not None:
                return cls(path.parent, meta)
        raise FileNotFoundError(f"no feature cache {pattern} in {cache_dir}; it is made by `python -m model train`")

    @classmethod
    def create(
        cls, cache_dir: str | Path, backbone: str, image_size: int, weights: str, grid: tuple[int, int], dim: int
    ) -> FeatureCache:
        """Open for writing; a folder that is absent, damaged, or holds records of another shape is begun anew."""
        folder = Path(cache_dir) / folder_name(backbone, image_size, weights)
        folder.mkdir(parents=True, exist_ok=True)
        wanted = {"format": FORMAT, "backbone": backbone, "image_size": image_size, "weights": weights}
        wanted |= {"grid": list(grid), "dim": dim}
        with FileLock(folder / "lock", timeout=LOCK_SECONDS):
            if read_meta(folder / "meta.json") != wanted:
                for name in ("index.bin", "maps.f16", "pooled.f32"):
                    (folder / name).unlink(missing_ok=True)
                write_json(folder / "meta.json", wanted)
        return cls(folder, wanted)

    def __len__(self) -> int:
        return len(self.slots)

    def __contains__(self, content_hash: str) -> bool:
        return bytes.fromhex(content_hash) in self.slots

    def refresh(self) -> None:
        """Take notice of what a writer added since."""
        path = self.folder / "index.bin"
        status = path.stat() if path.exists() else None
        stamp = (status.st_size, status.st_mtime_ns) if status else (0, 0)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        raw = path.read_bytes() if status else b""
        self._entries = np.frombuffer(raw[: len(raw) // ENTRY.itemsize * ENTRY.itemsize], ENTRY)
        self.slots = {key: slot for slot, key in enumerate(self._entries["hash"].tolist())}
        self.slots.pop(bytes(32), None)

    def missing(self, hashes: Sequence[str]) -> list[int]:
        """Positions in `hashes` that have no record."""
        self.refresh()
        return [i for i, content_hash in enumerate(hashes) if content_hash not in self]

    def map_of(self, content_hash: str) -> F32 | None:
        """Map of one picture, float32 [H*W, D], or None if it is not cached or its record is damaged."""
        maps, sound = self.maps([content_hash])
        return maps[0].astype(np.float32) if sound[0] else None

    def pooled(self, hashes: Sequence[str]) -> F32:
        """Mean over positions of each picture, float32 [n, D]; NaN rows where there is no sound record."""
        self.refresh()
        out = np.full((len(hashes), self.dim), np.nan, np.float32)
        size = self.dim * 4
        path = self.folder / "pooled.f32"
        if not path.exists():
            return out
        with path.open("rb") as file:
            for i, content_hash in enumerate(hashes):
                slot = self.slots.get(bytes.fromhex(content_hash))
                if slot is None:
                    continue
                raw = os.pread(file.fileno(), size, slot * size)
                if len(raw) == size and zlib.crc32(raw) == self._entries[slot]["pooled_crc"]:
                    out[i] = np.frombuffer(raw, np.float32)
        return out

    def maps(self, hashes: Sequence[str]) -> tuple[F16, Bool]:
        """Maps of pictures, float16 [n, H*W, D], and which of them are sound (the others are zeros)."""
        self.refresh()
        out = np.zeros((len(hashes), self.positions, self.dim), np.float16)
        sound = np.zeros(len(hashes), bool)
        path = self.folder / "maps.f16"
        if not path.exists():
            return out, sound
        size = self.positions * self.dim * 2
        with path.open("rb") as file:
            for i, content_hash in enumerate(hashes):
                slot = self.slots.get(bytes.fromhex(content_hash))
                raw = b"" if slot is None else os.pread(file.fileno(), size, slot * size)
                if slot is not None and len(raw) == size and zlib.crc32(raw) == self._entries[slot]["crc"]:
                    out[i] = np.frombuffer(raw, np.float16).reshape(self.positions, self.dim)
                    sound[i] = True
        return out, sound

    def add(self, hashes: Sequence[str], maps: F32, limit: int = DEFAULT_LIMIT, keep: Sequence[str] = ()) -> None:
        """Store maps [n, H*W, D]. Beyond `limit` bytes the oldest records not in `keep` make room (then grow)."""
        # numpy takes as long to halve a map as to do all the rest here; torch a fifteenth of that.
        import torch

        halves = torch.from_numpy(maps).half().numpy()
        with FileLock(self.folder / "lock", timeout=LOCK_SECONDS):
            self._stamp = (-1, -1)
            self.refresh()
            slots = self._free_slots(hashes, limit, keep)
            with (
                open_existing(self.folder / "maps.f16") as maps_file,
                open_existing(self.folder / "pooled.f32") as pooled_file,
                open_existing(self.folder / "index.bin") as index_file,
            ):
                for content_hash, slot, one, half in zip(hashes, slots, maps, halves, strict=True):
                    raw = half.tobytes()
                    pooled = one.mean(axis=0, dtype=np.float32).tobytes()
                    write_at(maps_file, slot * len(raw), raw)
                    write_at(pooled_file, slot * len(pooled), pooled)
                    entry = np.array(
                        [(bytes.fromhex(content_hash), zlib.crc32(raw), zlib.crc32(pooled))], ENTRY
                    ).tobytes()
                    write_at(index_file, slot * ENTRY.itemsize, entry)
        self.refresh()

    def _free_slots(self, hashes: Sequence[str], limit: int, keep: Sequence[str]) -> list[int]:
        """Slots to write: a hash's own, else the next new one, else (at the limit) the oldest that nobody keeps."""
        capacity = max(1, limit // (self.positions * self.dim * 2))
        wanted = [bytes.fromhex(content_hash) for content_hash in hashes]
        end = len(self._entries)
        # Looking for the oldest takes time for every record there is, so only a full cache does it.
        full = end + len(wanted) > capacity
        kept = {*wanted, *(bytes.fromhex(content_hash) for content_hash in keep)} if full else set()
        old = iter(sorted(slot for key, slot in self.slots.items() if key not in kept) if full else [])
        slots = []
        for key in wanted:
            slot = self.slots.get(key)
            if slot is None and end >= capacity:
                slot = next(old, None)
            if slot is None:
                slot, end = end, end + 1
            slots.append(slot)
        return slots


def digest(of: bytes) -> str:
    """Eight hex digits, to name a folder of records by what made them."""
    return hashlib.sha256(of).hexdigest()[:8]


def folder_name(backbone: str, image_size: int, weights: str) -> str:
    """Name of the cache folder of one backbone, size and weights."""
    return f"{backbone.replace('/', '_')}-{image_size}-{weights}"


def read_meta(path: Path) -> dict[str, Any] | None:
    """The description of a cache folder, or None if it cannot be read."""
    try:
        meta = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return meta if isinstance(meta, dict) and meta.get("format") == FORMAT and "grid" in meta else None


def open_existing(path: Path) -> Any:
    """Open for writing at any place without truncating."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b", buffering=0)


def write_at(file: Any, offset: int, data: bytes) -> None:
    """Write all of `data` at `offset`."""
    done = 0
    while done < len(data):
        done += os.pwrite(file.fileno(), data[done:], offset + done)
