"""`manage.py drill [NAME ...] --rounds N`: the long form of the drills, with counts."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

# Name -> (what it proves, test). Each test is one round with its own random moments.
DRILLS = {
    "kill-worker": (
        "kill -9 of the worker in mid-training: resumed, ended once, weights equal",
        "app/test_worker.py::test_a_run_killed_at_a_random_moment_is_resumed_and_ends_once_with_equal_weights[worker]",
    ),
    "kill-trainer": (
        "kill -9 of the trainer in mid-training: resumed, ended once, weights equal",
        "app/test_worker.py::test_a_run_killed_at_a_random_moment_is_resumed_and_ends_once_with_equal_weights[trainer]",
    ),
    "kill-server": (
        "kill -9 of the web server: news continue where they stopped",
        "app/test_live.py::test_news_survive_a_server_killed_and_started_again",
    ),
    "freeze-worker": (
        "a worker that sleeps past its lease writes nothing when it wakes",
        "app/test_worker.py::test_a_frozen_worker_that_wakes_up_late_changes_nothing",
    ),
    "triggers": (
        "20 simultaneous triggers: one run",
        "app/test_worker.py::test_two_workers_and_twenty_simultaneous_triggers_make_one_run",
    ),
    "news": (
        "8 writers, 50 reconnecting sockets: none lost, none out of order",
        "app/test_live.py::test_eight_writers_and_fifty_reconnecting_sockets_lose_nothing",
    ),
    "kill-closing": (
        "kill -9 of the worker while it closes 24,000 cells: ended by another, every cell closed once",
        "app/test_long_closing.py::test_a_worker_killed_in_the_middle_is_followed_by_one_that_ends_it_and_every_cell_is_closed_once",
    ),
    "torn": ("kill -9 while files are written: none torn", "app/test_drills.py::test_no_file_is_ever_torn_by_a_kill"),
}
# Drills that repeat inside one test, which is cheaper than starting anew.
INSIDE = {"torn"}
# Hours of work at the page are counted in minutes instead of rounds, and only done when named.
WORK = "work"
WORK_TEST = "browser/test_long_walk.py"


class Command(BaseCommand):
    """Repeats each drill and counts."""

    help = "Kill real processes at random moments, many times, and count what was lost, doubled or torn."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which drills, how often."""
        parser.add_argument(
            "names", nargs="*", metavar="NAME", help=f"of: {', '.join(DRILLS)} (default: these), {WORK}"
        )
        parser.add_argument("--rounds", type=int, default=20, help="rounds of each (default 20)")
        parser.add_argument("--minutes", type=float, default=30, help=f"how long {WORK} goes on (default 30)")
        parser.add_argument("--database", default="", metavar="URL", help=f"an empty PostgreSQL database for {WORK}")
        parser.add_argument("--seed", type=int, default=0, help=f"which draw of acts {WORK} takes (default 0)")
        parser.add_argument("--json", type=Path, help="write the counts there as JSON")

    def handle(self, *args: Any, names: list[str], rounds: int, **options: Any) -> None:
        """Run them; a failed round is a failed command."""
        unknown = sorted(set(names) - {*DRILLS, WORK})
        if unknown:
            raise CommandError(f"There is no drill {', '.join(unknown)}. Choose of: {', '.join([*DRILLS, WORK])}.")
        if subprocess.run([sys.executable, "-c", "import pytest"], check=False, capture_output=True).returncode:
            raise CommandError("Drills need the test tools: pip install -r requirements-dev.txt")
        counts = {name: self.work(options) if name == WORK else self.drill(name, rounds) for name in names or DRILLS}
        if options["json"]:
            options["json"].write_text(json.dumps({"rounds": rounds, "drills": counts}, indent=1) + "\n")
        if any(count["failed"] for count in counts.values()):
            raise CommandError("A promise was broken; the rounds above say which.")

    def drill(self, name: str, rounds: int) -> dict[str, Any]:
        """All rounds of one drill."""
        what, test = DRILLS[name]
        self.stdout.write(f"{name}: {what}")
        begun, kept, failed = time.monotonic(), 0, 0
        outside, inside = (1, rounds) if name in INSIDE else (rounds, 1)
        for number in range(outside):
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "-s", "--no-header", f"tests/{test}"],
                cwd=settings.ROOT,
                env=os.environ | {"TERN_DRILL_ROUNDS": str(inside)},
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode == 0:
                kept += inside
            else:
                failed += 1
                self.stderr.write(f"round {number + 1} failed:\n{done.stdout[-3000:]}")
            for line in re.findall(r"^\.?(\d+ rounds,.*)$", done.stdout, re.MULTILINE):
                self.stdout.write(f"  {line}")
        seconds = round(time.monotonic() - begun, 1)
        self.stdout.write(f"  {kept} of {rounds} rounds kept the promise, {failed} failed, {seconds} s")
        return {"promise": what, "kept": kept, "failed": failed, "seconds": seconds}

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        """Two people and a phone at the page for so many minutes; the figures, and whether everything agreed."""
        what = "two people and a phone work on a bad network, the server is killed: history, matrix, page, export agree"
        self.stdout.write(f"{WORK}: {what}")
        with tempfile.TemporaryDirectory(prefix="tern-drill-") as folder:
            report = Path(folder) / "figures.json"
            environment = {
                "TERN_WALK_MINUTES": str(options["minutes"]),
                "TERN_WALK_DATABASE": options["database"],
                "TERN_WALK_SEED": str(options["seed"]),
                "TERN_WALK_JSON": str(report),
            }
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-q", "--no-header", f"tests/{WORK_TEST}"],
                cwd=settings.ROOT,
                env=os.environ | environment,
                check=False,
            )
            figures = json.loads(report.read_text()) if report.exists() else {}
        for key, value in figures.items():
            self.stdout.write(f"  {key:24} {value}")
        return {"promise": what, "kept": int(not done.returncode), "failed": int(bool(done.returncode)), **figures}
