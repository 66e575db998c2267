"""`python -m model train RUN_DIR`: features, fit, calibration, scores, and the card last.

Levels: `prior` scores from names alone; `quick` refits the convex head with the choices of the previous version;
`full` chooses penalty, blending and trust in names by out-of-fold loss on known marks; `deep` does the same after
looking at every picture enlarged too. No level changes the backbone.
"""

from __future__ import annotations

import argparse
import json
from functools import partial
from pathlib import Path

from model.storage.card import Card, unsaid, write_card
from model.storage.durable import write_json
from model.storage.progress import Progress, Stopped, Watch
from model.storage.run import Run
from model.training.exits import DONE, STOPPED, guarded
from model.training.extract import closer_shares, look_closer, looks_closer, make_features
from model.training.learn import learn
from model.training.publish import publish
from model.training.warm import Warm
from model.training.work import Work


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run directory."""
    parser.add_argument("run", type=Path, help="run directory with manifest.json, config.json and labels.npy")


def run(args: argparse.Namespace) -> int:
    """Train once in this process."""
    return guarded(args.run, Warm(), train, listen=True)


def train(run: Run, warm: Warm, watch: Watch) -> int:
    """All stages of one run. Returns an exit code; a stopped run leaves a resumable attempt and result "stopped"."""
    work = Work(run, warm, watch)
    closer = looks_closer(work)
    if closer:
        work.progress = Progress(run.folder, closer_shares(work))
    attempt = next_attempt(run.folder)
    try:
        watch.check()
        make_features(work)
        work.clock.lap("features")
        if closer:
            look_closer(work, partial(closer_line, work.progress))
            work.clock.lap("views")
        watch.check()
        learnt = learn(work, attempt)
        work.clock.lap("fit")
        publish(work, learnt)
        return DONE
    except Stopped:
        write_card(run.folder, stopped(work))
        return STOPPED


def closer_line(progress: Progress, done: int, total: int) -> None:
    """Say how far looking closer is."""
    progress.line("views", done, total, f"{done} of {total} pictures enlarged")


def stopped(work: Work) -> Card:
    """The card of a run that was stopped."""
    card = unsaid()
    card |= {"state": "stopped", "level": work.run.config.level}
    card |= {"n_images": len(work.run.images), "n_labels": len(work.run.labels)}
    card |= {"seconds": work.clock.total(), "stages": work.clock.stages}
    return card


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
