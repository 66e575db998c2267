"""VG-200: the official lists of 82,904 and 10,000 images, and the label index cut to its first 200 categories."""

from pathlib import Path

import numpy as np

from model.research.datasets.base import DataError, Labelled, json_file, lines

CATEGORIES = 200
INDEX = ("vg_category_200_labels_index.json", "vg_category_500_labels_index.json")
FOLDERS = ("VG_100K", "VG_100K_2", "images")


def vg200(root: Path, split: str) -> Labelled:
    """`train` or `test` in the order of `{split}_list_500.txt`. Names come from `vg_category_names.txt` if it is there;
    no list of them is public, so without it categories are numbered."""
    files = lines(root / f"{split}_list_500.txt", "one image file name per line")
    path = next((root / name for name in INDEX if (root / name).is_file()), None)
    if path is None:
        raise DataError(
            f"{root / INDEX[0]} is missing; expected image file name to list of category numbers ({INDEX[1]} does too)"
        )
    index = json_file(path, "image file name to list of category numbers")
    labels = np.full((len(files), CATEGORIES), -1, dtype=np.int8)
    for i, name in enumerate(files):
        if name not in index:
            raise DataError(f"{path} lacks {name}, which {split}_list_500.txt names")
        labels[i, [c for c in index[name] if c < CATEGORIES]] = 1
    names_file = root / "vg_category_names.txt"
    names = (
        lines(names_file, "200 names")[:CATEGORIES]
        if names_file.is_file()
        else [f"category {i}" for i in range(CATEGORIES)]
    )
    folders = [root / folder for folder in FOLDERS if (root / folder).is_dir()] or [root / FOLDERS[0]]
    return Labelled(names, [_place(folders, name) for name in files], labels)


def _place(folders: list[Path], name: str) -> Path:
    return next((folder / name for folder in folders if (folder / name).is_file()), folders[0] / name)
