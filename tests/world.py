"""Projects whose truth is known: their people, labels, pictures, marks and scores."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from django.conf import settings
from django.test import Client
from django.utils import timezone

from annotator.models import Image, Label, Mark, Member, ModelVersion, Project, Role, User

PASSWORD = "correct horse battery"


class Answer(Protocol):
    """What a test client gets, as far as tests read it."""

    status_code: int
    content: bytes

    def json(self) -> Any: ...

    def __getitem__(self, header: str, /) -> str: ...


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
        if options:
            return signed_in(self.people[role], **options)
        if role not in self.clients:
            self.clients[role] = signed_in(self.people[role])
        return self.clients[role]

    def url(self, rest: str = "") -> str:
        """An address in this project."""
        return f"/api/projects/{self.project.pk}/{rest}"

    def get(self, rest: str = "", query: Mapping[str, Any] | None = None, *, role: str = "lead") -> Answer:
        """What the person of this role gets at an address in this project."""
        return self.client(role).get(self.url(rest), query)

    def post(self, rest: str, body: Any = None, *, role: str = "lead") -> Answer:
        """The answer to JSON from the person of this role; so for the others."""
        return self.client(role).post(self.url(rest), body, content_type="application/json")

    def patch(self, rest: str, body: Any, *, role: str = "lead") -> Answer:
        return self.client(role).patch(self.url(rest), body, content_type="application/json")

    def delete(self, rest: str = "", *, role: str = "lead") -> Answer:
        return self.client(role).delete(self.url(rest))


def signed_in(user: User, **options: Any) -> Client:
    """A test client in which this person is signed in."""
    client = Client(**options)
    client.force_login(user)
    return client


def make_world(name: str, images: int = 6, labels: tuple[str, ...] = ("boat", "sea", "car")) -> World:
    """A project with a person of each role in it."""
    project = Project.objects.create(name=name)
    people = {}
    for role in Role.values:
        people[role] = User.objects.create(username=f"{name}-{role}", display_name=f"{role} of {name}", home=project)
        Member.objects.create(project=project, user=people[role], role=role)
    return World(project, people, add_labels(project, list(labels)), add_images(project, images))


def make_user(name: str, **extra: Any) -> User:
    return User.objects.create_user(username=name, **extra)


def make_project(images: int = 40, labels: int = 3, lead: User | None = None, **extra: Any) -> Project:
    """A project with a lead (somebody new unless named), labels and images.

    Images have no files; the small trainer reads their hashes.
    """
    project = Project.objects.create(name="Birds", **extra)
    Member.objects.create(project=project, user=lead or make_user(f"lead{project.pk}"), role=Role.LEAD)
    add_labels(project, [f"label {'x' * number}" for number in range(labels)])
    add_images(project, images)
    return project


def add_labels(project: Project, names: list[str]) -> list[Label]:
    start = project.labels.count()
    made = [Label.objects.create(project=project, column=start + i, name=name) for i, name in enumerate(names)]
    Project.objects.filter(pk=project.pk).update(next_column=start + len(names))
    return made


def add_images(project: Project, count: int, group: Callable[[int], str] | None = None) -> list[Image]:
    """Rows of images without files; the small trainer reads their hashes, in which the truth is."""
    project.refresh_from_db()
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


def truth(image: Image, label: Label) -> int:
    """The true value: label k is present where byte k of the hash is large."""
    return 1 if int(image.content_hash[2 * label.column : 2 * label.column + 2], 16) >= 128 else -1


def mark(project: Project, user: User, images: list[Image], labels: list[Label], flip: bool = False) -> int:
    """Write true (or reversed) values for these cells straight into the table; how many."""
    marks = [
        Mark(
            project=project,
            image=image,
            label=label,
            annotator=user,
            value=-truth(image, label) if flip else truth(image, label),
            version=1,
            updated_at=timezone.now(),
        )
        for image in images
        for label in labels
    ]
    Mark.objects.bulk_create(marks)
    return len(marks)


def publish_scores(project: Project, matrix: np.ndarray, card: dict[str, Any] | None = None) -> ModelVersion:
    """A live version whose scores are `matrix` [labels, image rows]; without a card it learned each label's marks."""
    number = project.versions.count() + 1
    directory = f"projects/{project.pk}/models/{number}"
    folder = Path(settings.TERN_HOME) / directory
    folder.mkdir(parents=True)
    np.save(folder / "scores-1.npy", matrix.astype(np.float16))
    labels = list(project.labels.order_by("column").values_list("pk", flat=True))
    version = ModelVersion.objects.create(
        project=project,
        number=number,
        method="tern",
        directory=directory,
        card=card or {"labels": [{"id": label, "positives": 1} for label in labels]},
        scores_file=f"{directory}/scores-1.npy",
        score_labels=labels,
        score_images=matrix.shape[1],
        scores_revision=1,
    )
    Project.objects.filter(pk=project.pk).update(live_version=version)
    project.refresh_from_db()
    return version
