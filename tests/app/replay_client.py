"""A client process of test_sync_under_load: sends the same operations as the others, in an order of its own.

Usage: replay_client.py PROJECT USER SEED OPERATIONS.json ANSWERS.json
"""

import json
import random
import sys
from pathlib import Path

import django

django.setup()

from annotator.actions.marks import sync  # noqa: E402
from annotator.actions.operations import parse  # noqa: E402


def main() -> None:
    """Wait until told to go, then send every operation twice, shuffled, and write the answers down."""
    project, user, seed = map(int, sys.argv[1:4])
    operations = json.loads(Path(sys.argv[4]).read_text())
    noise = random.Random(seed)
    sys.stdin.readline()
    answers: dict[str, list[object]] = {}
    for _ in range(2):
        noise.shuffle(operations)
        waiting = list(operations)
        while waiting:
            size = noise.randint(1, 12)
            batch, waiting = waiting[:size], waiting[size:]
            for result in sync(project, user, parse({"operations": batch}))["results"]:
                answers.setdefault(result["id"], []).append(result)
    Path(sys.argv[5]).write_text(json.dumps(answers))


main()
