"""Surroundings in which Tern would lose data or leak it are refused."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from annotator.checks import check_engine, check_sqlite_place, file_system_of

MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/export /mnt/team nfs4 rw 0 0
/dev/vdb /mnt/team/local ext4 rw 0 0
//nas/share /mnt/with\\040blank cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/data", "ext4"), ("/mnt/team/tern", "nfs4"), ("/mnt/team/local/tern", "ext4"), ("/mnt/teams", "ext4"),
        ("/mnt/with blank/x", "cifs"),
    ],
)  # fmt: skip
def test_the_innermost_mount_decides(path: str, kind: str) -> None:
    assert file_system_of(Path(path), MOUNTS) == kind


def test_sqlite_on_a_network_drive_is_refused_with_advice() -> None:
    [error] = check_sqlite_place(Path("/mnt/team/tern/tern.sqlite3"), MOUNTS)
    assert (error.id, "nfs4" in error.msg, "TERN_HOME" in str(error.hint)) == ("tern.E002", True, True)
    assert check_sqlite_place(Path("/home/data/tern.sqlite3"), MOUNTS) == []


def test_mysql_is_refused_and_the_two_that_keep_our_constraints_are_not() -> None:
    assert [error.id for error in check_engine("django.db.backends.mysql")] == ["tern.E001"]
    assert check_engine("django.db.backends.sqlite3") == check_engine("django.db.backends.postgresql") == []


def check(root: Path, home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TERN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "annotator.settings", **variables}
    command = [sys.executable, "manage.py", "check", *arguments]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_production_settings_pass_djangos_own_deployment_check(root: Path, tmp_path: Path) -> None:
    done = check(root, tmp_path, "--deploy", "--fail-level", "WARNING", TERN_PRODUCTION="1", TERN_HOSTS="tern.example")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("name", "value"), [("TERN_PRODUCTION", "maybe"), ("TERN_LEASE_SECONDS", "soon")])
def test_a_bad_setting_stops_the_start_and_says_which(root: Path, tmp_path: Path, name: str, value: str) -> None:
    done = check(root, tmp_path, **{name: value})
    assert done.returncode != 0
    assert f"{name} is '{value}'" in done.stderr
