"""`manage.py bench NAME`: measure, in a data folder of its own, and print or save the figures."""

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from annotator.bench import BENCHES


class Command(BaseCommand):
    """Runs itself again with TERN_HOME in a scratch folder, so that nobody's data is touched."""

    help = "Measure Tern on this machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One subcommand a benchmark."""
        names = parser.add_subparsers(dest="name", required=True)
        for name, module in BENCHES.items():
            bench = names.add_parser(name, help=(import_module(module).__doc__ or "").splitlines()[0])
            bench.add_argument("--json", metavar="FILE", help="Also write the figures to this file.")
            bench.add_argument("--database", metavar="URL", help="An empty PostgreSQL database instead of SQLite.")
            bench.add_argument("--inside", action="store_true", help="Already in the scratch folder; not for people.")
            import_module(module).add_arguments(bench)

    def handle(self, *args: Any, name: str, inside: bool, **options: Any) -> None:
        """Run the benchmark."""
        if not inside:
            return self.run_in_scratch_folder(options["database"])
        call_command("migrate", verbosity=0, interactive=False)
        figures = import_module(BENCHES[name]).run(options)
        for key, value in figures.items():
            self.stdout.write(f"{key:32} {value}")
        if options["json"]:
            from model.bench.measure import facts

            said = {key: options[key] for key in options if key not in {"stdout", "stderr"}}
            report = facts(said, "cpu") | {"command": " ".join(a for a in sys.argv if a != "--inside")} | figures
            Path(options["json"]).write_text(json.dumps(report, indent=2, default=str) + "\n")

    def run_in_scratch_folder(self, database: str | None) -> None:
        """The same command, in an empty data folder."""
        with tempfile.TemporaryDirectory(prefix="tern-bench-", ignore_cleanup_errors=True) as home:
            environment = {**os.environ, "TERN_HOME": home, "TERN_IMPORT_ROOTS": home}
            environment.pop("DATABASE_URL", None)
            if database:
                environment["DATABASE_URL"] = database
            command = [sys.executable, str(settings.ROOT / "manage.py"), *sys.argv[1:], "--inside"]
            code = subprocess.run(command, env=environment).returncode
        if code:
            raise CommandError(f"The benchmark failed with code {code}; what went wrong stands above.")
