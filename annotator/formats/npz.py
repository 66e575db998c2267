"""NumPy: `matrix` int8 [images, labels] in {1, -1, 0}, with `labels`, `images` (names) and `hashes` (SHA-256)."""

from typing import BinaryIO

import numpy as np

from annotator.formats.sheet import Sheet

FILE_NAME = "labels.npz"


def write(sheet: Sheet, file: BinaryIO) -> None:
    """Four arrays, none of them pickled."""
    np.savez_compressed(
        file,
        matrix=sheet.matrix.astype(np.int8),
        labels=np.array(sheet.names, dtype=np.str_),
        images=np.array([image.name for image in sheet.images], dtype=np.str_),
        hashes=np.array([image.sha256 for image in sheet.images], dtype="U64"),
    )
