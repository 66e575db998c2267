"""From fitted weights to the files of a version: calibration, scores, doubts, the card last."""

from __future__ import annotations

import resource
from dataclasses import replace

import numpy as np

from model.arrays import F32
from model.storage.card import FORMAT, Card, write_card
from model.storage.durable import checksum, write_array
from model.storage.run import Run
from model.tern.calibrate import bounded, calibrate, with_audit
from model.tern.features import Pictures, linear_scores, raw_zero_shot
from model.tern.fitting import folds_of
from model.tern.links import add_links, fit_links
from model.tern.weights import Weights
from model.training.doubts import write_doubts
from model.training.judge import Judged, OutOfFold, report
from model.training.learn import Learnt
from model.training.work import Work


def publish(work: Work, learnt: Learnt) -> None:
    """Calibrate, score everything, and write the files of the version, its card last."""
    run, weights = work.run, learnt.weights
    work.progress.line("score", 0, len(run.images), "scoring all pictures")
    scores = all_logits(work, learnt.pictures, weights)
    work.clock.lap("score")
    work.progress.line("calibrate", 0, 1, "calibrating")
    judged = calibrate_version(work, weights, learnt.held, scores)
    work.clock.lap("calibrate")
    work.watch.check()
    write_version(work, weights, scores)
    write_heldout(run, judged.held)
    write_doubts(run, judged.held, learnt.pictures, work.valid)
    work.clock.lap("score")
    finish(work, weights, judged)


def all_logits(work: Work, pictures: Pictures, weights: Weights) -> F32:
    """Uncalibrated logits [n, C] of pictures."""
    solution, lens = weights.solution, weights.lens
    z = lens.zero_shot(raw_zero_shot(pictures.evidence, work.prior, weights.reading))
    linear = np.zeros_like(z)
    if bool((solution.w != 0).any()):
        linear = linear_scores(pictures, lens, solution.w.numpy(), lambda done: work.watch.check())
    return (linear + solution.b.numpy() + solution.s.numpy() * z).astype(np.float32)


def calibrate_version(work: Work, weights: Weights, held: OutOfFold, scores: F32) -> Judged:
    """Set calibration and links of `weights` from out-of-fold known marks and blind audit answers.

    Returns the calibrated logits by which the version is judged; those of audit answers are cross-fitted, so that no
    answer judges a calibration it has taken part in.
    """
    run, column = work.run, np.cumsum(work.valid) - 1
    if len(held.logits):
        weights.calibration = calibrate(held.logits, held.label, held.value, len(run.labels))
    first = weights.calibration
    audited = OutOfFold.of_audit(run, work.valid)
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


def write_version(work: Work, weights: Weights, scores: F32) -> None:
    """scores.npy, float16 [C, N] probability of present, NaN for pictures without features; weights; directions."""
    run = work.run
    out = np.full((len(run.labels), len(run.images)), np.nan, np.float16)
    level = add_links(weights.calibration.level(scores), run.marks[work.valid], weights.links)
    out[:, work.valid] = bounded(level).T
    write_array(run.folder / "scores.npy", out)
    weights.save(run.folder / "weights.safetensors")
    write_array(run.folder / "directions.npy", weights.directions())


def write_heldout(run: Run, held: OutOfFold) -> None:
    """heldout.npy: float16 [C, N] out-of-fold probability of the known cells that were fitted, NaN elsewhere."""
    out = np.full((len(run.labels), len(run.images)), np.nan, np.float16)
    out[held.label, held.image] = bounded(held.logits)
    write_array(run.folder / "heldout.npy", out)


def finish(work: Work, weights: Weights, judged: Judged) -> None:
    """Write the card and the last line of progress."""
    run, clock = work.run, work.clock
    names = ("weights.safetensors", "scores.npy", "directions.npy")
    metrics, labels = report(run, weights, judged)
    checksums = {name: checksum(run.folder / name) for name in names}
    clock.lap("report")
    card: Card = {
        "format": FORMAT,
        "state": "done",
        "method": "prior" if run.config.level == "prior" else "tern",
        "level": run.config.level,
        "n_images": len(run.images),
        "n_labels": len(run.labels),
        "known": int((run.marks != 0).sum()),
        "metrics": metrics,
        "labels": labels,
        "names": {str(label.id): label.names for label in run.labels},
        "choices": weights.facts["choices"],
        "unreadable": [{"id": run.images[i].id, "error": message} for i, message in sorted(work.unreadable.items())],
        "checksums": checksums,
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "stages": clock.stages,
        "seconds": clock.total(),
    }
    write_card(run.folder, card)
    work.progress.line("done", 1, 1, "done", metrics=metrics)
