"""`python -m model train RUN_DIR`: features, fit, calibration, scores, and result.json last.

Levels: `prior` scores from names alone; `quick` refits the convex head with the choices of the previous version;
`full` chooses penalty, blending and trust in names by out-of-fold loss on known marks; `deep` does the same after
looking at every picture enlarged too. No level changes the backbone.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.backbones import BackboneError
from model.calibrate import bounded, calibrate, names_calibration, with_audit
from model.doubtfile import write_doubts
from model.learn import Learnt, learn, previous_weights
from model.priors import PriorError, Reading
from model.progress import Progress, Stopped, Watch
from model.report import Judged, OutOfFold, report
from model.runfiles import BadInput, Run, checksum, read_run, write_array, write_json
from model.session import Session
from model.tern.features import Pictures, linear_scores, raw_zero_shot, settle
from model.tern.fit import folds_of
from model.tern.links import add_links, fit_links
from model.tern.weights import Weights
from model.views import computes_in_half

Floats = NDArray[np.float32]
DONE, OTHER, BAD_INPUT, STOPPED = 0, 1, 2, 3
SHARES = {"features": 60.0, "fit": 25.0, "score": 10.0, "calibrate": 5.0}
PUBLISH_SECONDS = 5.0


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
    closer = looks_closer(run, session)
    clock, progress = Clock(), Progress(run.folder, closer_shares(run, session) if closer else SHARES)
    attempt = next_attempt(run.folder)
    try:
        watch.check()
        reading = session.prior(run).read([label.names for label in run.labels])
        valid, errors = make_features(run, session, watch, progress, reading)
        clock.lap("features")
        if closer:
            session.look_closer(run, watch, partial(closer_line, progress))
            clock.lap("views")
        watch.check()
        learnt = learn(run, session, watch, progress, reading, valid, attempt)
        clock.lap("fit")
        publish(run, session, watch, progress, learnt, valid, errors, clock)
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
    run: Run, session: Session, watch: Watch, progress: Progress, reading: Reading, basis: Floats | None = None
) -> tuple[NDArray[np.bool_], dict[int, str]]:
    """Fill the cache, reduced maps too if the `basis` is settled.

    Until the first marks are learnt, names-only scores are published while pictures arrive.
    """
    last = [time.monotonic()]
    progress.line("features", 0, len(run.images), "looking for pictures without features")

    def tick(done: int, total: int, error: str) -> None:
        watch.check()
        now = time.monotonic()
        message = error or f"features of {done} of {total} new pictures"
        publishing = run.config.level == "prior" and (now - last[0] >= PUBLISH_SECONDS or done == total)
        if publishing:
            last[0] = now
            write_array(run.folder / "scores.npy", names_only(run, session, reading, watch))
        progress.line("features", done, total, message, **({"published": True} if publishing else {}))

    errors = session.extract(run, watch, tick, basis)
    valid: NDArray[np.bool_] = np.asarray(~np.isnan(session.pooled(run)).any(axis=1), bool)
    return valid, errors


def looks_closer(run: Run, session: Session) -> bool:
    """Whether the run enlarges pictures: a deep one, and a full one after it for pictures that came since."""
    if run.config.level != "full":
        return run.config.level == "deep"
    old = previous_weights(run, session)
    return old is not None and old.views


def closer_shares(run: Run, session: Session) -> dict[str, float]:
    """Shares of such a run by what it still has to look at, in the time that a picture as it is takes."""
    hashes, count = run.hashes, len(run.images)
    slower = 1.0 if computes_in_half() else 2.0
    looks = {
        "features": float(len(session.cache(run).missing(hashes))),
        "views": slower * len(session.views(run).records.missing(hashes)),
    }
    return looks | {"fit": 0.15 * count + 1, "score": 0.02 * count, "calibrate": 0.02 * count}


def closer_line(progress: Progress, done: int, total: int) -> None:
    """Say how far looking closer is."""
    progress.line("views", done, total, f"{done} of {total} pictures enlarged")


def names_only(run: Run, session: Session, reading: Reading, watch: Watch) -> NDArray[np.float16]:
    """Names-only probabilities [C, N] of the pictures that have features by now, NaN elsewhere."""
    evidence = session.evidence(run, watch)
    valid = ~np.isnan(session.pooled(run)).any(1)
    out = np.full((len(run.labels), len(run.images)), np.nan, np.float16)
    if valid.any() and run.labels:
        raw = raw_zero_shot(evidence[valid], session.prior(run), reading)
        empty = np.zeros((0, 1, 1), np.float32)
        lens = settle(
            empty,
            raw,
            Reading(np.zeros((len(run.labels), 1), np.float32), reading.mixture, []),
            np.eye(1, dtype=np.float32),
        )
        out[:, valid] = names_calibration(len(run.labels)).probability(lens.zero_shot(raw)).T
    return out


def publish(
    run: Run,
    session: Session,
    watch: Watch,
    progress: Progress,
    learnt: Learnt,
    valid: NDArray[np.bool_],
    errors: dict[int, str],
    clock: Clock,
) -> None:
    """Calibrate, score everything, and write the files of the version, result.json last."""
    weights, held = learnt.weights, learnt.held
    progress.line("score", 0, len(run.images), "scoring all pictures")
    scores = all_logits(run, learnt.pictures, weights, session, watch)
    clock.lap("score")
    progress.line("calibrate", 0, 1, "calibrating")
    judged = calibrate_version(run, weights, held, scores, valid)
    clock.lap("calibrate")
    watch.check()
    write_scores(run, weights, scores, valid)
    write_heldout(run, judged.held)
    write_doubts(run, judged.held, learnt.pictures, valid)
    weights.save(run.folder / "weights.safetensors")
    write_array(run.folder / "directions.npy", weights.directions())
    clock.lap("score")
    finish(run, progress, weights, judged, errors, clock)


def all_logits(run: Run, pictures: Pictures, weights: Weights, session: Session, watch: Watch) -> Floats:
    """Uncalibrated logits [n, C] of pictures."""
    solution, lens = weights.solution, weights.lens
    z = lens.zero_shot(raw_zero_shot(pictures.evidence, session.prior(run), weights.reading))
    linear = 0.0
    if bool((solution.w != 0).any()):
        linear = linear_scores(pictures, lens, solution.w.numpy(), lambda done: watch.check())  # type: ignore[assignment]
    return (linear + solution.b.numpy() + solution.s.numpy() * z).astype(np.float32)


def calibrate_version(run: Run, weights: Weights, held: OutOfFold, scores: Floats, valid: NDArray[np.bool_]) -> Judged:
    """Set calibration and links of `weights` from out-of-fold known marks and blind audit answers.

    Returns the calibrated logits by which the version is judged; those of audit answers are cross-fitted, so that no
    answer judges a calibration it has taken part in.
    """
    column = np.cumsum(valid) - 1
    if len(held.logits):
        weights.calibration = calibrate(held.logits, held.label, held.value, len(run.labels))
    first = weights.calibration
    audited = OutOfFold.of_audit(run, valid)
    if audited is not None:
        audited.logits = scores[column[audited.image], audited.label]
        fold = folds_of(run.groups[audited.image], run.config.seed)
        told = np.zeros_like(audited.logits)
        for number in np.unique(fold):
            seen, mine = fold != number, fold == number
            part = with_audit(first, *audited.cells(seen)) if seen.any() else first
            told[mine] = part.level(audited.logits[mine], audited.label[mine])
        weights.calibration = with_audit(first, *audited.cells(slice(None)))
        audited = replace(audited, logits=told)
    level = weights.calibration.level(held.logits, held.label)
    weights.links, added = fit_links(run.marks, folds_of(run.groups, run.config.seed), held.image, held.label, level)
    if audited is not None:
        alone = np.zeros((len(audited.image), len(run.labels)), np.float32)
        linked = add_links(alone, run.marks[audited.image], weights.links)
        audited.logits = audited.logits + linked[np.arange(len(linked)), audited.label]
    return Judged(replace(held, logits=level + added), audited)


def write_scores(run: Run, weights: Weights, scores: Floats, valid: NDArray[np.bool_]) -> None:
    """scores.npy: float16 [C, N] probability of present, NaN for pictures without features."""
    out = np.full((len(run.labels), len(run.images)), np.nan, np.float16)
    level = add_links(weights.calibration.level(scores), run.marks[valid], weights.links)
    out[:, valid] = bounded(level).T
    write_array(run.folder / "scores.npy", out)


def write_heldout(run: Run, held: OutOfFold) -> None:
    """heldout.npy: float16 [C, N] out-of-fold probability of the known cells that were fitted, NaN elsewhere."""
    out = np.full((len(run.labels), len(run.images)), np.nan, np.float16)
    out[held.label, held.image] = bounded(held.logits)
    write_array(run.folder / "heldout.npy", out)


def finish(
    run: Run,
    progress: Progress,
    weights: Weights,
    judged: Judged,
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
        **report(run, weights, judged),
        "choices": weights.facts["choices"],
        "unreadable": [{"id": run.images[i].id, "error": message} for i, message in sorted(errors.items())],
        "checksums": {name: checksum(run.folder / name) for name in names},
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    clock.lap("report")
    result |= {"stages": clock.stages, "seconds": clock.total()}
    write_json(run.folder / "result.json", result)
    progress.line("done", 1, 1, "done", metrics=result["metrics"])
