"""Pictures and labels come in once, whatever happens on the way; unknown stays unknown and people stay right."""

import csv
import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from pytest_django import Settings

from annotator.actions.imports import import_at_once, plan_server_files, plan_uploads
from annotator.errors import Invalid
from annotator.imports.spool import spool_root
from annotator.jobs.runner import run
from annotator.models import Event, Image, Job, Label, Mark, MarkEvent, Member, Project, Role, Source, User
from tests.optional import unwrap
from tests.pictures import folder_of, picture, pixel_bomb, zip_of
from tests.processes import children, python, wait_for
from tests.world import make_project, make_user, signed_in

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def lead() -> User:
    return make_user("lena")


@pytest.fixture
def project(lead: User) -> Project:
    return make_project(images=0, labels=0, lead=lead)


def table(path: Path, *rows: tuple[object, ...]) -> str:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return str(path)


def done(job: Job | None) -> Job:
    """The job after this process has done it."""
    job = unwrap(job)
    run(job.pk)
    job.refresh_from_db()
    return job


def from_folder(project: Project, lead: User, folder: Path, labels: str | Path = "", **answers: str) -> Job:
    """The job that imported a folder; nothing may be asked but what is answered."""
    return done(import_at_once(project, lead, str(folder), str(labels), answers))


def uploaded(project: Project, lead: User, files: list[SimpleUploadedFile], **answers: str) -> Job:
    return done(plan_uploads(project, lead, files, answers, at_once=True).job)


def values(project: Project) -> dict[tuple[str, str], int]:
    marks = Mark.objects.filter(project=project, resolved=True)
    told = marks.values_list("image__file_name", "label__name", "value")
    return {(image, label): value for image, label, value in told}


def counts(job: Job, *names: str) -> list[int]:
    return [job.result[name] for name in names]


def test_a_folder_with_a_wide_table_comes_in(project: Project, lead: User, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", ["a.jpg", "sub/b.png", "c.jpg"])
    rows = ("image", "dog", "cat", "split"), ("a.jpg", 1, "", "x"), ("sub/b.png", -1, "", "y")
    labels = table(tmp_path / "l.csv", *rows)
    job = from_folder(project, lead, folder, labels)
    assert (job.state, job.error) == ("done", "")
    assert counts(job, "images_new", "labels_new", "marks_new", "images_refused") == [3, 2, 2, 0]
    assert values(project) == {("a.jpg", "dog"): 1, ("sub/b.png", "dog"): -1}
    assert list(project.images.values_list("row", "file_name")) == [(0, "a.jpg"), (1, "c.jpg"), (2, "sub/b.png")]
    assert list(project.labels.values_list("column", "name")) == [(0, "dog"), (1, "cat")]
    mark = Mark.objects.get(label__name="dog", value=1)
    assert (mark.source, mark.annotator, mark.version, mark.rule_version) == (Source.IMPORTED, lead, 1, 1)
    image = Image.objects.get(file_name="a.jpg")
    assert (image.metadata, image.group_key) == ({"split": "x"}, image.content_hash)
    assert job.result["metadata_columns"] == ["split"]
    kinds = list(Event.objects.filter(project=project).values_list("kind", flat=True))
    assert {"images", "labels", "mark", "job"} <= set(kinds)


@pytest.mark.slow
def test_importing_twice_changes_nothing(project: Project, lead: User, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", ["a.jpg", "b.jpg"])
    labels = table(tmp_path / "l.csv", ("image", "dog"), ("a.jpg", 1), ("b.jpg", -1))
    from_folder(project, lead, folder, labels)
    before = (values(project), MarkEvent.objects.count(), Label.objects.count())
    again = from_folder(project, lead, folder, labels)
    assert counts(again, "images_new", "images_known", "marks_new", "marks_same") == [0, 2, 0, 2]
    assert (values(project), MarkEvent.objects.count(), Label.objects.count()) == before
    (folder / "new.jpg").write_bytes(picture(77))
    assert counts(from_folder(project, lead, folder), "images_new", "images_known") == [1, 2]


def test_a_long_table_matches_by_unique_file_name_and_names_what_it_cannot(
    project: Project, lead: User, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path / "in", ["x/a.jpg", "y/b.jpg", "z/b.jpg"])
    labels = table(
        tmp_path / "long.csv", ("image", "label", "value"),
        ("a.jpg", "dog", 1), ("b.jpg", "dog", 1), ("./y/b.jpg", "dog", -1), ("y\\b.jpg", "cat", 1),
        ("a.jpg", "dog", -1), ("a.jpg", "dog", ""), ("nowhere.jpg", "dog", 1),
    )  # fmt: skip
    job = from_folder(project, lead, folder, labels, **{"which:b.jpg": "none"})
    assert values(project) == {("x/a.jpg", "dog"): 1, ("y/b.jpg", "dog"): -1, ("y/b.jpg", "cat"): 1}
    told = {error["line"]: error["message"] for error in job.result["errors"]}
    assert set(told) == {3, 6, 8}
    assert "more than one picture" in told[3]
    assert "contradicts line 2" in told[6]
    assert "no picture 'nowhere.jpg'" in told[8]


def test_a_persons_mark_is_never_overwritten_but_an_earlier_import_is_corrected(
    project: Project, lead: User, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path / "in", ["a.jpg", "b.jpg"])
    from_folder(project, lead, folder, table(tmp_path / "l.csv", ("image", "dog"), ("a.jpg", 1), ("b.jpg", 1)))
    Mark.objects.filter(image__file_name="a.jpg").update(source=Source.HUMAN)
    corrected = table(tmp_path / "l.csv", ("image", "dog"), ("a.jpg", -1), ("b.jpg", -1))
    job = from_folder(project, lead, folder, corrected)
    assert values(project) == {("a.jpg", "dog"): 1, ("b.jpg", "dog"): -1}
    assert counts(job, "marks_conflicting", "marks_changed", "marks_new") == [1, 1, 0]
    (error,) = job.result["errors"]
    assert error["line"] == 2
    assert "a person said present" in error["message"]
    history = MarkEvent.objects.filter(image__file_name="b.jpg").order_by("version")
    assert list(history.values_list("version", "old", "new")) == [(1, 0, 1), (2, 1, -1)]


def test_zero_and_blank_leave_marks_alone(project: Project, lead: User, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", ["a.jpg", "b.jpg"])
    from_folder(
        project, lead, folder, table(tmp_path / "l.csv", ("image", "dog"), ("a.jpg", 1), ("b.jpg", 0)), zero="unknown"
    )
    from_folder(project, lead, folder, table(tmp_path / "l.csv", ("image", "dog"), ("a.jpg", ""), ("b.jpg", "")))
    assert values(project) == {("a.jpg", "dog"): 1}


def test_labels_are_found_whatever_their_case_and_wrong_names_are_told(
    project: Project, lead: User, tmp_path: Path
) -> None:
    Label.objects.create(project=project, column=0, name="Dog")
    Project.objects.filter(pk=project.pk).update(next_column=1)
    folder = folder_of(tmp_path / "in", ["a.jpg"])
    labels = table(tmp_path / "l.csv", ("image", " dog ", "x" * 121, "cat", "CAT"), ("a.jpg", 1, 1, 1, 1))
    job = from_folder(project, lead, folder, labels, **{"same_label:cat": "several"})
    assert values(project) == {("a.jpg", "Dog"): 1, ("a.jpg", "cat"): 1}
    assert len(job.result["errors"]) == 2


def test_a_group_column_keeps_look_alikes_together(project: Project, lead: User, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", ["a.jpg", "b.jpg"])
    labels = table(tmp_path / "l.csv", ("image", "group", "dog"), ("a.jpg", "burst one", 1), ("b.jpg", "burst one", ""))
    from_folder(project, lead, folder, labels)
    assert set(project.images.values_list("group_key", flat=True)) == {"burst one"}


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def test_a_bad_file_in_an_upload_is_named_and_the_others_arrive(project: Project, lead: User, tern_home: Path) -> None:
    files = [upload(f"{n}.jpg", picture(n)) for n in range(30)]
    files += [upload("bomb.png", pixel_bomb()), upload("x.gif", b"GIF89a")]
    files.append(upload("l.csv", b"image,dog\n3.jpg,1\nbomb.png,1\n"))
    job = uploaded(project, lead, files)
    assert counts(job, "images_new", "images_refused", "marks_new") == [30, 2, 1]
    assert {(error["file"], error["line"]) for error in job.result["errors"]} == {
        ("bomb.png", None), ("x.gif", None), ("l.csv", 3),
    }  # fmt: skip
    assert not list(spool_root().iterdir()), "uploaded files are gone when the job has ended"
    assert len([path for path in (tern_home / "media").rglob("*") if path.is_file()]) == 60


def test_an_uploaded_archive_that_is_none_fails_and_leaves_nothing_behind(
    project: Project, lead: User, tern_home: Path
) -> None:
    job = uploaded(project, lead, [upload("x.zip", b"no archive")])
    assert job.state == "failed"
    assert "not a zip archive" in job.error
    assert not list(spool_root().iterdir())
    assert not Image.objects.exists()


def test_an_archive_comes_in_with_its_table(project: Project, lead: User, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "x.zip", {"p/a.jpg": picture(1), "p/b.jpg": picture(2), "../e.jpg": picture(3)})
    labels = upload("labels.csv", b"image,label,value\np/a.jpg,dog,-1\n")
    job = uploaded(project, lead, [upload("x.zip", path.read_bytes()), labels])
    assert counts(job, "images_new", "images_refused", "marks_new") == [2, 1, 1]
    assert values(project) == {("p/a.jpg", "dog"): -1}


@pytest.mark.parametrize("names", [[], ["a.zip", "b.zip"], ["a.zip", "b.jpg"]])
def test_a_mixture_that_means_nothing_is_refused_at_once(project: Project, lead: User, names: list[str]) -> None:
    with pytest.raises(Invalid):
        plan_uploads(project, lead, [upload(name, b"x") for name in names])
    assert not Job.objects.exists()
    assert not spool_root().exists() or not list(spool_root().iterdir())


def test_folders_outside_the_import_roots_are_refused(
    project: Project, lead: User, tmp_path: Path, settings: Settings
) -> None:
    inside, outside = folder_of(tmp_path / "in", ["a.jpg"]), folder_of(tmp_path / "out", ["b.jpg"])
    (inside / "link").symlink_to(outside)
    settings.TERN_IMPORT_ROOTS = []
    with pytest.raises(Invalid, match="TERN_IMPORT_ROOTS"):
        plan_server_files(project, lead, str(inside), "")
    settings.TERN_IMPORT_ROOTS = [str(inside)]
    for path in (outside, inside / ".." / "out", inside / "link", Path("/etc")):
        with pytest.raises(Invalid, match="outside"):
            plan_server_files(project, lead, str(path), "")
    with pytest.raises(Invalid, match="outside"):
        plan_server_files(project, lead, str(inside), "/etc/passwd")
    assert counts(done(plan_server_files(project, lead, str(inside), "", at_once=True).job), "images_new") == [1]


def test_the_api_takes_uploads_and_folders_from_leads_only(
    project: Project, lead: User, tmp_path: Path, settings: Settings
) -> None:
    settings.TERN_IMPORT_ROOTS = [str(tmp_path)]
    folder = folder_of(tmp_path / "in", ["a.jpg"])
    url = f"/api/projects/{project.pk}/imports/"
    client = signed_in(lead)
    answer = client.post(url, {"files": [upload("b.jpg", picture(9))]})
    assert (answer.status_code, answer.json()["state"]) == (201, "planning")
    done(Job.objects.get(pk=answer.json()["job"]["id"]))
    assert client.get(f"{url}{answer.json()['id']}/").json()["plan"]["pictures"]["new"] == 1
    assert not Image.objects.exists()
    answer = client.post(url, {"folder": str(folder), "at_once": True}, content_type="application/json")
    assert done(Job.objects.get(pk=answer.json()["job"]["id"])).result["images_new"] == 1
    assert client.post(url, {"folder": "/etc"}, content_type="application/json").status_code == 400
    assert client.post(url, {}, content_type="application/json").status_code == 400
    other = make_user("otto")
    client.force_login(other)
    assert client.post(url, {"folder": str(folder)}, content_type="application/json").status_code == 404
    Member.objects.create(project=project, user=other, role=Role.ANNOTATOR)
    assert client.post(url, {"folder": str(folder)}, content_type="application/json").status_code == 403


def test_what_a_killed_import_left_half_written_is_swept_later(
    project: Project, lead: User, tmp_path: Path, tern_home: Path
) -> None:
    folder = folder_of(tmp_path / "in", ["a.jpg"])
    shelf = tern_home / "media" / "originals" / "ab"
    shelf.mkdir(parents=True)
    abandoned = spool_root() / "abandoned"
    abandoned.mkdir(parents=True)
    for path in (shelf / ".tmp-old", shelf / ".tmp-new"):
        path.write_bytes(b"half")
    long_ago = time.time() - 30 * 24 * 3600
    os.utime(shelf / ".tmp-old", (long_ago, long_ago))
    os.utime(abandoned, (long_ago, long_ago))
    from_folder(project, lead, folder)
    assert [path.name for path in shelf.iterdir()] == [".tmp-new"]
    assert not abandoned.exists()


def test_an_archive_that_was_replaced_is_read_anew(project: Project, lead: User, tmp_path: Path) -> None:
    path = zip_of(tmp_path / "x.zip", {"a.jpg": picture(1)})
    assert counts(from_folder(project, lead, path), "images_new") == [1]
    zip_of(path, {"b.jpg": picture(2), "c.jpg": picture(3)})
    assert counts(from_folder(project, lead, path), "images_new", "images_refused") == [2, 0]


WORK = "import django; django.setup(); from annotator.jobs.runner import run; import sys; run(int(sys.argv[1]))"


@pytest.mark.slow
@pytest.mark.drill
def test_an_import_survives_kill_nine_and_ends_with_everything_once(
    project: Project, lead: User, tmp_path: Path, tern_home: Path
) -> None:
    names = [f"{n:04d}.png" for n in range(1300)]
    folder = folder_of(tmp_path / "in", names)
    labels = table(tmp_path / "l.csv", ("image", "dog"), *((name, 1 if n % 2 else -1) for n, name in enumerate(names)))
    job = import_at_once(project, lead, str(folder), labels)
    with python("-c", WORK, str(job.pk)) as worker:
        wait_for(lambda: Image.objects.filter(project=project).count() >= 400 or worker.poll() is not None, 60)
        decoders = children(worker.pid)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    assert 0 < Image.objects.count() < len(names)
    wait_for(lambda: not any(process.is_running() and process.status() != "zombie" for process in decoders), 20)
    # The lease of the killed worker ends, and the next one takes over.
    Job.objects.filter(pk=job.pk).update(leased_until=Now() - timedelta(seconds=1))
    with python("-c", WORK, str(job.pk)) as worker:
        wait_for(lambda: worker.poll() is not None, 90)
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("done", 2), worker.log.read_text()
    assert counts(job, "images_new", "images_known", "marks_new", "marks_same") == [1300, 0, 1300, 0]
    assert sorted(project.images.values_list("row", flat=True)) == list(range(1300))
    assert len(values(project)) == 1300
    assert MarkEvent.objects.count() == 1300
    stored = [path for path in (tern_home / "media").rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert len(stored) == 2600
    assert all(path.stat().st_size for path in stored)


def test_a_line_never_marks_a_picture_of_another_folder_and_a_refused_one_lends_no_line(
    project: Project, lead: User, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path / "in", ["test/1.jpg", "dogs/2.jpg"])
    (folder / "cats").mkdir()
    (folder / "cats" / "2.jpg").write_bytes(b"\xff\xd8\xff broken")
    table = tmp_path / "labels.csv"
    table.write_text("image,boat\ntrain/1.jpg,1\ndata/cats/2.jpg,1\ndata/dogs/2.jpg,-1\nDOGS/2.JPG,1\n")
    job = from_folder(project, lead, folder, table, **{"names:case": "no"})
    assert counts(job, "marks_new", "images_refused") == [1, 1]
    (mark,) = project.marks.all()
    assert (mark.value, mark.image.file_name) == (-1, "dogs/2.jpg")
    told = {error["line"]: error["message"] for error in job.result["errors"] if error["line"]}
    assert "no picture 'train/1.jpg'" in told[2]
    assert "was refused" in told[3]
    assert "Did you mean 'dogs/2.jpg'" in told[5]


@pytest.mark.slow
def test_a_name_that_two_uploads_gave_is_not_taken_for_the_later_picture(
    project: Project, lead: User, tmp_path: Path
) -> None:
    for seed in (1, 2):
        (tmp_path / f"in{seed}").mkdir()
        (tmp_path / f"in{seed}" / "1.jpg").write_bytes(picture(seed))
        from_folder(project, lead, tmp_path / f"in{seed}")
    table = tmp_path / "labels.csv"
    table.write_text("image,boat\n1.jpg,1\n")
    job = from_folder(project, lead, tmp_path / "in2", table)
    assert job.state == "failed"
    assert "which:1.jpg" in job.error
    assert not project.marks.exists()
