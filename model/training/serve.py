"""`python -m model serve`: a resident trainer. One JSON command a line on stdin, one JSON answer a line on stdout.

{"command": "train" | "score", "run": RUN_DIR} answers {"run", "ok", "error"}; {"command": "read", "names": [[name,
synonym, …], …]} answers {"ok", "concepts"}. Leaves at the end of stdin, that is, when the parent is gone.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from model.priors.create import create_prior
from model.training.exits import DONE, STOPPED, Job, guarded
from model.training.score import score
from model.training.train import train
from model.training.warm import Warm
from model.vision.backbones import create

JOBS: dict[str, Job] = {"train": train, "score": score}
DEFAULT_BACKBONE, DEFAULT_SIZE = "tf_efficientnet_lite0", 320


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where concept vectors are kept, and the backbone that `read` commands are answered for."""
    parser.add_argument("--cache-dir", type=Path, default=None, help="folder of the feature cache")
    parser.add_argument("--backbone", default=DEFAULT_BACKBONE, help="backbone whose concepts names are read as")


def run(args: argparse.Namespace) -> int:
    """Answer commands until stdin ends. Whatever libraries print goes to stderr, never between the answers."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    warm = Warm()
    for line in sys.stdin:
        if line.strip():
            answers.write(json.dumps(answer(line, warm, args)) + "\n")
            answers.flush()
    return 0


def answer(line: str, warm: Warm, args: argparse.Namespace) -> dict[str, Any]:
    """The answer to one command; never raises."""
    folder = None
    try:
        command = json.loads(line)
        folder = command.get("run")
        if command.get("command") == "read":
            return {"ok": True, "concepts": read(command["names"], warm, args)}
        job = JOBS.get(command.get("command"))
        if job is None or not folder:
            known = ", ".join([*JOBS, "read"])
            return {"run": folder, "ok": False, "error": f"unknown command or no run: {line.strip()} (known: {known})"}
        return outcome(folder, job, warm)
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        return {"run": folder, "ok": False, "error": f"{type(error).__name__}: {error}"}


def outcome(folder: str, job: Job, warm: Warm) -> dict[str, Any]:
    """Run one command; bad input and stops are told in words."""
    import contextlib
    import io

    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        code = guarded(Path(folder), warm, job)
    error = {DONE: None, STOPPED: "stopped"}.get(code, said.getvalue().strip() or f"exit code {code}")
    return {"run": folder, "ok": code == DONE, "error": error, "code": code}


def read(names: list[list[str]], warm: Warm, args: argparse.Namespace) -> list[list[tuple[str, float]]]:
    """What names are read as, by the prior already in use or the default backbone's."""
    if not warm.priors:
        backbone = create(args.backbone, DEFAULT_SIZE)
        warm.priors[(backbone.weights_id, "auto")] = create_prior(backbone, args.cache_dir)
    return next(iter(warm.priors.values())).read(names).concepts
