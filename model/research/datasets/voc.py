"""PASCAL VOC 2007 in its devkit layout: `VOC2007/{JPEGImages,Annotations,ImageSets/Main}`."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Literal

import numpy as np

from model.research.datasets.base import DataError, Labelled, lines

NAMES = [
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
]
AS_WORDS = {"tvmonitor": "tv monitor", "pottedplant": "potted plant", "diningtable": "dining table"}
"""Names that are no words, as words: a name is read by what it means. Names of other data sets are words already."""
Difficult = Literal["unknown", "absent"]


def voc2007(root: Path, split: str, difficult: Difficult = "unknown") -> Labelled:
    """A split (`trainval`, `test`, …) in the order of its list.

    A category whose only objects are marked difficult is unknown, as the official evaluation ignores it, or absent, as
    the authors' files have it; the note says which.
    """
    places = (root, root / "VOC2007", root / "VOCdevkit" / "VOC2007")
    base = next((place for place in places if (place / "ImageSets").is_dir()), None)
    if base is None:
        raise DataError(f"{root} holds no VOC2007/ImageSets; expected the unpacked VOC 2007 devkit")
    ids = [line.split()[0] for line in lines(base / "ImageSets" / "Main" / f"{split}.txt", "one image id per line")]
    labels = np.array([_image(base / "Annotations" / f"{name}.xml", difficult) for name in ids], dtype=np.int8)
    paths = [base / "JPEGImages" / f"{name}.jpg" for name in ids]
    return Labelled(NAMES, paths, labels, f"difficult objects {difficult}")


def _image(path: Path, difficult: Difficult) -> list[int]:
    try:
        objects = ET.parse(path).getroot().findall("object")  # noqa: S314 - a local data set, not a stranger's file
        found = [(o.findtext("name", ""), o.findtext("difficult", "0").strip() == "1") for o in objects]
        places = [(NAMES.index(name), hard) for name, hard in found]
    except FileNotFoundError as error:
        raise DataError(f"{path} is missing; expected the annotation of an image of the split") from error
    except (ET.ParseError, ValueError) as error:
        raise DataError(f"{path} is damaged ({error}); expected a VOC annotation of the twenty categories") from error
    row = [-1] * len(NAMES)
    for place, hard in sorted(places, key=lambda item: not item[1]):
        row[place] = (0 if difficult == "unknown" else -1) if hard else 1
    return row
