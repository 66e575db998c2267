"""`python -m model score RUN_DIR`: score all pictures and labels of a manifest with given weights, without a refit.

Labels that the weights do not know are scored from their names, and say so ("stage": "name").
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from model.priors.reading import Reading
from model.storage.durable import BadInput
from model.storage.progress import Progress, Stopped, Watch
from model.storage.run import Run
from model.tern import weights as stored
from model.tern.calibrate import Calibration, names_calibration
from model.tern.features import Lens, raw_zero_shot, settle
from model.tern.links import no_links
from model.tern.solver import Solution
from model.tern.weights import Weights
from model.training.exits import DONE, STOPPED, guarded
from model.training.extract import make_features
from model.training.judge import Judged, OutOfFold
from model.training.publish import all_logits, finish, write_version
from model.training.warm import Warm
from model.training.work import Work

SHARES = {"features": 85.0, "score": 15.0, "calibrate": 0.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run directory, with `weights` in its config."""
    parser.add_argument("run", type=Path, help="run directory with manifest.json, config.json and labels.npy")


def run(args: argparse.Namespace) -> int:
    """Score once in this process."""
    return guarded(args.run, Warm(), score, listen=True)


def score(run: Run, warm: Warm, watch: Watch) -> int:
    """Score everything. Returns an exit code. Raises BadInput for weights of another backbone."""
    work = Work(run, warm, watch)
    work.progress = Progress(run.folder, SHARES)
    old = given(work)
    try:
        make_features(work, old.basis)
        work.clock.lap("features")
        pictures, _ = work.pictures(old.basis, old.two_sizes)
        raw = raw_zero_shot(pictures.evidence, work.prior, work.reading)
        weights = carried(run, old, work.reading, settle(pictures.sample(), raw, work.reading, old.basis))
        write_version(work, weights, all_logits(work, pictures, weights))
        work.clock.lap("score")
        finish(work, weights, Judged(OutOfFold.nothing(), None))
        return DONE
    except Stopped:
        return STOPPED


def given(work: Work) -> Weights:
    """The weights that the config names. Raises BadInput when they are missing or of another backbone or prior."""
    config = work.run.config
    if not config.weights:
        raise BadInput("config.json: weights is missing (path of a version's weights.safetensors)")
    old = stored.load(Path(config.weights))
    if (old.backbone, old.weights_id) != work.made_by:
        raise BadInput(f"config.json: weights were made with {old.backbone} ({old.weights_id}), not this backbone")
    if old.facts.get("prior", work.prior.name) != work.prior.name:
        raise BadInput(f"config.json: weights were made with the prior {old.facts['prior']}; train once with this one")
    return old


def carried(run: Run, old: Weights, reading: Reading, fresh: Lens) -> Weights:
    """Weights in today's order of labels: known ones as they were, new ones from their names and shared values."""
    rows = {number: row for row, (number, _) in enumerate(old.labels)}
    now = np.array([rows.get(label.id, -1) for label in run.labels], np.int64)
    known, source = now >= 0, now[now >= 0]
    lens = Lens(
        **{
            name: mixed(getattr(fresh, name), getattr(old.lens, name), known, source, name in BY_COLUMN)
            for name in Lens.__dataclass_fields__
        }
    )
    width = old.basis.shape[1]
    count = len(now)
    w, b = torch.zeros(count, width), torch.full((count,), old.solution.b0)
    s = torch.full((count,), old.solution.s0)
    for target, value in ((w, old.solution.w), (b, old.solution.b), (s, old.solution.s)):
        target[torch.from_numpy(known)] = value[torch.from_numpy(source)]
    slope, offset = (np.full(count, value, np.float32) for value in old.calibration.shared)
    slope[known], offset[known] = old.calibration.slope[source], old.calibration.offset[source]
    doubt = names_calibration(count).covariance
    doubt[known] = old.calibration.covariance[source]
    mixed_reading = Reading(
        mixed(reading.directions, old.reading.directions, known, source),
        mixed(reading.mixture, old.reading.mixture, known, source),
        [old.reading.concepts[row] if row >= 0 else reading.concepts[i] for i, row in enumerate(now)],
    )
    return Weights(
        [(label.id, label.names) for label in run.labels],
        old.backbone,
        old.weights_id,
        old.basis,
        lens,
        mixed_reading,
        Solution(w, b, s, old.solution.b0, old.solution.s0),
        Calibration(slope, offset, old.calibration.shared, doubt),
        links_of(old.links, known, source),
        old.facts,
    )


def links_of(old: np.ndarray, known: np.ndarray, source: np.ndarray) -> np.ndarray:
    """Links in today's order of labels; new labels neither give nor take."""
    out = no_links(len(known))
    rows = np.flatnonzero(known)
    out[np.ix_(rows, rows)] = old[np.ix_(source, source)]
    out[rows, len(known) :] = old[source, len(old) :]
    return out


# Parts of a lens that have labels as columns; the others have them as rows.
BY_COLUMN = {"response", "z_mean", "z_std"}


def mixed(
    fresh: np.ndarray, old: np.ndarray, known: np.ndarray, source: np.ndarray, columns: bool = False
) -> np.ndarray:
    """`fresh` with the entries of known labels replaced by the `old` ones."""
    out = fresh.copy()
    if columns:
        out[:, known] = old[:, source]
    else:
        out[known] = old[source]
    return out
