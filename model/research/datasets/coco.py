"""MS-COCO 2014: `annotations/instances_{train,val}2014.json` and one folder of images per split."""

from pathlib import Path

import numpy as np

from model.research.datasets.base import DataError, Labelled, json_file


def coco2014(root: Path, split: str) -> Labelled:
    """`train` or `val`: all images of the file in its order, those without annotation absent throughout; the 80
    categories in the order of their ids."""
    path = root / "annotations" / f"instances_{split}2014.json"
    content = json_file(path, "COCO's instances file with images, annotations and categories")
    try:
        categories = sorted(content["categories"], key=lambda c: c["id"])
        column = {c["id"]: i for i, c in enumerate(categories)}
        row = {image["id"]: i for i, image in enumerate(content["images"])}
        labels = np.full((len(row), len(column)), -1, dtype=np.int8)
        for annotation in content["annotations"]:
            labels[row[annotation["image_id"]], column[annotation["category_id"]]] = 1
        names = [image["file_name"] for image in content["images"]]
    except (KeyError, TypeError) as error:
        raise DataError(f"{path} is damaged (no {error}); expected COCO's instances file") from error
    folder = next((f for f in (root / f"{split}2014", root / "images" / f"{split}2014") if f.is_dir()), None)
    if folder is None:
        raise DataError(f"{root / f'{split}2014'} is missing; expected the folder of images")
    return Labelled([c["name"] for c in categories], [folder / name for name in names], labels)
