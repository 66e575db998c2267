"""What the measuring commands share: a data folder of their own, printing, and JSON with the circumstances."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from argparse import SUPPRESS, ArgumentParser
from pathlib import Path
from typing import Any

import torch
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from annotator.trainer.process import dismiss_all


class MeasureCommand(BaseCommand):
    """Runs `measure` in a data folder of its own (a new one, or --home), so that no real project is touched."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of all measuring commands."""
        parser.add_argument("--home", type=Path, help="data folder to use and keep; features in it are used again")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--level", default="full", choices=("quick", "full"), help="training level (default full)")
        parser.add_argument("--json", type=Path, help="write the figures there as JSON")
        parser.add_argument("--inside", action="store_true", help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Start again inside the data folder, or measure there."""
        if not options["inside"]:
            raise SystemExit(self.start_inside(options["home"]))
        call_command("migrate", verbosity=0)
        try:
            figures = self.measure(options)
        finally:
            dismiss_all()
        for name, value in figures.items():
            self.stdout.write(f"{name:<28}{value:.4f}" if isinstance(value, float) else f"{name:<28}{value}")
        if options["json"]:
            options["json"].write_text(json.dumps(figures | circumstances(options["seed"]), indent=1))

    def start_inside(self, home: Path | None) -> int:
        """The same command in a process whose data folder is `home`, or one that is gone afterwards; its exit code."""
        with tempfile.TemporaryDirectory(prefix="tern-measure-") as scratch:
            environment = os.environ | {"TERN_HOME": str((home or Path(scratch)).resolve())}
            environment.pop("DATABASE_URL", None)
            command = [sys.executable, str(settings.ROOT / "manage.py"), *sys.argv[1:], "--inside"]
            return subprocess.run(command, env=environment, check=False).returncode

    def measure(self, options: dict[str, Any]) -> dict[str, Any]:
        """The figures, by name."""
        raise TypeError(f"{type(self).__name__} measures nothing")


def circumstances(seed: int) -> dict[str, Any]:
    """Where and how the figures were made."""
    return {
        "seed": seed,
        "command": " ".join(["manage.py", *(part for part in sys.argv[1:] if part != "--inside")]),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
    }
