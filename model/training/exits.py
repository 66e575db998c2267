"""How a command ends: exit codes, and words for bad input."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from model.priors.reading import PriorError
from model.storage.durable import BadInput
from model.storage.progress import Watch
from model.storage.run import Run, read_run
from model.training.warm import Warm
from model.vision.backbones import BackboneError

DONE, OTHER, BAD_INPUT, STOPPED = 0, 1, 2, 3


Job = Callable[[Run, Warm, Watch], int]


def guarded(folder: Path, warm: Warm, job: Job, listen: bool = False) -> int:
    """Do a job on a run directory, turning its ends into exit codes; the message of bad input goes to stderr."""
    watch = Watch(folder, warm.watch_parent)
    if listen:
        watch.listen()
    try:
        return job(read_run(folder), warm, watch)
    except (BadInput, BackboneError, PriorError) as error:
        print(f"{folder}: {error}", file=sys.stderr)
        return BAD_INPUT
