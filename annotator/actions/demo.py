"""Make the demo project: drawn pictures with known truth, a tenth of the labels known, two annotators and a lead."""

import csv
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import transaction

from annotator.actions.imports import import_at_once
from annotator.actions.labels import create_label
from annotator.actions.members import add_member
from annotator.actions.projects import create_project
from annotator.errors import Conflict, TernError
from annotator.jobs.runner import run
from annotator.models import Job, Project, Role, User
from annotator.queries.demo import DEMO_NAME, DESCRIPTION, has_demo, unfinished_demo
from annotator.words import counted
from fixtures import demo
from fixtures.render import SceneTruth, generate_steps

PICTURES = 400
SEED = 7
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Demo:
    """What was made; the password is the same for all people of the demo, and shown this once."""

    project: Project
    people: list[User]
    password: str


def load_demo(tell: Tell, count: int = PICTURES, seed: int = SEED) -> Demo:
    """Make the demo, its pictures included; Conflict when it is there already.

    Suggestions and the first training follow in the background. A second call after a death begins anew.
    """
    unfinished_demo().delete()
    if has_demo():
        raise Conflict("The demo is there already. Delete its project first if you want it fresh.")
    made = make_project()
    folder = Path(settings.TERN_HOME) / "cache" / f"demo-{made.project.pk}"
    try:
        truths = draw(folder, count, seed, tell)
        write_known(folder / "known.csv", truths)
        tell("Taking them in")
        job = import_at_once(made.project, made.people[0], str(folder), str(folder / "known.csv"))
        run(job.pk)
        job.refresh_from_db()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if job.state != Job.State.DONE:
        raise TernError(f"The demo's pictures did not come in: {job.error or job.state}. Look into the job's log.")
    return made


@transaction.atomic
def make_project() -> Demo:
    """The project with its people and labels, still without pictures. People with these names keep their accounts."""
    password = secrets.token_urlsafe(9)
    people = sorted(demo.PEOPLE, key=lambda person: person.role != Role.LEAD)
    users = [account(person, password) for person in people]
    project = create_project(users[0], DEMO_NAME, description=DESCRIPTION)
    give_home(project, users, people)
    for user, person in zip(users[1:], people[1:], strict=True):
        add_member(project, users[0], user.username, Role(person.role))
    for label in demo.LABELS:
        create_label(
            project.pk, users[0], label.name, key=label.key, colour=label.color, group=label.group, rule=label.rule,
            synonyms=list(label.synonyms),
        )  # fmt: skip
    return Demo(project, users, password)


def account(person: demo.Person, password: str) -> User:
    """The account of a person of the demo, with the demo's password when it is new or of an earlier demo."""
    user, made = User.objects.get_or_create(username=person.username, defaults={"display_name": person.display_name})
    if made or user.display_name == person.display_name:
        user.set_password(password)
        user.save(update_fields=["password"])
    return user


def give_home(project: Project, users: list[User], people: list[demo.Person]) -> None:
    """Put the accounts of the demo's own people at home here, so that its leads may give them a fresh link."""
    own = [user.pk for user, person in zip(users, people, strict=True) if user.display_name == person.display_name]
    User.objects.filter(pk__in=own, is_staff=False, is_superuser=False).update(home=project)


def draw(folder: Path, count: int, seed: int, tell: Tell) -> list[SceneTruth]:
    """Draw the pictures into the folder; a line every 100."""
    truths = []
    for done, truth in enumerate(generate_steps(folder, count, seed), 1):
        truths.append(truth)
        if done % 100 == 0 or done == count:
            tell(f"Drew {done} of {counted(count, 'picture')}")
    return truths


def write_known(path: Path, truths: list[SceneTruth], share: float = demo.KNOWN_SHARE) -> None:
    """A wide table of what is known on the first day."""
    known = demo.known_at_start(demo.truth_matrix([truth.labels for truth in truths]), share)
    write_table(path, [truth.name for truth in truths], list(demo.LABEL_NAMES), known)


def write_table(path: Path, names: list[str], labels: list[str], matrix: np.ndarray) -> None:
    """A wide table of labels; unknown cells blank."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["image", *labels])
        for name, values in zip(names, matrix.tolist(), strict=True):
            writer.writerow([name, *(value or "" for value in values)])
