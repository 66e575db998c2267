"""A run directory: what the application wrote, read and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.arrays import F32, I8, I64
from model.storage.durable import BadInput, read_json

FORMAT = 1
LEVELS = ("prior", "quick", "full", "deep")
# Keys that are no setting. Runs written by earlier versions also named a preset, which nothing read.
NO_SETTING = {"format", "preset"}


@dataclass(frozen=True)
class Label:
    """One label as the project names it; order in the manifest is the order of rows of scores."""

    id: int
    name: str
    synonyms: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The name and its synonyms."""
        return [self.name, *self.synonyms]


@dataclass(frozen=True)
class Picture:
    """One image of the manifest: content hash, where its original lies, and its group of near-duplicates."""

    id: int
    hash: str
    path: str
    group: str


@dataclass
class Config:
    """`config.json`, with the defaults of the contract. `overrides` may hold `backbone_weights` and head settings."""

    cache_dir: str
    level: str = "full"
    seed: int = 0
    backbone: str = "tf_efficientnet_lite0"
    image_size: int = 320
    weights: str | None = None
    wanted_precision: float = 0.95
    previous: str | None = None
    overrides: dict[str, Any] = field(default_factory=dict)


@dataclass
class Run:
    """Everything a run directory says, checked. `marks` int8 [N, C]; audit arrays [N, C] or None."""

    folder: Path
    labels: list[Label]
    images: list[Picture]
    config: Config
    marks: I8
    audit: I8 | None
    audit_weight: F32 | None

    @property
    def hashes(self) -> list[str]:
        """Content hashes in the order of columns of scores."""
        return [image.hash for image in self.images]

    @property
    def groups(self) -> I64:
        """Group number of each image; an empty group key means the image stands alone."""
        keys = [image.group or image.hash for image in self.images]
        return np.unique(np.array(keys, dtype=object).astype(str), return_inverse=True)[1].astype(np.int64)


def read_run(folder: str | Path) -> Run:
    """Read and check a run directory. Raises BadInput naming the file at fault."""
    folder = Path(folder)
    manifest, settings = read_json(folder / "manifest.json"), read_json(folder / "config.json")
    if manifest.get("format") != FORMAT:
        raise BadInput(f"manifest.json: format {manifest.get('format')!r}, this version reads {FORMAT}")
    try:
        labels = [Label(int(x["id"]), str(x["name"]), tuple(x.get("synonyms") or ())) for x in manifest["labels"]]
        images = [
            Picture(int(x["id"]), str(x["hash"]).lower(), str(x["path"]), str(x.get("group") or ""))
            for x in manifest["images"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"manifest.json: an entry is incomplete ({error!r})") from error
    for image in images:
        if len(image.hash) != 64 or set(image.hash) - set("0123456789abcdef"):
            raise BadInput(f"manifest.json: image {image.id} has no SHA-256 content hash ('{image.hash}')")
    config = read_config(settings)
    shape = (len(images), len(labels))
    marks = read_matrix(folder / "labels.npy", shape, np.int8)
    if not np.isin(marks, (-1, 0, 1)).all():
        raise BadInput("labels.npy: values other than 1, -1 and 0")
    audit = weight = None
    if (folder / "audit.npy").exists():
        audit = read_matrix(folder / "audit.npy", shape, np.int8)
        weight = np.ones(shape, np.float32)
        if (folder / "audit_weight.npy").exists():
            weight = read_matrix(folder / "audit_weight.npy", shape, np.float32)
    return Run(folder, labels, images, config, marks, audit, weight)


def read_config(settings: dict[str, Any]) -> Config:
    """Check `config.json`. Raises BadInput for a missing cache folder, an unknown level or key."""
    unknown = set(settings) - set(Config.__dataclass_fields__) - NO_SETTING
    if unknown:
        raise BadInput(f"config.json: unknown keys {sorted(unknown)}; known: {sorted(Config.__dataclass_fields__)}")
    if not settings.get("cache_dir"):
        raise BadInput("config.json: cache_dir is missing (folder for cached features)")
    config = Config(**{key: value for key, value in settings.items() if key not in NO_SETTING})
    if config.level not in LEVELS:
        raise BadInput(f"config.json: level {config.level!r} is none of {', '.join(LEVELS)}")
    if not 0 < config.wanted_precision < 1:
        raise BadInput(f"config.json: wanted_precision {config.wanted_precision} is not between 0 and 1")
    return config


def read_matrix(path: Path, shape: tuple[int, int], dtype: Any) -> NDArray[Any]:
    """An array of images x labels. Raises BadInput when it is absent, broken or of another shape."""
    try:
        matrix = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise BadInput(f"{path.name} is missing in {path.parent}") from error
    except (ValueError, EOFError, OSError) as error:
        raise BadInput(f"{path.name} cannot be read: {error}") from error
    if matrix.shape != shape:
        raise BadInput(f"{path.name} has shape {matrix.shape}, the manifest asks for {shape} (images x labels)")
    return matrix.astype(dtype)
