"""Makes `tests/model/old_version.tar.gz`: a run directory with its version, and the feature cache behind it.

`python -m tests.model.old_version` was run once, with the code as it was before `model/` was laid out in folders;
the tests open what it left. Made again only when a format changes on purpose, beside the old one and not in its place.
"""

import io
import json
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.model.runs import draw, make_run

ARCHIVE = Path(__file__).with_name("old_version.tar.gz")
BACKBONE: dict[str, Any] = {"backbone": "test_vit", "image_size": 160}
SKIPPED = ("lock", ".png")


def unpacked(folder: Path) -> tuple[Path, list[dict], np.ndarray]:
    """The old run directory below `folder`, its images as the manifest has them, and its scores.

    Pictures themselves are not kept: whoever opens it must take their features from the cache.
    """
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    run = folder / "run"
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps({**config, "cache_dir": str(folder / "cache")}))
    return run, json.loads((run / "manifest.json").read_text())["images"], np.load(run / "scores.npy")


def make() -> None:
    """Train a small run in a process of its own, as an operator would, and pack what it left."""
    import subprocess

    with tempfile.TemporaryDirectory() as home:
        root = Path(home)
        (root / "pictures").mkdir()
        images, truth = draw(root / "pictures", 8)
        run = make_run(root / "run", images, truth, **BACKBONE)
        subprocess.run([sys.executable, "-m", "model", "train", str(run)], check=True)
        for image in images:
            image["path"] = f"/gone/{Path(image['path']).name}"
        manifest = json.loads((run / "manifest.json").read_text())
        (run / "manifest.json").write_text(json.dumps({**manifest, "images": images}))
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for path in sorted(root.rglob("*")):
                if path.is_file() and not path.name.endswith(SKIPPED):
                    archive.add(path, path.relative_to(root))
        ARCHIVE.write_bytes(buffer.getvalue())


if __name__ == "__main__":
    make()
