"""Features of the pictures that have none yet, and scores by names alone while they arrive."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch

from model.arrays import F16, F32
from model.priors.reading import Reading
from model.storage.durable import write_array
from model.tern.calibrate import names_calibration
from model.tern.features import raw_zero_shot, settle
from model.training.stores import evidence_store, reduced_store
from model.training.two_sizes import computes_in_half
from model.training.work import Work
from model.vision.backbones import batches
from model.vision.grid import coarse_maps

BATCH = 16
DECODERS = 2
PUBLISH_SECONDS = 5.0


def make_features(work: Work, basis: F32 | None = None) -> None:
    """Fill the cache, reduced maps too if the `basis` is settled, and tell.

    Until the first marks are learnt, names-only scores are published while pictures arrive.
    """
    run, last = work.run, [time.monotonic()]
    work.progress.line("features", 0, len(run.images), "looking for pictures without features")

    def tick(done: int, total: int, error: str) -> None:
        work.watch.check()
        now = time.monotonic()
        message = error or f"features of {done} of {total} new pictures"
        publishing = run.config.level == "prior" and (now - last[0] >= PUBLISH_SECONDS or done == total)
        if publishing:
            last[0] = now
            write_array(run.folder / "scores.npy", names_only(work))
        work.progress.line("features", done, total, message, **({"published": True} if publishing else {}))

    extract(work, basis, tick)


def extract(
    work: Work, basis: F32 | None = None, tick: Callable[[int, int, str], None] = lambda done, total, error: None
) -> None:
    """Make the features that are missing, newest picture first; settles what of the work is valid and unreadable.

    With a `basis` the maps are reduced to it at once, which saves reading them back.
    """
    backbone, cache, prior, hashes = work.backbone, work.cache, work.prior, work.run.hashes
    evidence, reduced = evidence_store(cache, prior), None if basis is None else reduced_store(cache, basis)
    newest: dict[str, int] = {}
    for i in reversed(cache.missing(hashes)):
        newest.setdefault(hashes[i], i)
    todo = list(newest.values())
    paths, done = [work.run.images[i].path for i in todo], 0
    with torch.inference_mode():
        for good, pixels, failed in batches(backbone.preprocessing, paths, BATCH, DECODERS):
            work.watch.check()
            work.unreadable.update({todo[i]: message for i, message in failed})
            if good:
                maps = backbone.maps(torch.from_numpy(pixels)).float().numpy()
                fresh = [hashes[todo[i]] for i in good]
                coarse = coarse_maps(maps, cache.grid)
                cache.add(fresh, maps, keep=hashes)
                if evidence.dim:
                    evidence.add(fresh, prior.evidence(coarse)[:, None], keep=hashes)
                if basis is not None and reduced is not None:
                    reduced.add(fresh, coarse @ basis, keep=hashes)
            done += len(good) + len(failed)
            tick(done, len(todo), failed[0][1] if failed else "")
    work.valid = np.asarray(~np.isnan(work.pooled).any(axis=1), bool)


def looks_closer(work: Work) -> bool:
    """Whether the run enlarges pictures: a deep one, and a full one after it for pictures that came since."""
    if work.run.config.level != "full":
        return work.run.config.level == "deep"
    return work.previous is not None and work.previous.two_sizes


def closer_shares(work: Work) -> dict[str, float]:
    """Shares of such a run by what it still has to look at, in the time that a picture as it is takes."""
    hashes, count = work.run.hashes, len(work.run.images)
    slower = 1.0 if computes_in_half() else 2.0
    looks = {
        "features": float(len(work.cache.missing(hashes))),
        "views": slower * len(work.two_sizes.records.missing(hashes)),
    }
    return looks | {"fit": 0.15 * count + 1, "score": 0.02 * count, "calibrate": 0.02 * count}


def look_closer(work: Work, tick: Callable[[int, int], None]) -> None:
    """Look at pictures enlarged too, those that were not yet."""

    def step(done: int, total: int) -> None:
        work.watch.check()
        tick(done, total)

    large = work.warm.backbone(work.run.config, work.two_sizes.size)
    work.two_sizes.make(large, work.run.hashes, [image.path for image in work.run.images], step)
    if work.warm.memory is not None:
        work.warm.memory.reduced = None


def names_only(work: Work) -> F16:
    """Names-only probabilities [C, N] of the pictures that have features by now, NaN elsewhere."""
    run, evidence = work.run, work.evidence
    valid = ~np.isnan(work.pooled).any(1)
    out = np.full((len(run.labels), len(run.images)), np.nan, np.float16)
    if valid.any() and run.labels:
        raw = raw_zero_shot(evidence[valid], work.prior, work.reading)
        blind = Reading(np.zeros((len(run.labels), 1), np.float32), work.reading.mixture, [])
        lens = settle(np.zeros((0, 1, 1), np.float32), raw, blind, np.eye(1, dtype=np.float32))
        out[:, valid] = names_calibration(len(run.labels)).probability(lens.zero_shot(raw)).T
    return out
