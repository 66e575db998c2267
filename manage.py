#!/usr/bin/env python3
"""Tern's command line. Needs nothing but Python: on first use it installs the pinned packages into .venv.

    python3 manage.py start        the whole of Tern on this machine
    python3 manage.py test [...]   all tests, on all cores; arguments go to pytest instead

Where Django can be imported already (a container, an environment of your own), nothing is installed.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "tern-installed.json"
RUN_TIME, TESTS = ("requirements.txt",), ("requirements.txt", "requirements-dev.txt")


def digests(files: tuple[str, ...]) -> dict[str, str]:
    """SHA-256 of each requirements file."""
    return {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in files}


def installed() -> dict[str, str]:
    """What the last complete installation was made from; {} when there was none."""
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def is_ours() -> bool:
    """Whether this interpreter is the one in .venv, complete by our own stamp."""
    return Path(sys.prefix).resolve() == VENV.resolve() and STAMP.exists()


def install(files: tuple[str, ...]) -> None:
    """Make .venv and install into it; leaves the program with advice when that fails. The next call tries again."""
    print(
        "Tern: installing the pinned packages into .venv. About 5.5 GB, mostly torch: some minutes, only once.",
        flush=True,
    )
    STAMP.unlink(missing_ok=True)
    try:
        if not PYTHON.exists() or subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode:
            subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
        step = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--quiet", "--progress-bar", "on"]
        subprocess.run([*step, "-r", str(ROOT / files[-1])], check=True)
    except (subprocess.CalledProcessError, OSError) as error:
        sys.exit(
            f"\nTern: the installation did not finish ({error}).\n"
            "What pip or venv said stands above. Usual causes: no network, less than 8 GB of free disk, or a Python\n"
            "without venv (on Debian and Ubuntu: apt install python3-venv). Mend it and run the same command again:\n"
            "it goes on where it stopped. To start afresh, remove the folder .venv first."
        )
    part = STAMP.with_suffix(".part")
    part.write_text(json.dumps({**installed(), **digests(files)}))
    os.replace(part, STAMP)
    print("Tern: installed.", flush=True)


def ensure(command: str) -> None:
    """Go on inside an interpreter that has what the command needs, installing it when it is missing."""
    files = TESTS if command == "test" else RUN_TIME
    has_packages = find_spec("django") is not None and (command != "test" or find_spec("pytest") is not None)
    if has_packages and not is_ours():
        return
    wanted = digests(files)
    if any(installed().get(name) != digest for name, digest in wanted.items()):
        install(files)
    elif is_ours():
        return
    os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606 - it is this very program


def use_data_folder(arguments: list[str]) -> None:
    """`--data FOLDER` decides where settings look, so it is read before them."""
    for place, argument in enumerate(arguments):
        if argument.startswith("--data="):
            os.environ["TERN_HOME"] = argument.partition("=")[2]
        elif argument == "--data" and place + 1 < len(arguments):
            os.environ["TERN_HOME"] = arguments[place + 1]


def leave_with_parent() -> None:
    """End this process when standard input closes: the parent is gone, whatever killed it."""
    # Not sys.stdin: a thread that waits inside its lock makes the interpreter abort at a normal end.
    while os.read(0, 1):
        pass
    os._exit(1)


def in_parallel(arguments: list[str]) -> list[str]:
    """Tests of one file stay together, files go to as many processes as there are cores; arguments say it otherwise."""
    # In the order of `tests/conftest.py`: xdist's own would leave the files of few and long tests to the end.
    spread = ["--dist", "loadfile", "--no-loadscope-reorder"]
    return arguments or ["-n", str(os.cpu_count() or 1), *spread, "--durations=15"]


def run_tests(arguments: list[str]) -> int:
    """Build what the tests look at and run pytest."""
    from annotator.start.page import PageError, build_if_stale

    try:
        build_if_stale(ROOT / "frontend", print)
    except PageError as error:
        print(f"Tern: {error}\nTern: tests of the page will fail without it.", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="tern-test-") as home:
        environment = {**os.environ, "TERN_HOME": home}
        return subprocess.run(
            [sys.executable, "-m", "pytest", *in_parallel(arguments)], cwd=ROOT, env=environment
        ).returncode


def main() -> None:
    """Find an interpreter, then behave as any Django project."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older one is told so here
        sys.exit(f"Tern needs Python 3.11 or later; this is {sys.version.split()[0]}.")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    ensure(command)
    if os.environ.pop("TERN_LEAVE_WITH_PARENT", ""):
        threading.Thread(target=leave_with_parent, daemon=True).start()
    if command == "test":
        sys.exit(run_tests(sys.argv[2:]))
    if command == "start":
        # Elsewhere `--data` names photographs to measure on, which must never become a data folder.
        use_data_folder(sys.argv[2:])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
