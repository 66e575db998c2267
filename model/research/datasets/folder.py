"""A plain folder of images with a CSV file, and Tern's own exports."""

from pathlib import Path

import numpy as np

from model.research.datasets.base import DataError, Labelled, rows, state

WIDE = "a header `image,LABEL,…` and one line per image with 1, -1, 0 or blank"


def folder_with_csv(
    images: Path,
    table: Path,
    image_column: str = "image",
    others: tuple[str, ...] = (),
    where: tuple[str, str] | None = None,
) -> Labelled:
    """Wide CSV: one column per label in {1, -1, 0, blank}. `others` are columns that are no labels; `where`
    (column, value) keeps matching lines only."""
    paths, values, names = [], [], None
    for number, row in rows(table, WIDE):
        if names is None:
            if absent := [c for c in (image_column, *others) if c not in row]:
                raise DataError(f"{table} has no column {absent[0]!r}; its header is {', '.join(row)}")
            names = [column for column in row if column not in {image_column, *others}]
        if where is None or row[where[0]] == where[1]:
            paths.append(images / row[image_column])
            values.append([state(row[name], f"{table}:{number}, column {name!r},") for name in names])
    if names is None or not names or not paths:
        such = f" with {where[0]} = {where[1]}" if where else ""
        raise DataError(f"{table} holds no labelled images{such}; expected {WIDE}")
    return Labelled(names, paths, np.array(values, dtype=np.int8))


def tern_export(path: Path, images: Path) -> Labelled:
    """A labels.npz that Tern wrote: `matrix` int8 [N, C], `labels` [C], `images` [N]."""
    expected = "Tern's NPZ export with matrix, labels and images"
    if not path.is_file():
        raise DataError(f"{path} is missing; expected {expected}")
    try:
        with np.load(path, allow_pickle=False) as file:
            matrix, names, files = file["matrix"], file["labels"].tolist(), file["images"].tolist()
    except Exception as error:  # zip, zlib and NumPy each raise their own on broken files
        raise DataError(f"{path} is damaged ({error}); expected {expected}") from error
    if matrix.shape != (len(files), len(names)) or not np.isin(matrix, (-1, 0, 1)).all():
        raise DataError(
            f"{path} holds a matrix {matrix.shape} for {len(files)} images and {len(names)} labels, or "
            f"values other than 1, -1, 0; expected {expected}"
        )
    return Labelled(names, [images / name for name in files], matrix.astype(np.int8))
