"""The secret key: made once, kept beside the data, readable by its owner only."""

import os
import secrets
from pathlib import Path


def load_or_make_secret(path: Path) -> str:
    """The key in `path`; written with mode 0600 when there is none. Safe when two processes start at once."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    key = secrets.token_urlsafe(64)
    with os.fdopen(handle, "w") as file:
        file.write(key)
    return key
