"""A snapshot is for ever: whole or not there, the same state gives the same bytes, and it can be read back."""

import csv
import hashlib
import io
import json
import os
import random
import signal
import time
import uuid
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from annotator.actions.imports import import_at_once
from annotator.actions.snapshots import MANIFEST, request_snapshot
from annotator.errors import Invalid
from annotator.formats import FORMATS, STANDARD, held
from annotator.jobs.runner import run
from annotator.models import CantTell, Image, Job, Label, Mark, Member, Project, Role, Snapshot, Source, User
from annotator.queries.sheets import sheet_of
from annotator.queries.snapshot_query import checked_query
from annotator.queries.splits import part_of
from tests.optional import unwrap
from tests.pictures import folder_of
from tests.processes import python, wait_for
from tests.world import add_images, make_project, make_user, signed_in

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
ALL = list(STANDARD)
EXACT = ("csv", "jsonl", "npz", "parquet", "excel")


@pytest.fixture
def project() -> Project:
    return make_project(images=6, labels=3)


@pytest.fixture
def lead(project: Project) -> User:
    return project.members.get().user


def put(project: Project, user: User, row: int, column: int, value: int, source: str = Source.HUMAN) -> None:
    Mark.objects.create(
        project=project, image=project.images.get(row=row), label=project.labels.get(column=column), annotator=user,
        value=value, version=1, source=source, updated_at=timezone.now(),
    )  # fmt: skip


def made(project: Project, user: User, formats: list[str] = ALL, query: dict[str, Any] | None = None) -> Snapshot:
    snapshot = request_snapshot(project, user, formats, query or {})
    run(unwrap(snapshot.job_id))
    snapshot.refresh_from_db()
    return snapshot


def folder(snapshot: Snapshot, tern_home: Path) -> Path:
    return tern_home / snapshot.directory


def test_it_holds_the_matrix_and_its_checksums(project: Project, lead: User, tern_home: Path) -> None:
    put(project, lead, 0, 0, 1)
    put(project, lead, 5, 2, -1)
    snapshot = made(project, lead)
    expected = np.zeros((6, 3), np.int8)
    expected[0, 0], expected[5, 2] = 1, -1
    with np.load(folder(snapshot, tern_home) / "labels.npz") as arrays:
        assert np.array_equal(arrays["matrix"], expected)
        assert arrays["matrix"].dtype == np.int8
        assert list(arrays["hashes"]) == list(project.images.values_list("content_hash", flat=True))
    assert snapshot.matrix_sha256 == hashlib.sha256(b"6 3\n" + expected.tobytes()).hexdigest()
    manifest = json.loads((folder(snapshot, tern_home) / MANIFEST).read_text())
    assert manifest == snapshot.manifest
    for name, facts in manifest["files"].items():
        data = (folder(snapshot, tern_home) / name).read_bytes()
        assert facts == {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    assert set(manifest["files"]) == {"labels.csv", "labels.jsonl", "labels.npz"}
    assert [label["name"] for label in manifest["labels"]] == [label.name for label in project.labels.all()]


def test_the_same_state_gives_the_same_bytes_and_another_state_does_not(
    project: Project, lead: User, tern_home: Path
) -> None:
    put(project, lead, 1, 1, 1)
    first, second = made(project, lead), made(project, lead)
    for name in (*first.manifest["files"], MANIFEST):
        assert (folder(first, tern_home) / name).read_bytes() == (folder(second, tern_home) / name).read_bytes()
    put(project, lead, 2, 1, -1)
    third = made(project, lead)
    assert third.matrix_sha256 != first.matrix_sha256
    assert (first.number, second.number, third.number) == (1, 2, 3)


def test_json_lines_tell_who_when_and_how(project: Project, lead: User, tern_home: Path) -> None:
    put(project, lead, 2, 1, -1, Source.CLOSED)
    image = project.images.get(row=2)
    CantTell.objects.create(
        project=project, image=image, label=project.labels.get(column=0), annotator=lead, at=timezone.now()
    )
    head, *lines = (folder(made(project, lead), tern_home) / "labels.jsonl").read_text().splitlines()
    assert [label["name"] for label in json.loads(head)["labels"]] == ["label ", "label x", "label xx"]
    told = json.loads(lines[2])
    assert told["sha256"] == image.content_hash
    ((name, mark),) = told["marks"].items()
    assert (name, mark["value"], mark["by"], mark["source"]) == ("label x", -1, lead.username, "closed")
    assert mark["at"] == Mark.objects.get().updated_at.isoformat()
    assert told["cant_tell"][0]["label"] == "label "
    assert json.loads(lines[0])["marks"] == {}


def test_sources_can_be_chosen_and_unusable_or_deleted_images_are_left_out(
    project: Project, lead: User, tern_home: Path
) -> None:
    put(project, lead, 0, 0, 1)
    put(project, lead, 1, 0, 1, Source.POLICY)
    Image.objects.filter(project=project, row=2).update(flagged="blurred")
    Image.objects.filter(project=project, row=3).update(deleted_at=timezone.now())
    Label.objects.filter(project=project, column=1).update(deleted_at=timezone.now())
    human = made(project, lead, ["npz"], {"sources": ["human"]})
    with np.load(folder(human, tern_home) / "labels.npz") as arrays:
        assert arrays["matrix"].shape == (4, 2)
        assert arrays["matrix"].sum() == 1
    everything = made(project, lead, ["npz"], {"include_flagged": True})
    with np.load(folder(everything, tern_home) / "labels.npz") as arrays:
        assert arrays["matrix"].shape == (5, 2)
        assert arrays["matrix"].sum() == 2


def test_unknown_formats_and_queries_are_refused(project: Project, lead: User) -> None:
    for formats, query in (["doc"], {}), ([], {}), (["csv"], {"color": 1}), (["csv"], {"sources": ["guess"]}):
        with pytest.raises(Invalid):
            request_snapshot(project, lead, formats, query)
    assert not Snapshot.objects.exists()


def test_it_is_downloaded_again_by_those_who_may_export(project: Project, lead: User, tern_home: Path) -> None:
    client = signed_in(lead)
    url = f"/api/projects/{project.pk}/snapshots/"
    answer = client.post(url, {"formats": ["csv"]}, content_type="application/json")
    assert answer.status_code == 201
    assert answer.json()["files"] == []
    assert client.get(f"{url}1/files/labels.csv").status_code == 404, "not finished yet"
    run(answer.json()["job"])
    shown = client.get(f"{url}1/").json()
    assert shown["finished_at"]
    (file,) = shown["files"]
    for _ in range(2):
        download = client.get(file["url"])
        assert hashlib.sha256(download.content).hexdigest() == file["sha256"]
    assert "attachment" in download["Content-Disposition"]
    assert download["X-Content-Type-Options"] == "nosniff"
    assert json.loads(client.get(f"{url}1/files/{MANIFEST}").content)["matrix"]["images"] == 6
    for name in ("labels.npz", "..%2Flabels.csv", "%2e%2e"):
        assert client.get(f"{url}1/files/{name}").status_code == 404
    assert [entry["number"] for entry in client.get(url).json()] == [1]
    annotator = make_user("anna")
    client.force_login(annotator)
    assert client.get(file["url"]).status_code == 404
    Member.objects.create(project=project, user=annotator, role=Role.ANNOTATOR)
    assert client.get(file["url"]).status_code == 403


@pytest.mark.slow
@pytest.mark.parametrize("name", EXACT)
@given(data=st.data())
@hypothesis_settings(
    deadline=None, max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_import_mark_export_import_leaves_the_matrix_unchanged(
    tmp_path_factory: pytest.TempPathFactory, tern_home: Path, name: str, data: st.DataObject
) -> None:
    tmp_path = tmp_path_factory.mktemp("round")
    count = data.draw(st.integers(1, 4))
    pictures = folder_of(tmp_path / "in", [f"{n}.png" for n in range(count)])
    user = make_user(f"user{Project.objects.count()}-{name}-{time.monotonic_ns()}")
    first = Project.objects.create(name="first")
    values = st.sampled_from(["1", "-1", "0", ""])
    rows = [",".join([f"{n}.png", data.draw(values), data.draw(values)]) for n in range(count)]
    (tmp_path / "start.csv").write_text("\n".join(["image,=dog,never said", *rows]) + "\n")
    answers = {"zero": "unknown", "minus_one": "absent"}
    job = import_at_once(first, user, str(pictures), str(tmp_path / "start.csv"), answers)
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    steps = st.tuples(st.integers(0, count - 1), st.integers(0, 1), st.sampled_from([1, -1, 0]))
    client = signed_in(user)
    Member.objects.create(project=first, user=user, role=Role.LEAD)
    images, labels = list(first.images.all()), list(first.labels.all())
    for row, column, value in data.draw(st.lists(steps, max_size=6)):
        operation = {"id": data.draw(st.uuids().map(str)), "kind": "mark", "image": images[row].pk,
                     "label": labels[column].pk, "value": value, "base": None}  # fmt: skip
        answer = client.post(
            f"/api/projects/{first.pk}/sync/", {"operations": [operation]}, content_type="application/json"
        )
        assert answer.json()["results"][0]["status"] == "applied"
    snapshot = made(first, user, [name])
    expected = sheet_of(first, checked_query({}, first), False)
    second = Project.objects.create(name="second")
    exported = tern_home / snapshot.directory / FORMATS[name].FILE_NAME
    job = import_at_once(second, user, str(pictures), str(exported))
    run(job.pk)
    job.refresh_from_db()
    assert job.result["errors"] == []
    again = sheet_of(second, checked_query({}, second), False)
    assert again.names == expected.names
    assert [image.sha256 for image in again.images] == [image.sha256 for image in expected.images]
    assert np.array_equal(again.matrix, expected.matrix)
    assert made(second, user, ["npz"]).matrix_sha256 == snapshot.matrix_sha256


WRITER = """
import sys, numpy as np
from pathlib import Path
import django; django.setup()
from annotator.actions.snapshots import write_files
from annotator.formats import STANDARD
from annotator.formats.sheet import Sheet, SheetImage
root, matrix = Path(sys.argv[1]), np.random.default_rng(0).integers(-1, 2, (1500, 30)).astype(np.int8)
sheet = Sheet([{"name": f"l{c}"} for c in range(30)], [SheetImage(f"{n}", f"{n:064x}") for n in range(1500)], matrix)
for number in range(1, 10_000):
    write_files(root / str(number), sheet, list(STANDARD), {})
    (root / "written").write_text(str(number))
"""


@pytest.mark.slow
@pytest.mark.drill
def test_kill_nine_never_leaves_half_a_snapshot(tern_home: Path) -> None:
    whole = 0
    for turn in range(5):
        root = tern_home / f"turn{turn}"
        root.mkdir()
        with python("-c", WRITER, root) as writer:
            wait_for((root / "written").exists, 60, "a first snapshot")
            time.sleep(random.uniform(0, 0.2))  # the moment of death is what the drill draws
            os.kill(writer.pid, signal.SIGKILL)
            writer.wait()
        for path in (found for found in root.iterdir() if found.is_dir() and not found.name.startswith(".")):
            manifest = json.loads((path / MANIFEST).read_text())
            assert len(manifest["files"]) == 3
            for name, facts in manifest["files"].items():
                assert hashlib.sha256((path / name).read_bytes()).hexdigest() == facts["sha256"], f"{path} is torn"
            whole += 1
    assert whole >= 5


def test_a_snapshot_job_that_died_before_its_row_was_written_is_finished_by_the_next(
    project: Project, lead: User, tern_home: Path
) -> None:
    put(project, lead, 0, 0, 1)
    snapshot = made(project, lead, ["csv"])
    before = (folder(snapshot, tern_home) / "labels.csv").read_bytes()
    put(project, lead, 1, 0, 1)
    Snapshot.objects.update(finished_at=None, manifest={}, matrix_sha256="")
    Job.objects.filter(pk=unwrap(snapshot.job_id)).update(state="queued", attempt=1)
    run(unwrap(snapshot.job_id))
    snapshot.refresh_from_db()
    assert snapshot.finished_at
    assert (folder(snapshot, tern_home) / "labels.csv").read_bytes() == before
    assert snapshot.manifest["files"]["labels.csv"]["sha256"] == hashlib.sha256(before).hexdigest()


def cells_of(snapshot: Snapshot, tern_home: Path) -> dict[tuple[str, str], str]:
    """(picture, label) -> value, of the long table."""
    with (folder(snapshot, tern_home) / "cells.csv").open() as file:
        return {(row["image"], row["label"]): row["value"] for row in csv.DictReader(file)}


def test_a_query_chooses_pictures_labels_people_and_times(project: Project, lead: User, tern_home: Path) -> None:
    other = make_user("otto")
    labels, first = list(project.labels.order_by("column")), project.images.get(row=0)
    for row, user in ((0, lead), (1, other), (2, lead)):
        put(project, user, row, 0, 1)
    put(project, lead, 1, 1, -1)
    Image.objects.filter(pk=first.pk).update(metadata={"place": "harbour"})
    old = timezone.now() - timedelta(days=3)
    Mark.objects.filter(image__row=2).update(updated_at=old)

    def held(**query: Any) -> set[tuple[int, str]]:
        snapshot = made(project, lead, ["long"], query)
        rows = dict(project.images.values_list("file_name", "row"))
        return {(rows[picture], label) for picture, label in cells_of(snapshot, tern_home)}

    a, b, _ = (label.name for label in labels)
    assert held() == {(0, a), (1, a), (2, a), (1, b)}
    assert held(labels=[labels[1].pk]) == {(1, b)}
    assert held(people=["otto"]) == {(1, a)}
    assert held(since=(old + timedelta(hours=1)).isoformat()) == {(0, a), (1, a), (1, b)}
    assert held(until=(old + timedelta(hours=1)).isoformat()) == {(2, a)}
    assert held(where=[{"label": labels[1].pk, "value": -1}]) == {(1, a), (1, b)}
    assert held(where=[{"label": labels[1].pk, "value": 0}, {"label": labels[0].pk, "value": 1}]) == {
        (0, a), (2, a),
    }  # fmt: skip
    assert held(metadata={"place": "harbour"}) == {(0, a)}
    known = made(project, lead, ["npz"], {"only_known": True})
    with np.load(folder(known, tern_home) / "labels.npz") as arrays:
        assert arrays["matrix"].tolist() == [[1, 0, 0], [1, -1, 0], [1, 0, 0]]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"labels": [10**9]}, "does not have: [1000000000]"),
        ({"people": ["nobody"]}, "Not among them: ['nobody']"),
        ({"since": "yesterday"}, "must be a moment such as"),
        ({"since": "2026-13-45T00:00:00Z"}, "must be a moment such as"),
        ({"where": [{"label": 1}]}, "a label of this project by its id and a value"),
        ({"where": ["x"]}, "a label of this project by its id and a value"),
        ({"split": {"train": 80}}, "100 in all"),
        ({"split": {"train": 120, "test": -20}}, "100 in all"),
        ({"split": ["train"]}, "100 in all"),
        ({"extras": ["colour"]}, "Not among them: ['colour']"),
        ({"only_known": "yes"}, "must be true or false"),
        ({"metadata": {"place": 1}}, "an object of names and texts"),
        ({"sources": [["human"]]}, "Not among them"),
    ],
)
def test_a_wrong_query_is_refused_with_what_is_wrong(
    project: Project, lead: User, query: dict[str, Any], told: str
) -> None:
    with pytest.raises(Invalid) as refused:
        request_snapshot(project, lead, ["csv"], query)
    assert told in str(refused.value)
    client = signed_in(lead)
    sent = {"formats": ["csv"], "query": query}
    answer = client.post(f"/api/projects/{project.pk}/snapshots/", sent, content_type="application/json")
    assert answer.status_code == 400, answer.content


def test_parts_keep_groups_whole_stay_as_the_project_grows_and_are_told(
    project: Project, lead: User, tern_home: Path
) -> None:
    add_images(project, 300, group=lambda row: f"group {row // 5}")
    shares = {"train": 70, "val": 10, "test": 20}

    def parts(**query: Any) -> tuple[dict[str, str], Snapshot]:
        snapshot = made(project, lead, ["csv", "npz", "coco"], {"split": shares, **query})
        with (folder(snapshot, tern_home) / "splits.csv").open() as file:
            return {row["sha256"]: row["split"] for row in csv.DictReader(file)}, snapshot

    before, snapshot = parts()
    groups: dict[str, set[str]] = {}
    for sha256, group in project.images.values_list("content_hash", "group_key"):
        groups.setdefault(group, set()).add(before[sha256])
    assert all(len(one) == 1 for one in groups.values())
    counts = Counter(before.values())
    assert snapshot.manifest["split"]["images"] == {name: counts[name] for name in shares}
    # Sixty groups: a share strays by some of them, not by half.
    assert 150 < counts["train"] < 280
    with (folder(snapshot, tern_home) / "labels.csv").open() as file:
        assert {row["sha256"]: row["tern:split"] for row in csv.DictReader(file)} == before
    with np.load(folder(snapshot, tern_home) / "labels.npz") as arrays:
        assert dict(zip(arrays["hashes"].tolist(), arrays["split"].tolist(), strict=True)) == before
    add_images(project, 50, group=lambda row: f"group {row // 5}")
    after, _ = parts()
    assert after.items() >= before.items()


def test_the_part_of_a_group_is_the_documented_place_of_its_hash() -> None:
    place = int(hashlib.sha256(b"g").hexdigest()[:16], 16) / 2**64 * 100
    assert part_of("g", {"a": place + 1, "b": 99 - place}) == "a"
    assert part_of("g", {"a": place - 1, "b": 101 - place}) == "b"


def test_two_snapshots_tell_which_cells_changed_to_what_and_by_whom(
    project: Project, lead: User, tern_home: Path
) -> None:
    otto = make_user("otto")
    client = signed_in(lead)
    Member.objects.create(project=project, user=otto, role=Role.ANNOTATOR)
    images, labels = list(project.images.order_by("row")), list(project.labels.order_by("column"))

    def mark(user: User, row: int, column: int, value: int) -> None:
        acting = signed_in(user)
        sent = {"id": str(uuid.uuid4()), "kind": "mark", "image": images[row].pk, "label": labels[column].pk,
                "value": value, "base": None}  # fmt: skip
        done = acting.post(f"/api/projects/{project.pk}/sync/", {"operations": [sent]}, content_type="application/json")
        assert done.json()["results"][0]["status"] == "applied"

    mark(lead, 0, 0, 1)
    mark(lead, 1, 0, 1)
    mark(lead, 2, 0, -1)
    made(project, lead, ["csv"])
    mark(otto, 0, 0, -1)
    mark(lead, 1, 0, 0)
    mark(lead, 3, 1, 1)
    mark(otto, 3, 1, -1)
    mark(otto, 3, 1, 1)
    labels[0].name = "boat, renamed"
    labels[0].save()
    add_images(project, 1)
    images = list(project.images.order_by("row"))
    mark(lead, 6, 2, 1)
    made(project, lead, ["jsonl"])
    url = f"/api/projects/{project.pk}/snapshots/1/changes/2/"
    told = client.get(url).json()
    found = {(one["image"], one["label"]): (one["before"], one["after"], one["by"]) for one in told["cells"]}
    assert found == {
        (images[0].pk, "boat, renamed"): (1, -1, "otto"),
        (images[1].pk, "boat, renamed"): (1, 0, lead.username),
        (images[3].pk, "label x"): (0, 1, "otto"),
        (images[6].pk, "label xx"): (0, 1, lead.username),
    }
    assert (told["count"], told["pictures_added"], told["labels_added"]) == (4, 1, [])
    assert told["counts"][0] == {"before": 0, "after": 1, "count": 2}
    rows = list(csv.DictReader(io.StringIO(client.get(told["csv"]).content.decode())))
    assert {(row["image"], row["label"], row["from"], row["to"], row["by"]) for row in rows} >= {
        (images[1].file_name, "boat, renamed", "1", "", lead.username)
    }
    assert len(rows) == 4
    back = client.get(f"/api/projects/{project.pk}/snapshots/2/changes/1/").json()
    assert (back["count"], back["pictures_removed"]) == (4, 1)
    assert client.get(f"/api/projects/{project.pk}/snapshots/1/changes/1/").json()["count"] == 0


def test_a_snapshot_of_before_comparing_says_so_and_one_with_numpy_is_compared(
    project: Project, lead: User, tern_home: Path
) -> None:
    put(project, lead, 0, 0, 1)
    for formats in (["csv"], ["npz"], ["csv"]):
        snapshot = made(project, lead, formats)
        if snapshot.number < 3:
            (folder(snapshot, tern_home) / held.FILE_NAME).unlink(missing_ok=True)
            manifest = snapshot.manifest
            for label in manifest["labels"]:
                del label["column"]
            Snapshot.objects.filter(pk=snapshot.pk).update(manifest=manifest)
    client = signed_in(lead)
    refused = client.get(f"/api/projects/{project.pk}/snapshots/1/changes/3/")
    assert refused.status_code == 409
    assert "Snapshot 1 was made before snapshots could be compared" in refused.content.decode()
    assert client.get(f"/api/projects/{project.pk}/snapshots/2/changes/3/").json()["count"] == 0


def test_the_formats_are_listed_with_what_they_cannot_say(project: Project, lead: User) -> None:
    client = signed_in(lead)
    told = {one["name"]: one for one in client.get(f"/api/projects/{project.pk}/snapshots/formats/").json()}
    assert set(told) == set(FORMATS)
    assert told["coco"]["loses"] == ["absent", "cant_tell", "hash"]
    assert [name for name, one in told.items() if one["standard"]] == list(STANDARD)


def test_every_format_is_written_by_one_snapshot(project: Project, lead: User, tern_home: Path) -> None:
    put(project, lead, 0, 0, 1)
    snapshot = made(project, lead, list(FORMATS))
    assert set(snapshot.manifest["files"]) == {one.FILE_NAME for one in FORMATS.values()}
    assert len({one.FILE_NAME for one in FORMATS.values()}) == len(FORMATS)
