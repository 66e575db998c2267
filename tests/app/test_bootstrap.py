"""`manage.py` with nothing but Python: installs once, repairs, and says how to go on."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

MODULE = "def execute_from_command_line(arguments):\n    print('ran', *arguments[1:])\n"
# The interpreter that made this environment: it has no Django.
BARE = str(Path(sys.base_prefix) / "bin" / "python3")


def wheel(folder: Path, version: str) -> Path:
    """A package named django that only says that it ran."""
    path = folder / f"django-{version}-py3-none-any.whl"
    info = f"django-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("django/__init__.py", f"VERSION = {version!r}\n")
        archive.writestr("django/core/__init__.py", "")
        archive.writestr("django/core/management.py", MODULE)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: django\nVersion: {version}\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def checkout(tmp_path: Path, root: Path) -> Path:
    """A fresh clone whose only requirement is that package."""
    (tmp_path / "manage.py").write_bytes((root / "manage.py").read_bytes())
    (tmp_path / "requirements.txt").write_text(f"{wheel(tmp_path, '1.0')}\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\n")
    return tmp_path


def manage(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [BARE, "-E", "-s", "manage.py", *arguments]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.slow
@pytest.mark.skipif(
    subprocess.run([BARE, "-E", "-s", "-c", "import django"], capture_output=True, check=False).returncode == 0,
    reason="the base interpreter has Django itself",
)
def test_it_installs_once_runs_inside_installs_anew_when_pins_change_and_repairs(checkout: Path) -> None:
    first = manage(checkout, "check")
    assert first.returncode == 0, first.stderr
    assert "installing the pinned packages" in first.stdout
    assert "5.5 GB" in first.stdout
    assert "ran check" in first.stdout

    second = manage(checkout, "check", "--deploy")
    assert second.stdout == "ran check --deploy\n"

    (checkout / "requirements.txt").write_text("/nowhere/django-2.0-py3-none-any.whl\n")
    failed = manage(checkout, "check")
    assert failed.returncode != 0
    assert "run the same command again" in failed.stderr
    assert "ran" not in failed.stdout.split()

    (checkout / "requirements.txt").write_text(f"{wheel(checkout, '2.0')}\n")
    repaired = manage(checkout, "check")
    assert repaired.returncode == 0, repaired.stderr
    assert "ran check" in repaired.stdout
    inside = subprocess.run(
        [checkout / ".venv" / "bin" / "python", "-c", "import django; print(django.VERSION)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert inside.stdout == "2.0\n"
