"""What a snapshot keeps for itself: its matrix, so that two can be compared. In NumPy's format it is there already."""

from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from annotator.formats import npz
from annotator.formats.sheet import Sheet

FILE_NAME = ".held.npz"


def write(sheet: Sheet, file: BinaryIO) -> None:
    """`matrix` int8 [images, labels] and `hashes` [images]."""
    hashes = np.array([image.sha256 for image in sheet.images], dtype="U64")
    np.savez_compressed(file, matrix=sheet.matrix.astype(np.int8), hashes=hashes)


def read(folder: Path) -> tuple[NDArray[np.int8], list[str]]:
    """The matrix and the hashes. Raises FileNotFoundError for an older snapshot that was not made as NumPy."""
    path = folder / FILE_NAME
    with np.load(path if path.exists() else folder / npz.FILE_NAME, allow_pickle=False) as arrays:
        return arrays["matrix"], arrays["hashes"].tolist()
