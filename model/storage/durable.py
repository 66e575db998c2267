"""Writing so that nobody ever reads half a file, and reading that names the file at fault."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray


class BadInput(ValueError):
    """A run directory that cannot be used; the message names the file and what is wrong with it."""


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object. Raises BadInput when the file is absent or broken."""
    try:
        value = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise BadInput(f"{path.name} is missing in {path.parent}") from error
    except ValueError as error:
        raise BadInput(f"{path.name} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise BadInput(f"{path.name} must hold a JSON object")
    return value


def write_atomic(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a temporary file in the same folder, then put it in place: nobody ever reads half of it."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically; refuses NaN, which other readers could not parse."""
    data = json.dumps(value, allow_nan=False, indent=1).encode()
    write_atomic(path, lambda file: file.write(data))


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write an .npy file atomically."""
    write_atomic(path, lambda file: np.save(file, array, allow_pickle=False))


def checksum(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def append_line(path: Path, value: dict[str, Any]) -> None:
    """Append one JSON line in one write, so that a reader never sees two lines mixed."""
    line = (json.dumps({"time": datetime.now(UTC).isoformat(), **value}, allow_nan=False) + "\n").encode()
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)
