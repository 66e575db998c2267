"""What all tests share: data in a folder of their own, and a database that other processes can open too."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite tests use a file: a database in memory cannot be shared with the processes that drills kill."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def tern_home(settings: object, tmp_path: Path) -> Iterator[Path]:
    """Every test has its own data folder, media storage included."""
    home = tmp_path / "home"
    home.mkdir()
    settings.TERN_HOME = home  # type: ignore[attr-defined]
    storages = dict(django_settings.STORAGES)
    storages["default"] = {**storages["default"], "OPTIONS": {"location": home / "media"}}
    settings.STORAGES = storages  # type: ignore[attr-defined]
    yield home
