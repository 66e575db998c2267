"""A run directory made by hand, and the application's trainer run on it in a process of its own."""

import subprocess
import sys
from pathlib import Path

from model.arrays import I8
from model.storage.durable import write_array, write_json


def run_directory(
    folder: Path,
    paths: list[Path],
    hashes: list[str],
    names: list[str],
    labels: I8,
    config: dict[str, object],
) -> Path:
    """A run directory for the app's trainer."""
    folder.mkdir(parents=True, exist_ok=True)
    write_json(
        folder / "manifest.json",
        {
            "format": 1,
            "labels": [{"id": i, "name": name, "synonyms": [], "rule": ""} for i, name in enumerate(names)],
            "images": [
                {"id": i, "hash": h, "path": str(p.resolve()), "group": h}
                for i, (h, p) in enumerate(zip(hashes, paths, strict=True))
            ],
        },
    )
    write_json(folder / "config.json", {"seed": 0, "previous": None, "overrides": {}} | config)
    write_array(folder / "labels.npy", labels)
    return folder


def train_run(folder: Path) -> None:
    """Run the app's trainer on a run directory. Raises RuntimeError with its last words when it fails."""
    done = subprocess.run([sys.executable, "-m", "model", "train", str(folder)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"python -m model train {folder} left with {done.returncode}: {done.stderr[-2000:]}")
