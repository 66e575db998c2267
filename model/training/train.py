"""`python -m model train RUN_DIR`: features, fit, calibration, scores, and result.json last.

Levels: `prior` scores from names alone; `quick` refits the convex head with the choices of the previous version;
`full` chooses penalty, blending and trust in names by out-of-fold loss on known marks; `deep` does the same after
looking at every picture enlarged too. No level changes the backbone.
"""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path

from model.storage.durable import write_json
from model.storage.progress import Clock, Progress, Stopped, Watch
from model.storage.run import Run
from model.training.exits import DONE, STOPPED, guarded
from model.training.extract import make_features
from model.training.learn import learn, previous_weights
from model.training.publish import publish
from model.training.two_sizes import computes_in_half
from model.training.warm import Session

SHARES = {"features": 60.0, "fit": 25.0, "score": 10.0, "calibrate": 5.0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run directory."""
    parser.add_argument("run", type=Path, help="run directory with manifest.json, config.json and labels.npy")


def run(args: argparse.Namespace) -> int:
    """Train once in this process."""
    return guarded(args.run, Session(), train, listen=True)


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
