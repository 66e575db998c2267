"""A snapshot as a data set: (picture, tri-state vector). Needs torch and Pillow, and no Tern."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch.utils.data import Dataset


def as_tensor(picture: Image.Image) -> torch.Tensor:
    """RGB as float32 [3, height, width] in 0…1."""
    return torch.from_numpy(np.array(picture, np.float32).transpose(2, 0, 1) / 255)


class SnapshotDataset(Dataset[tuple[Any, torch.Tensor]]):
    """Pictures and labels of a snapshot in NumPy's format: int8 vectors of 1 present, -1 absent, 0 unknown.

    `folder` is where `Snapshot.download` put it, `pictures` where the pictures lie, named as they were imported or by
    their SHA-256 as `Project.fetch_pictures` names them. `split` takes one part of a snapshot that has parts.
    `transform` makes of an upright RGB picture what you train on. A picture that is missing is an error at once, not in
    the middle of an epoch. Raises FileNotFoundError, ValueError.
    """

    def __init__(
        self,
        folder: str | Path,
        pictures: str | Path,
        *,
        split: str | None = None,
        transform: Callable[[Image.Image], Any] = as_tensor,
    ) -> None:
        where = Path(folder)
        with np.load(where / "labels.npz", allow_pickle=False) as arrays:
            self.labels: list[str] = arrays["labels"].tolist()
            self.hashes: list[str] = arrays["hashes"].tolist()
            self.names: list[str] = arrays["images"].tolist()
            self.matrix = torch.from_numpy(arrays["matrix"])
            parts = arrays["split"].tolist() if "split" in arrays else None
        if split is not None:
            if parts is None or split not in parts:
                have = ", ".join(sorted(set(parts))) if parts else "none: make the snapshot with a split"
                raise ValueError(f"This snapshot has no part {split!r}; it has {have}.")
            self._keep([place for place, part in enumerate(parts) if part == split])
        manifest: dict[str, Any] = json.loads((where / "manifest.json").read_text())
        self.matrix_sha256 = str(manifest["matrix"]["sha256"])
        self.transform = transform
        self.files = [self._file(Path(pictures), *pair) for pair in zip(self.names, self.hashes, strict=True)]

    def _keep(self, places: list[int]) -> None:
        self.names = [self.names[place] for place in places]
        self.hashes = [self.hashes[place] for place in places]
        self.matrix = self.matrix[places]

    @staticmethod
    def _file(pictures: Path, name: str, sha256: str) -> Path:
        for candidate in (pictures / sha256, pictures / name):
            if candidate.is_file():
                return candidate
        raise FileNotFoundError(f"{name} is not in {pictures}, neither by its name nor by its SHA-256.")

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, place: int) -> tuple[Any, torch.Tensor]:
        with Image.open(self.files[place]) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGB")
        return self.transform(picture), self.matrix[place]
