"""Data sets by name: `load(name, root)` gives the training and the test part."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from model.research.datasets.base import DataError, Labelled
from model.research.datasets.coco import coco2014
from model.research.datasets.folder import folder_with_csv, tern_export
from model.research.datasets.vg import vg200
from model.research.datasets.voc import voc2007

__all__ = [
    "DATASETS",
    "DataError",
    "Labelled",
    "coco2014",
    "folder_with_csv",
    "load",
    "tern_export",
    "vg200",
    "voc2007",
]
Parts = tuple[Labelled, Labelled]


def _voc20(root: Path) -> Parts:
    photos = root / "photos" if (root / "photos").is_dir() else root
    train, test = (
        folder_with_csv(photos, photos / "voc20.csv", others=("split", "source"), where=("split", part))
        for part in ("train", "test")
    )
    note = "difficult objects unknown"
    return replace(train, note=note), replace(test, note=note)


def _coco_small(root: Path) -> Parts:
    folder = (root / "photos" if (root / "photos").is_dir() else root) / "coco"
    train, test = (
        folder_with_csv(
            folder / "images", folder / "labels.csv", others=("split", "lab_split", "source"), where=("lab_split", part)
        )
        for part in ("train", "test")
    )
    return train, test


DATASETS: dict[str, tuple[str, Callable[[Path], Parts]]] = {
    "voc20": ("2,636 + 646 photographs of VOC 2007 and 2012, 20 labels, `photos/voc20.csv`", _voc20),
    "coco": ("227 + 149 photographs of COCO, 80 labels, `photos/coco/labels.csv`", _coco_small),
    "voc2007": ("PASCAL VOC 2007 devkit, trainval and test", lambda r: (voc2007(r, "trainval"), voc2007(r, "test"))),
    "voc2007-absent": (
        "the same with difficult objects absent, as the authors have it",
        lambda r: (voc2007(r, "trainval", "absent"), voc2007(r, "test", "absent")),
    ),
    "coco2014": ("MS-COCO 2014, train and val", lambda r: (coco2014(r, "train"), coco2014(r, "val"))),
    "vg200": ("Visual Genome, 200 categories, official lists", lambda r: (vg200(r, "train"), vg200(r, "test"))),
}


def load(name: str, root: Path) -> Parts:
    """Training and test part of a data set below `root`."""
    if name not in DATASETS:
        raise DataError(f"no data set {name!r}; there are {', '.join(DATASETS)}")
    return DATASETS[name][1](root)
