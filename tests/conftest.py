"""What tests share: a data folder and a database of their own, two projects, and people of every role in them."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from annotator.models import Image, Label, Member, Project, Role, User
from annotator.queries import state
from annotator.queries.out_of_sample import learned
from tests.served import Served, serving


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite tests use a file: a database in memory cannot be shared with the processes that drills kill."""
    database = django_settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def tern_home(settings: Any, tmp_path: Path) -> Path:
    """Every test has its own data folder, media storage included."""
    home = tmp_path / "home"
    home.mkdir()
    settings.TERN_HOME = home
    default = {**django_settings.STORAGES["default"], "OPTIONS": {"location": home / "media"}}
    settings.STORAGES = {**django_settings.STORAGES, "default": default}
    return home


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Tern started as people start it, with files of every kind and size: for what must be tested over sockets."""
    with serving(tmp_path_factory.mktemp("served") / "data") as started:
        yield started


PASSWORD = "correct horse battery"


@dataclass
class World:
    """One project: its people by role, labels and images."""

    project: Project
    people: dict[str, User]
    labels: list[Label]
    images: list[Image]
    clients: dict[str, Client] = field(default_factory=dict)

    def __getitem__(self, role: str) -> User:
        return self.people[role]

    def client(self, role: str, **options: Any) -> Client:
        """A signed-in test client of this person."""
        if options or role not in self.clients:
            client = Client(**options)
            client.force_login(self.people[role])
            if options:
                return client
            self.clients[role] = client
        return self.clients[role]

    def url(self, rest: str = "") -> str:
        """An address in this project."""
        return f"/api/projects/{self.project.pk}/{rest}"


def add_images(project: Project, count: int, group: Callable[[int], str] | None = None) -> list[Image]:
    """Rows of images without files."""
    images = []
    for place in range(count):
        row = project.next_row + place
        digest = hashlib.sha256(f"{project.pk}/{row}".encode()).hexdigest()
        images.append(
            Image(
                project=project, row=row, content_hash=digest, group_key=group(row) if group else digest,
                file_name=f"picture-{row}.jpg", file=f"originals/{digest[:2]}/{digest}.jpg",
                thumbnail=f"thumbnails/{digest[:2]}/{digest}.jpg", width=640, height=480, size_bytes=1000,
            )
        )  # fmt: skip
    project.next_row += count
    project.save(update_fields=["next_row"])
    return Image.objects.bulk_create(images)


def make_world(name: str, images: int = 6, labels: tuple[str, ...] = ("boat", "sea", "car")) -> World:
    """A project with a person of each role in it."""
    project = Project.objects.create(name=name, next_column=len(labels))
    people = {}
    for role in Role.values:
        people[role] = User.objects.create(username=f"{name}-{role}", display_name=f"{role} of {name}", home=project)
        Member.objects.create(project=project, user=people[role], role=role)
    made = [Label.objects.create(project=project, column=column, name=text) for column, text in enumerate(labels)]
    return World(project, people, made, add_images(project, images))


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
    return Path(__file__).resolve().parent.parent
