"""NumPy: `matrix` int8 [images, labels] in {1, -1, 0}, with `labels`, `images` (names) and `hashes` (SHA-256)."""

import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from annotator.formats.sheet import BadFile, LabelRow, LabelTable, RowError, Sheet
from annotator.words import counted

FILE_NAME = "labels.npz"
# An archive of a few kilobytes can claim arrays of any size.
UNPACKED_BYTES = 4 * 1024**3


def write(sheet: Sheet, file: BinaryIO) -> None:
    """Four arrays, none of them pickled."""
    np.savez_compressed(
        file,
        matrix=sheet.matrix.astype(np.int8),
        labels=np.array(sheet.names, dtype=np.str_),
        images=np.array([image.name for image in sheet.images], dtype=np.str_),
        hashes=np.array([image.sha256 for image in sheet.images], dtype="U64"),
    )


def read(path: Path) -> LabelTable:
    """Read the four arrays; `hashes` may be missing. Line numbers count rows of the matrix from 1."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > UNPACKED_BYTES:
                raise BadFile(f"{path.name} claims more than {UNPACKED_BYTES // 1024**3} GB unpacked.")
        with np.load(path, allow_pickle=False) as arrays:
            matrix, labels, images = arrays["matrix"], arrays["labels"], arrays["images"]
            hashes = arrays["hashes"] if "hashes" in arrays else np.array([""] * len(images))
    except BadFile:
        raise
    except KeyError as error:
        raise BadFile(f"{path.name} lacks the array {error}; it needs matrix, labels and images.") from error
    except Exception as error:  # zip, zlib and NumPy each raise their own on broken files
        raise BadFile(f"{path.name} is not an NPZ file without pickles: {error}.") from error
    if matrix.ndim != 2 or matrix.shape != (len(images), len(labels)) or len(hashes) != len(images):
        raise BadFile(
            f"{path.name}: matrix has shape {matrix.shape}, but there are {counted(len(images), 'image')}, "
            f"{counted(len(labels), 'label')} and {counted(len(hashes), 'hash', 'hashes')}."
        )
    return table_of(matrix, [str(name) for name in labels], images, hashes)


def table_of(
    matrix: NDArray[np.int8], labels: list[str], images: NDArray[np.str_], hashes: NDArray[np.str_]
) -> LabelTable:
    """Rows whose values are all states; the others as errors."""
    table = LabelTable(labels)
    good = np.atleast_1d(np.isin(matrix, (-1, 0, 1)).all(axis=1))
    for row, (name, sha256) in enumerate(zip(images, hashes, strict=True)):
        if good[row]:
            cells = [(int(column), int(matrix[row, column])) for column in np.flatnonzero(matrix[row])]
            table.rows.append(LabelRow(row + 1, str(name), str(sha256), cells))
        else:
            table.errors.append(RowError(row + 1, "The row holds values other than 1, -1 and 0."))
    return table
