"""`python -m model score RUN_DIR`: score all pictures and labels of a manifest with given weights, without a refit.

Labels that the weights do not know are scored from their names, and say so ("stage": "name").
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from model.priors.reading import Reading
from model.storage.durable import BadInput, write_array
from model.storage.progress import Clock, Progress, Stopped, Watch
from model.storage.run import Run
from model.tern import weights as stored
from model.tern.calibrate import Calibration, names_calibration
from model.tern.features import Lens, raw_zero_shot, settle
from model.tern.links import no_links
from model.tern.solver import Solution
from model.tern.weights import Weights
from model.training.card import Judged, OutOfFold
from model.training.exits import DONE, STOPPED, guarded
from model.training.extract import make_features
from model.training.publish import all_logits, finish, write_scores
from model.training.warm import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run directory, with `weights` in its config."""
    parser.add_argument("run", type=Path, help="run directory with manifest.json, config.json and labels.npy")


def run(args: argparse.Namespace) -> int:
    """Score once in this process."""
    return guarded(args.run, Session(), score, listen=True)


def score(run: Run, session: Session, watch: Watch) -> int:
    """Score everything. Returns an exit code. Raises BadInput for weights of another backbone."""
    clock, progress = Clock(), Progress(run.folder, {"features": 85.0, "score": 15.0, "calibrate": 0.0})
    if not run.config.weights:
        raise BadInput("config.json: weights is missing (path of a version's weights.safetensors)")
    old = stored.load(Path(run.config.weights))
    if (old.backbone, old.weights_id) != (
        f"{run.config.backbone}-{run.config.image_size}",
        session.backbone(run).weights_id,
    ):
        raise BadInput(f"config.json: weights were made with {old.backbone} ({old.weights_id}), not this backbone")
    if old.facts.get("prior", session.prior(run).name) != session.prior(run).name:
        raise BadInput(f"config.json: weights were made with the prior {old.facts['prior']}; train once with this one")
    try:
        reading = session.prior(run).read([label.names for label in run.labels])
        valid, errors = make_features(run, session, watch, progress, reading, old.basis)
        clock.lap("features")
        pictures, _ = session.pictures(run, old.basis, valid, watch, old.views)
        raw = raw_zero_shot(pictures.evidence, session.prior(run), reading)
        fresh = settle(pictures.sample(), raw, reading, old.basis)
        weights = carried(run, old, reading, fresh)
        scores = all_logits(run, pictures, weights, session, watch)
        write_scores(run, weights, scores, valid)
        weights.save(run.folder / "weights.safetensors")
        write_array(run.folder / "directions.npy", weights.directions())
        clock.lap("score")
        empty = np.zeros(0, np.int64)
        nothing = OutOfFold(empty, empty, empty.astype(np.int8), empty.astype(np.float32))
        finish(run, progress, weights, Judged(nothing, None), errors, clock)
        return DONE
    except Stopped:
        return STOPPED


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
