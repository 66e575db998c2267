"""How a command ends: exit codes, and words for bad input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from model.priors.reading import PriorError
from model.storage.durable import BadInput
from model.storage.progress import Watch
from model.storage.run import read_run
from model.training.warm import Session
from model.vision.backbones import BackboneError

DONE, OTHER, BAD_INPUT, STOPPED = 0, 1, 2, 3


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
