"""NumPy: `matrix` int8 [images, labels] in {1, -1, 0}, with `labels`, `images` (names) and `hashes` (SHA-256)."""

from typing import Any, BinaryIO

import numpy as np

from annotator.formats.sheet import Sheet

FILE_NAME = "labels.npz"
TITLE = "NumPy"
SAYS = "The matrix in {1, -1, 0 for unknown}, with names and hashes."
LOSES = frozenset({"cant_tell"})
EXTRAS = frozenset({"split"})


def write(sheet: Sheet, file: BinaryIO) -> None:
    """Four arrays, none of them pickled, and the part of each picture when there are parts."""
    arrays: dict[str, Any] = {}
    if "split" in sheet.extras:
        arrays["split"] = np.array([image.extra["split"] for image in sheet.images], dtype=np.str_)
    np.savez_compressed(
        file,
        **arrays,
        matrix=sheet.matrix.astype(np.int8),
        labels=np.array(sheet.names, dtype=np.str_),
        images=np.array([image.name for image in sheet.images], dtype=np.str_),
        hashes=np.array([image.sha256 for image in sheet.images], dtype="U64"),
    )
