"""The REST interface under real HTTP clients: save, next, both in a loop, lists, import and export.

Starts a server of its own as `start` does. The project of the first part has 2,000 images, 20 labels and scores for
all of them; clients are processes on the same machine and take their share of its cores.
"""

import io
import random
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from PIL import Image as Picture

from annotator.actions.labels import create_label
from annotator.actions.projects import create_project
from annotator.bench.clients import Annotator, at_once
from annotator.bench.scores import give_random_scores
from annotator.models import Image, Job, Member, Project, Role, Snapshot, User

CLIENTS = 8
IMAGES, LABELS = 2_000, 20
SLOWEST_JOB_SECONDS = 600


def add_arguments(parser: ArgumentParser) -> None:
    """How long, and how much."""
    parser.add_argument("--seconds", type=float, default=10.0, help="Length of each measurement (default 10).")
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 10_000], help="Images to import and export.")


def run(options: dict[str, Any]) -> dict[str, float]:
    """All figures; times in milliseconds unless the name says seconds."""
    lead = User.objects.create(username="lead", is_superuser=True)
    project = seed_project(lead)
    people = [seed_person(project, number) for number in range(CLIENTS)]
    figures: dict[str, float] = {}
    with server(["start", "--no-worker", "--no-build", "--no-demo", "--no-browser", "--port", "8400"]) as port:
        clients = [client_of(person, project, port, place) for place, person in enumerate(people)]
        for name, count in (
            ("save", 1),
            ("next", 1),
            ("page", 1),
            ("save", CLIENTS),
            ("next", CLIENTS),
            ("loop", CLIENTS),
        ):
            took = at_once(clients[:count], name, options["seconds"])
            figures |= summary(name if count == 1 else f"{name}_{count}_clients", took, options["seconds"])
    figures["loops_per_s_8_clients"] = figures.pop("loop_8_clients_per_s")
    for size in options["sizes"]:
        figures |= measure_transfer(lead, size)
    return figures


def summary(name: str, took: list[float], seconds: float) -> dict[str, float]:
    """p50 and p95 in milliseconds, and how many a second."""
    if len(took) < 2:
        raise RuntimeError(f"'{name}' was answered {len(took)} times in {seconds} s; that is no measurement.")
    cuts = statistics.quantiles(took, n=20)
    return {
        f"{name}_p50_ms": round(cuts[9] * 1000, 1),
        f"{name}_p95_ms": round(cuts[18] * 1000, 1),
        f"{name}_per_s": round(len(took) / seconds, 1),
    }


def seed_project(lead: User, images: int = IMAGES, labels: int = LABELS) -> Project:
    """A project with labels, image rows without files, and random scores."""
    project = create_project(lead, "Bench")
    made = [create_label(project.pk, lead, f"label {number}").pk for number in range(labels)]
    Image.objects.bulk_create(
        Image(
            project=project, row=row, content_hash=f"{row:064x}", group_key=f"{row:064x}", file_name=f"{row}.jpg",
            file="none", thumbnail="none", width=640, height=480, size_bytes=1,
        )
        for row in range(images)
    )  # fmt: skip
    give_random_scores(project, made, images)
    return project


def seed_person(project: Project, number: int) -> User:
    """An annotator."""
    person = User.objects.create(username=f"annotator{number}")
    Member.objects.create(project=project, user=person, role=Role.ANNOTATOR)
    return person


def client_of(person: User, project: Project, port: int, place: int) -> Annotator:
    """This person, signed in, with images of their own to mark."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    csrf = "x" * 32
    cookies = f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={csrf}"
    images = list(Image.objects.filter(project=project).order_by("row").values_list("pk", flat=True))
    labels = list(project.labels.order_by("column").values_list("pk", flat=True))
    return Annotator("127.0.0.1", port, project.pk, cookies, csrf, labels, images[place::CLIENTS])


@contextmanager
def server(arguments: list[str]) -> Iterator[int]:
    """A running server; the port it listens on."""
    process = subprocess.Popen(
        [sys.executable, "-u", str(settings.ROOT / "manage.py"), *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if "/enter/" in line:
                break
        else:
            raise RuntimeError("The server ended before it was ready; what went wrong stands above.")
        yield int(line.split("/enter/")[0].rpartition(":")[2])
    finally:
        process.terminate()
        process.wait(30)


def measure_transfer(lead: User, size: int) -> dict[str, float]:
    """Seconds from asking for an import of a folder (and an export) until it is done, worker included."""
    project = create_project(lead, f"Transfer {size}")
    folder = settings.TERN_HOME / f"pictures-{size}"
    draw_pictures(folder, size)
    worker = subprocess.Popen(
        [sys.executable, str(settings.ROOT / "manage.py"), "work", "--lanes", "transfer", "--cold", "--watch-parent"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with server(["start", "--no-worker", "--no-build", "--no-demo", "--no-browser", "--port", "8420"]) as port:
            lead_client = client_of(lead, project, port, 0)
            asked = {"folder": str(folder), "table": str(folder / "labels.csv"), "at_once": True}
            imported = until_done(lead_client, "imports/", asked)
            if Image.objects.filter(project=project).count() != size:
                raise RuntimeError("The import did not bring every picture.")
            exported = until_done(lead_client, "snapshots/", {"formats": ["csv"]})
            if Snapshot.objects.get(project=project).finished_at is None:
                raise RuntimeError("The snapshot was not finished.")
    finally:
        assert worker.stdin is not None
        worker.stdin.close()
        worker.wait(60)
    short = f"{size // 1000}k" if size % 1000 == 0 else str(size)
    return {f"import_{short}_s": round(imported, 2), f"export_{short}_s": round(exported, 2)}


def until_done(client: Annotator, path: str, body: dict[str, Any]) -> float:
    """Post, then wait for the job; the seconds of both together."""
    client.connection.close()  # The server may have closed an idle one meanwhile.
    start = time.perf_counter()
    client.ask("POST", path, body)
    job = Job.objects.filter(kind__in=[Job.Kind.IMPORT, Job.Kind.EXPORT]).latest("pk")
    while job.state in Job.ACTIVE:
        if time.perf_counter() - start > SLOWEST_JOB_SECONDS:
            raise RuntimeError(f"{job} is not done after {SLOWEST_JOB_SECONDS} s.")
        time.sleep(0.02)
        job.refresh_from_db()
    if job.state != Job.State.DONE:
        raise RuntimeError(f"{job}: {job.error}")
    return time.perf_counter() - start


def draw_pictures(folder: Path, count: int) -> None:
    """Pictures that all differ, 320 x 240, and a table with one label for each."""
    folder.mkdir()
    noise = random.Random(0)
    lines = ["image,striped"]
    for number in range(count):
        colour = tuple(noise.randrange(256) for _ in range(3))
        picture = Picture.new("RGB", (320, 240), colour)
        picture.paste(tuple(255 - part for part in colour), (number % 300, number // 300 % 220, 319, 239))
        data = io.BytesIO()
        picture.save(data, "JPEG", quality=80)
        # Bytes after the end of a JPEG are ignored; they make every file another one.
        (folder / f"{number:06}.jpg").write_bytes(data.getvalue() + number.to_bytes(4, "big"))
        lines.append(f"{number:06}.jpg,{1 if number % 2 else -1}")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
