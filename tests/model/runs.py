"""Small run directories for tests of the trainer: drawn pictures, a tiny backbone with random weights."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

BACKBONE: dict[str, Any] = {"backbone": "test_efficientnet", "image_size": 64}
COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (40, 60, 220)}


def draw(folder: Path, count: int, seed: int = 0) -> tuple[list[dict], np.ndarray]:
    """Pictures with patches of colours; truth [N, 3] says which colours a picture holds."""
    rng = np.random.default_rng(seed)
    truth = np.where(rng.random((count, len(COLOURS))) < 0.4, 1, -1).astype(np.int8)
    images = []
    for number in range(count):
        pixels = rng.integers(90, 140, (64, 64, 3)).astype(np.uint8)
        for label, colour in enumerate(COLOURS.values()):
            if truth[number, label] == 1:
                y, x = rng.integers(0, 40, 2)
                pixels[y : y + 24, x : x + 24] = colour
        path = folder / f"{number}.png"
        Image.fromarray(pixels).save(path)
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        images.append({"id": number + 1, "hash": content, "path": str(path), "group": ""})
    return images, truth


def make_run(
    folder: Path, images: list[dict], marks: np.ndarray, names: list[str] | None = None, **settings: Any
) -> Path:
    """Write a run directory as the application does."""
    folder.mkdir(parents=True)
    names = names or list(COLOURS)
    labels = [{"id": 10 + i, "name": name, "synonyms": [], "rule": ""} for i, name in enumerate(names)]
    (folder / "manifest.json").write_text(json.dumps({"format": 1, "labels": labels, "images": images}))
    config: dict[str, Any] = {"cache_dir": str(folder.parent / "cache"), "level": "full", **BACKBONE}
    config["overrides"] = {"backbone_weights": "random", **settings.pop("overrides", {})}
    (folder / "config.json").write_text(json.dumps({**config, **settings}))
    np.save(folder / "labels.npy", marks.astype(np.int8))
    return folder
