"""What tests share: a data folder and a database of their own, two projects, and people of every role in them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from annotator.models import User
from annotator.queries import state
from annotator.queries.out_of_sample import learned
from tests.paths import ROOT
from tests.served import Served, serving
from tests.world import PASSWORD, World, make_world


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of the browser come first, so that no process ends long after the others with one of them alone."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite tests use a file: a database in memory cannot be shared with the processes that drills kill."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def tern_home(settings: Settings, tmp_path: Path) -> Path:
    """Every test has its own data folder, media storage included."""
    home = tmp_path / "home"
    home.mkdir()
    settings.TERN_HOME = home
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": home / "media"}}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    # What makes guessing slow would make half of the tests of accounts slow.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return home


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Tern started as people start it, with files of every kind and size: for what must be tested over sockets."""
    with serving(tmp_path_factory.mktemp("served") / "data") as started:
        yield started


@pytest.fixture(autouse=True)
def _fresh_memory() -> Iterator[None]:
    """Databases of tests come and go under the same ids; what a process remembers of one must not reach the next."""
    state.forget_states()
    learned.cache_clear()
    yield
    state.forget_states()


@pytest.fixture
def harbour(db: None) -> World:
    """A project with three labels and six images."""
    return make_world("harbour")


@pytest.fixture
def meadow(db: None) -> World:
    """Another project, whose people know nothing of the first."""
    return make_world("meadow", images=2, labels=("sheep",))


@pytest.fixture
def outsider(db: None) -> User:
    """Somebody with an account and no project."""
    return User.objects.create(username="outsider")


@pytest.fixture
def superuser(db: None) -> User:
    """The owner of the installation."""
    return User.objects.create_superuser("owner", password=PASSWORD)


@pytest.fixture
def root() -> Path:
    """The repository."""
    return ROOT
