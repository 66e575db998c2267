"""`python -m model train RUN_DIR`: features, fit, calibration, scores, and result.json last.

Levels: `prior` scores from names alone; `quick` refits the convex head with the choices of the previous version;
`full` chooses penalty and blending by cross-validation on known marks; `deep` chooses from a wider grid.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.backbones import BackboneError
from model.calibrate import Calibration, calibrate
from model.priors import PriorError, Reading
from model.report import OutOfFold, report
from model.runfiles import BadInput, Run, checksum, read_run, write_array, write_json
from model.session import Progress, Session, Stopped, Watch
from model.tern import weights as stored
from model.tern.blend import Cells, cells_to_blend
from model.tern.features import Lens, Pictures, linear_scores, raw_zero_shot, settle, vectors_of_cells
from model.tern.fit import DEEP_GRID, GRID, Choices, Problem, choose, fit, folds_of, out_of_fold
from model.tern.solver import Solution, start
from model.tern.weights import Weights

Floats = NDArray[np.float32]
DONE, OTHER, BAD_INPUT, STOPPED = 0, 1, 2, 3
SHARES = {"features": 60.0, "fit": 25.0, "calibrate": 5.0, "score": 10.0}
PUBLISH_SECONDS = 5.0
# Offset and slope of names alone, before any mark: fitted on photographs, then widened.
NAMES_SLOPE, NAMES_OFFSET = 1.0, -2.8


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.begun = self.last = time.monotonic()
        self.stages: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """Count the time since the last lap for `stage`."""
        now = time.monotonic()
        self.stages[stage] = round(self.stages.get(stage, 0) + now - self.last, 3)
        self.last = now

    def total(self) -> float:
        """Seconds since the start."""
        return round(time.monotonic() - self.begun, 3)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run directory."""
    parser.add_argument("run", type=Path, help="run directory with manifest.json, config.json and labels.npy")


def run(args: argparse.Namespace) -> int:
    """Train once in this process."""
    return guarded(args.run, Session(), train, listen=True)


def guarded(folder: Path, session: Session, work: Any, listen: bool = False) -> int:
    """Run `work`, turning its ends into exit codes; the message of bad input goes to stderr."""
    watch = Watch(folder, session.watch_parent)
    if listen:
        watch.listen()
    try:
        return int(work(read_run(folder), session, watch))
    except (BadInput, BackboneError, PriorError) as error:
        print(f"{folder}: {error}", file=sys.stderr)
        return BAD_INPUT


def train(run: Run, session: Session, watch: Watch) -> int:
    """All stages of one run. Returns an exit code; a stopped run leaves a resumable attempt and result "stopped"."""
    clock, progress = Clock(), Progress(run.folder, SHARES)
    attempt = next_attempt(run.folder)
    try:
        watch.check()
        reading = session.prior(run).read([label.names for label in run.labels])
        valid, errors = make_features(run, session, watch, progress, reading)
        clock.lap("features")
        watch.check()
        weights, held = learn(run, session, watch, progress, reading, valid, attempt, clock)
        publish(run, session, watch, progress, weights, held, valid, errors, clock)
        return DONE
    except Stopped:
        write_json(
            run.folder / "result.json",
            {
                "format": 1,
                "state": "stopped",
                "seconds": clock.total(),
                "stages": clock.stages,
                "n_images": len(run.images),
                "n_labels": len(run.labels),
            },
        )
        return STOPPED


def next_attempt(folder: Path) -> Path:
    """Make attempt-K; choices of an earlier attempt are carried over, features wait in the cache."""
    earlier = sorted(folder.glob("attempt-*/"), key=lambda path: int(path.name.split("-")[1]))
    number = int(earlier[-1].name.split("-")[1]) + 1 if earlier else 1
    attempt = folder / f"attempt-{number}"
    attempt.mkdir()
    for path in reversed(earlier):
        if (path / "choices.json").exists():
            write_json(attempt / "choices.json", json.loads((path / "choices.json").read_text()))
            break
    return attempt


def make_features(
    run: Run, session: Session, watch: Watch, progress: Progress, reading: Reading
) -> tuple[NDArray[np.bool_], dict[int, str]]:
    """Fill the cache. Until the first marks are learnt, names-only scores are published while pictures arrive."""
    last = [time.monotonic()]
    progress.line("features", 0, len(run.images), "looking for pictures without features")

    def tick(done: int, total: int, error: str) -> None:
        watch.check()
        now = time.monotonic()
        message = error or f"features of {done} of {total} new pictures"
        publishing = run.config.level == "prior" and (now - last[0] >= PUBLISH_SECONDS or done == total)
        if publishing:
            last[0] = now
            write_array(run.folder / "scores.npy", names_only(run, session, reading))
        progress.line("features", done, total, message, **({"published": True} if publishing else {}))

    errors = session.extract(run, watch, tick)
    valid: NDArray[np.bool_] = ~np.isnan(session.pooled(run)).any(axis=1)
    return valid, errors


def names_only(run: Run, session: Session, reading: Reading) -> NDArray[np.float16]:
    """Names-only probabilities [C, N] of the pictures that have features by now, NaN elsewhere."""
    pooled = session.pooled(run)
    valid = ~np.isnan(pooled).any(1)
    out = np.full((len(run.labels), len(run.images)), np.nan, np.float16)
    if valid.any() and run.labels:
        pictures = Pictures(pooled[valid], lambda indices: np.zeros((0, 1, 1), np.float32))
        raw = raw_zero_shot(pictures, session.prior(run), reading)
        empty = np.zeros((0, 1, 1), np.float32)
        lens = settle(
            empty,
            raw,
            Reading(np.zeros((len(run.labels), 1), np.float32), reading.mixture, []),
            np.eye(1, dtype=np.float32),
        )
        out[:, valid] = names_calibration(len(run.labels)).probability(lens.zero_shot(raw)).T
    return out


def names_calibration(labels: int) -> Calibration:
    """Probability of a standardised zero-shot score before any mark."""
    slope, offset = np.full(labels, NAMES_SLOPE, np.float32), np.full(labels, NAMES_OFFSET, np.float32)
    return Calibration(slope, offset, (NAMES_SLOPE, NAMES_OFFSET))


def previous_weights(run: Run) -> Weights | None:
    """The version before, or None when there is none, it is unreadable, or another backbone made it."""
    if not run.config.previous:
        return None
    try:
        old = stored.load(Path(run.config.previous) / "weights.safetensors")
    except BadInput:
        return None
    return old if old.backbone == f"{run.config.backbone}-{run.config.image_size}" else None


def learn(
    run: Run,
    session: Session,
    watch: Watch,
    progress: Progress,
    reading: Reading,
    valid: NDArray[np.bool_],
    attempt: Path,
    clock: Clock,
) -> tuple[Weights, OutOfFold]:
    """Fit, choose and calibrate on the known marks of pictures that have features."""
    old = previous_weights(run)
    keep = old is not None and old.weights_id == session.backbone(run).weights_id
    keep = keep and old is not None and int(valid.sum()) <= BASIS_GROWTH * int(old.facts.get("basis_images", 0))
    pictures, basis = session.pictures(run, old.basis if keep and old else None, valid, watch)
    basis_images = old.facts["basis_images"] if keep and old else int(valid.sum())
    raw = raw_zero_shot(pictures, session.prior(run), reading)
    lens = settle(pictures.sample(), raw, reading, basis)
    z = lens.zero_shot(raw)
    progress.line("fit", 0, 3, "collecting known marks")
    rng = np.random.default_rng(run.config.seed)
    marks = run.marks[valid] if run.config.level != "prior" else np.zeros_like(run.marks[valid])
    cell_of: dict[str, Any] = {
        "pictures": pictures,
        "lens": lens,
        "z": z,
        "grid": session.cache(run).grid,
        "marks": marks,
    }
    known = cells(np.argwhere(marks != 0), **cell_of)
    unknown = cells(np.stack(cells_to_blend(marks, rng), 1), **cell_of)
    problem = Problem(known, unknown, len(run.labels), run.config.seed)
    watch.check()
    fold = folds_of(run.groups[valid], run.config.seed)
    choices = chosen(run, problem, fold, old, attempt, watch)
    progress.line("fit", 1, 3, f"fitting {len(known)} known marks")
    solution = fit(problem, choices, warm_start(run, old if keep else None, problem))
    write_json(attempt / "choices.json", choices.as_dict())
    progress.line("fit", 2, 3, "scoring known marks out of fold")
    held_logits = out_of_fold(problem, choices, fold, solution, watch.check)
    clock.lap("fit")
    held = OutOfFold(np.flatnonzero(valid)[known.image], known.label, known.value, held_logits)
    weights = Weights(
        [(label.id, label.names) for label in run.labels],
        f"{run.config.backbone}-{run.config.image_size}",
        session.backbone(run).weights_id,
        basis,
        lens,
        reading,
        solution,
        names_calibration(len(run.labels)),
        {"choices": choices.as_dict(), "basis_images": basis_images, "known": len(known)},
    )
    return weights, held


# A basis made from fewer pictures than a quarter of today's is made again.
BASIS_GROWTH = 4


def cells(
    where: NDArray[np.int64], pictures: Pictures, lens: Lens, z: Floats, grid: tuple[int, int], marks: NDArray[np.int8]
) -> Cells:
    """Features of cells given as (picture, label) rows, ascending by picture."""
    from model.tern.features import coarse_grid

    image, label = where[:, 0], where[:, 1]
    x, quadrant = vectors_of_cells(pictures, lens, image, label, coarse_grid(grid))
    return Cells(image, label, x, z[image, label], quadrant, marks[image, label])


def chosen(
    run: Run, problem: Problem, fold: NDArray[np.int64], old: Weights | None, attempt: Path, watch: Watch
) -> Choices:
    """Choices: fixed by overrides, left by an earlier attempt, the previous version's (quick), or cross-validated."""
    fixed = {key: value for key, value in run.config.overrides.items() if key in Choices.__dataclass_fields__}
    if (attempt / "choices.json").exists():
        return replace(Choices(**json.loads((attempt / "choices.json").read_text())), **fixed)
    if run.config.level == "quick" and old is not None and "choices" in old.facts:
        return replace(Choices(**old.facts["choices"]), **fixed)
    if run.config.level in {"full", "deep"}:
        grid = GRID if run.config.level == "full" else DEEP_GRID
        return replace(choose(problem, fold, watch.check, grid)[0], **fixed)
    return replace(Choices(), **fixed)


def warm_start(run: Run, old: Weights | None, problem: Problem) -> Solution | None:
    """The previous solution in today's order of labels; new labels begin at the shared values."""
    if old is None or old.solution.w.shape[1] != problem.known.x.shape[1]:
        return None
    from model.tern.solver import Penalty

    width = problem.known.x.shape[1]
    begin = start(problem.labels, width, Penalty(old.solution.b.new_ones(problem.labels)))
    rows = {number: row for row, (number, _) in enumerate(old.labels)}
    for row, label in enumerate(run.labels):
        if label.id in rows:
            begin.w[row] = old.solution.w[rows[label.id]]
            begin.b[row] = old.solution.b[rows[label.id]]
            begin.s[row] = old.solution.s[rows[label.id]]
    return Solution(begin.w, begin.b, begin.s, old.solution.b0, old.solution.s0)


def publish(
    run: Run,
    session: Session,
    watch: Watch,
    progress: Progress,
    weights: Weights,
    held: OutOfFold,
    valid: NDArray[np.bool_],
    errors: dict[int, str],
    clock: Clock,
) -> None:
    """Calibrate, score everything, and write the files of the version, result.json last."""
    pictures, _ = session.pictures(run, weights.basis, valid, watch)
    progress.line("score", 0, len(run.images), "scoring all pictures")
    scores = all_logits(run, pictures, weights, session, watch)
    clock.lap("score")
    progress.line("calibrate", 0, 1, "calibrating")
    weights.calibration = calibration_of(run, held, scores, valid)
    clock.lap("calibrate")
    watch.check()
    write_scores(run, weights, scores, valid)
    weights.save(run.folder / "weights.safetensors")
    write_array(run.folder / "directions.npy", weights.directions())
    write_held_out(run, weights, held)
    clock.lap("score")
    finish(run, progress, weights, held, valid, errors, clock)


def all_logits(run: Run, pictures: Pictures, weights: Weights, session: Session, watch: Watch) -> Floats:
    """Uncalibrated logits [n, C] of pictures."""
    solution, lens = weights.solution, weights.lens
    z = lens.zero_shot(raw_zero_shot(pictures, session.prior(run), weights.reading))
    linear = 0.0
    if bool((solution.w != 0).any()):
        linear = linear_scores(pictures, lens, solution.w.numpy(), lambda done: watch.check())  # type: ignore[assignment]
    return (linear + solution.b.numpy() + solution.s.numpy() * z).astype(np.float32)


def calibration_of(run: Run, held: OutOfFold, scores: Floats, valid: NDArray[np.bool_]) -> Calibration:
    """Calibrate on out-of-fold known marks, and on blind audit answers where there are some."""
    if not len(held.logits):
        return names_calibration(len(run.labels))
    return calibrate(held.logits, held.label, held.value, len(run.labels))


def write_scores(run: Run, weights: Weights, scores: Floats, valid: NDArray[np.bool_]) -> None:
    """scores.npy: float16 [C, N] probability of present, NaN for pictures without features."""
    out = np.full((len(run.labels), len(run.images)), np.nan, np.float16)
    out[:, valid] = weights.calibration.probability(scores).T
    write_array(run.folder / "scores.npy", out)


def write_held_out(run: Run, weights: Weights, held: OutOfFold) -> None:
    """heldout.npy: float16 [C, N] out-of-fold probability of every known cell, NaN elsewhere; none without marks.

    Two versions can be compared on the cells that both scored without having seen them.
    """
    if not len(held.logits):
        return
    out = np.full((len(run.labels), len(run.images)), np.nan, np.float16)
    out[held.label, held.image] = weights.calibration.probability(held.logits, held.label)
    write_array(run.folder / "heldout.npy", out)


def finish(
    run: Run,
    progress: Progress,
    weights: Weights,
    held: OutOfFold,
    valid: NDArray[np.bool_],
    errors: dict[int, str],
    clock: Clock,
) -> None:
    """Write result.json and the last line of progress."""
    names = ("weights.safetensors", "scores.npy", "directions.npy")
    result: dict[str, Any] = {
        "format": 1,
        "state": "done",
        "method": "prior" if run.config.level == "prior" else "tern",
        "level": run.config.level,
        "n_images": len(run.images),
        "n_labels": len(run.labels),
        "known": int((run.marks != 0).sum()),
        **report(run, weights, held, valid),
        "choices": weights.facts["choices"],
        "unreadable": [{"id": run.images[i].id, "error": message} for i, message in sorted(errors.items())],
        "checksums": {name: checksum(run.folder / name) for name in names},
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    clock.lap("report")
    result |= {"stages": clock.stages, "seconds": clock.total()}
    write_json(run.folder / "result.json", result)
    progress.line("done", 1, 1, "done", metrics=result["metrics"])
