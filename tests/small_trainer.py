"""A small real trainer that speaks the trainer's protocol: logistic regression on features read off content hashes.

Run as `python tests/small_trainer.py serve`. It checkpoints every step, resumes, stops on request, leaves with its
parent, and writes every file of the protocol, so that the orchestration can be drilled in milliseconds. The features
of an image are the first bytes of its hash, so a test knows the truth. Environment: SMALL_STEP_SECONDS slows it down.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from model.storage.card import LabelQuality, Stage, unsaid, unsaid_label, write_card
from model.storage.durable import BadInput, append_line, checksum, write_array
from model.storage.run import read_run

STEPS = 40
FEATURES = 8
PARENT = os.getppid()


def features_of(content_hash: str) -> np.ndarray:
    """Eight numbers in [-1, 1] and a constant."""
    raw = np.frombuffer(bytes.fromhex(content_hash)[:FEATURES], np.uint8).astype(np.float64)
    return np.append(raw / 127.5 - 1, 1.0)


def step(weights: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """One step of gradient descent on the known cells; weights [C, D]."""
    error = np.where(y != 0, 1 / (1 + np.exp(-x @ weights.T)) - (y > 0), 0.0)
    return weights - 0.5 * error.T @ x / np.maximum((y != 0).sum(0), 1)[:, None]


def train(folder: Path, kind: str) -> None:
    run = read_run(folder)
    begun = time.monotonic()
    x = np.array([features_of(image.hash) for image in run.images]).reshape(-1, FEATURES + 1)
    prior = kind == "train" and run.config.level == "prior"
    if kind == "score":
        weights = known_weights(Path(str(run.config.weights)), run.labels)
    elif prior:
        weights = np.stack([name_direction(label.names[0]) for label in run.labels])
    else:
        weights = fit(folder, x, run.marks)
    scores = (1 / (1 + np.exp(-weights @ x.T))).astype(np.float16)
    if prior:
        partial(folder, scores)
    if not prior and kind == "train":
        write_array(folder / "heldout.npy", held_out(x, run.marks))
    write_array(folder / "scores.npy", scores)
    write_array(folder / "directions.npy", weights.astype(np.float32))
    keep = {str(label.id): row.tolist() for label, row in zip(run.labels, weights, strict=True)}
    (folder / "weights.safetensors").write_text(json.dumps(keep))
    append_line(folder / "progress.jsonl", {"stage": "done", "done": 1, "total": 1, "percent": 100, "seconds_left": 0})
    files = ("weights.safetensors", "scores.npy", "directions.npy")
    seconds = time.monotonic() - begun
    card = unsaid()
    card |= {"method": "prior" if prior else "tern", "seconds": seconds, "stages": {"fit": seconds}, "peak_mib": 1.0}
    card |= {"n_images": len(run.images), "n_labels": len(run.labels), "known": int((run.marks != 0).sum())}
    card |= {"labels": [label_entry(label.id, run.marks[:, place]) for place, label in enumerate(run.labels)]}
    card |= {"names": {str(label.id): label.names for label in run.labels}}
    card |= {"checksums": {name: checksum(folder / name) for name in files}}
    card["metrics"]["map"] = None if prior else 0.5
    write_card(folder, card)


def label_entry(label_id: int, marks: np.ndarray) -> LabelQuality:
    stage: Stage = "learning" if marks.any() else "name"
    entry = unsaid_label(label_id)
    entry |= {"known": int((marks != 0).sum()), "positives": int((marks == 1).sum()), "stage": stage}
    entry |= {"accept_present": 0.9, "accept_absent": 0.1, "concepts": [["thing", 1.0]]}
    return entry


def partial(folder: Path, scores: np.ndarray) -> None:
    """Publish the newest half first, as a trainer does that is still extracting features."""
    half = scores.copy()
    half[:, : scores.shape[1] // 2] = np.nan
    write_array(folder / "scores.npy", half)
    line = {"stage": "features", "done": 1, "total": 2, "percent": 50, "seconds_left": 1, "published": True}
    append_line(folder / "progress.jsonl", line)
    pause()


def fit(folder: Path, x: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Train, going on from the newest checkpoint; a checkpoint a step."""
    weights, start = np.zeros((marks.shape[1], x.shape[1])), 0
    attempts = sorted(folder.glob("attempt-*"), key=lambda path: int(path.name.split("-")[1]))
    for path in reversed(attempts):
        if (path / "checkpoint.npy").exists():
            saved = np.load(path / "checkpoint.npy")
            start, weights = int(saved[0]), saved[1:].reshape(weights.shape)
            break
    attempt = folder / f"attempt-{len(attempts) + 1}"
    attempt.mkdir()
    for number in range(start, STEPS):
        weights = step(weights, x, marks)
        write_array(attempt / "checkpoint.npy", np.append(number + 1, weights.ravel()))
        left = (STEPS - number) * float(os.environ.get("SMALL_STEP_SECONDS", "0"))
        line = {"stage": "fit", "done": number + 1, "total": STEPS, "percent": 90 * (number + 1) / STEPS}
        append_line(folder / "progress.jsonl", line | {"seconds_left": left, "message": f"step {number + 1}"})
        if (folder / "stop").exists():
            write_card(folder, {**unsaid(), "state": "stopped"})
            raise InterruptedError
        pause()
    return weights


def pause() -> None:
    time.sleep(float(os.environ.get("SMALL_STEP_SECONDS", "0")))
    if os.getppid() != PARENT:
        os._exit(1)


def held_out(x: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Two folds: each half is scored by a fit on the other; [C, N], NaN where unknown."""
    found = np.full((marks.shape[1], len(x)), np.nan, np.float16)
    for fold in (0, 1):
        inside = np.arange(len(x)) % 2 == fold
        weights = np.zeros((marks.shape[1], x.shape[1]))
        for _ in range(STEPS):
            weights = step(weights, x[~inside], marks[~inside])
        scores = 1 / (1 + np.exp(-weights @ x[inside].T))
        found[:, inside] = np.where(marks[inside].T != 0, scores, np.nan)
    return found


def name_direction(name: str) -> np.ndarray:
    """What a name says before any mark: a weak, fixed direction."""
    rng = np.random.default_rng(len(name))
    return rng.normal(size=FEATURES + 1) * 0.5


def known_weights(path: Path, labels: list) -> np.ndarray:
    saved = json.loads(path.read_text())
    return np.stack([np.array(saved.get(str(label.id)) or name_direction(label.names[0])) for label in labels]).astype(
        np.float64
    )


def serve() -> int:
    for line in sys.stdin:
        command = json.loads(line)
        if command["command"] == "read":
            print(json.dumps({"ok": True, "concepts": [[[names[0], 1.0]] for names in command["names"]]}), flush=True)
            continue
        answer = {"run": command["run"], "ok": True, "error": None}
        try:
            train(Path(command["run"]), command["command"])
        except InterruptedError:
            pass
        except (BadInput, OSError, ValueError) as error:
            answer |= {"ok": False, "error": str(error)}
        print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(serve())
