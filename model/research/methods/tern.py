"""`tern`, the app's default: SARB's parts as a convex head from the semantic prior, run through its own trainer."""

import tempfile
from pathlib import Path

import numpy as np

from model.arrays import F32
from model.research.task import Method, Task


def solve(task: Task) -> F32:
    """Test scores from a full run of `python -m model train` on the training and the unlabelled test images together,
    as in a project; only training images carry marks."""
    from model.research.frozen import Frozen
    from model.training.by_hand import run_directory, train_run

    data = task.facts.get("frozen")
    if not isinstance(data, Frozen):
        raise ValueError("tern trains from image files in a run directory; use a task of frozen features")
    paths = data.train.paths + data.test.paths
    labels = np.concatenate([task.labels, np.zeros((len(data.test.paths), task.classes), np.int8)])
    config = {
        "level": "full",
        "seed": task.seed,
        "backbone": data.backbone,
        "image_size": data.size,
        "cache_dir": str(data.cache.resolve()),
    }
    with tempfile.TemporaryDirectory() as folder:
        train_run(run_directory(Path(folder), paths, data.hashes, list(task.names), labels, config))
        probability = np.load(Path(folder) / "scores.npy").astype(np.float32).T[len(task.labels) :]
    return probability - 0.5


METHODS = [Method("tern", "the app's default: convex SARB head from the semantic prior", solve=solve)]
