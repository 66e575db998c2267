"""Features of the pictures that have none yet, and scores by names alone while they arrive."""

from __future__ import annotations

import time

import numpy as np

from model.arrays import F16, F32, Bool
from model.priors.reading import Reading
from model.storage.durable import write_array
from model.storage.progress import Progress, Watch
from model.storage.run import Run
from model.tern.calibrate import names_calibration
from model.tern.features import raw_zero_shot, settle
from model.training.warm import Session

PUBLISH_SECONDS = 5.0


def make_features(
    run: Run, session: Session, watch: Watch, progress: Progress, reading: Reading, basis: F32 | None = None
) -> tuple[Bool, dict[int, str]]:
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
    valid: Bool = np.asarray(~np.isnan(session.pooled(run)).any(axis=1), bool)
    return valid, errors


def names_only(run: Run, session: Session, reading: Reading, watch: Watch) -> F16:
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
