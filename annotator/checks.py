"""System checks: surroundings in which Tern would lose data are refused before it starts."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ncpfs", "fuse.sshfs", "fuse.s3fs", "ceph"}
ENGINES = {"django.db.backends.sqlite3", "django.db.backends.postgresql"}


def file_system_of(path: Path, mounts: str) -> str:
    """The type of the file system that `path` lies on, read from text in the form of /proc/mounts; '' when unknown."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        mount = fields[1].encode().decode("unicode_escape")
        if (path == Path(mount) or Path(mount) in path.parents) and len(mount) >= best:
            best, kind = len(mount), fields[2]
    return kind


def check_engine(engine: str) -> list[CheckMessage]:
    """Only SQLite and PostgreSQL have the partial unique constraints that Tern's promises rest on."""
    if engine in ENGINES:
        return []
    return [
        Error(
            f"Tern does not run on {engine}: it lacks partial unique constraints, without which two trainings "
            "or two values of one cell could exist at once.",
            hint="Unset DATABASE_URL for SQLite, or name a PostgreSQL database: postgresql://user@host:5432/name.",
            id="tern.E001",
        )
    ]


def check_sqlite_place(file: Path, mounts: str) -> list[CheckMessage]:
    """SQLite's write-ahead log needs shared memory, which network drives do not give."""
    kind = file_system_of(file, mounts)
    if kind not in NETWORK_FILE_SYSTEMS:
        return []
    return [
        Error(
            f"The SQLite database {file} lies on a network drive ({kind}), where its write-ahead log breaks.",
            hint="Set TERN_HOME to a folder on a local disk, or DATABASE_URL to a PostgreSQL database.",
            id="tern.E002",
        )
    ]


@register(Tags.database, Tags.security)
def check_surroundings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a database engine, or a place for SQLite's file, in which promises would break."""
    database = settings.DATABASES["default"]
    found = check_engine(database["ENGINE"])
    mounts = Path("/proc/mounts")
    name = str(database["NAME"])
    if database["ENGINE"].endswith("sqlite3") and mounts.exists() and ":memory:" not in name:
        found += check_sqlite_place(Path(name).resolve(), mounts.read_text())
    return found
