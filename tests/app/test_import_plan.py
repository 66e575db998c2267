"""An import is read, planned, agreed to, run, and taken back: nothing is written that nobody agreed to."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from annotator.actions import imports
from annotator.actions.images import delete_images
from annotator.errors import Conflict, Invalid
from annotator.imports.spool import spool_root
from annotator.jobs.runner import run as run_job
from annotator.models import CantTell, Image, Import, Label, Mark, MarkEvent, Member, Project, Role, Source, User
from tests.optional import unwrap
from tests.pictures import folder_of, picture, zip_of
from tests.world import Answer, make_project, make_user, signed_in

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

Look = Callable[..., Import]
ZEROS = "image,cat,dog\na.jpg,1,0\nb.jpg,0,1\n"


@pytest.fixture
def lead() -> User:
    return make_user("lena")


@pytest.fixture
def project(lead: User) -> Project:
    return make_project(images=0, labels=0, lead=lead)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "in", ["a.jpg", "b.jpg"])


@pytest.fixture
def look(project: Project, lead: User, folder: Path, tmp_path: Path) -> Look:
    """Plans an import of the folder with a table of this text."""

    def make(text: str = "", answers: dict[str, str] | None = None, source: Path | None = folder) -> Import:
        table = tmp_path / "labels.csv"
        table.write_text(text)
        planned = imports.plan_server_files(
            project, lead, str(source or ""), str(table) if text else "", answers, anywhere=True
        )
        return worked(planned)

    return make


def worked(imported: Import) -> Import:
    """The import after this process has done its job."""
    run_job(unwrap(imported.job_id))
    return Import.objects.select_related("job").get(pk=imported.pk)


def answered(imported: Import, **answers: str | None) -> Import:
    return worked(imports.answer(imported, unwrap(imported.created_by), answers))


def agree(imported: Import, plan_hash: str = "") -> Import:
    """Agree to a plan: that of the import as it stands, or the one with this hash."""
    return imports.run(imported, unwrap(imported.created_by), plan_hash or imported.plan_hash)


def ran(imported: Import) -> Import:
    done = worked(agree(imported))
    assert (done.state, unwrap(done.job).error) == ("done", "")
    return done


def taken_back(imported: Import, by: User | None = None) -> Import:
    done = worked(imports.undo(imported, by or unwrap(imported.created_by)))
    assert (done.state, unwrap(done.job).error) == ("undone", "")
    return done


def values(project: Project) -> dict[tuple[str, str], int]:
    marks = Mark.objects.filter(project=project, resolved=True, image__deleted_at=None)
    told = marks.values_list("image__file_name", "label__name", "value")
    return {(image, label): value for image, label, value in told}


def plan_of(imported: Import) -> dict[str, Any]:
    return unwrap(imported.plan)


def asked(imported: Import) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in plan_of(imported)["questions"]}


def mark(project: Project, user: User, image: str, label: str, value: int) -> None:
    """What a person says at the page."""
    client = signed_in(user)
    found = Image.objects.get(project=project, file_name=image)
    of = Label.objects.get(project=project, name=label)
    operation = {"id": f"00000000-0000-4000-8000-{MarkEvent.objects.count():012d}", "kind": "mark", "image": found.pk,
                 "label": of.pk, "value": value, "base": None}  # fmt: skip
    body = {"operations": [operation]}
    answer = client.post(f"/api/projects/{project.pk}/sync/", body, content_type="application/json").json()
    assert answer["results"][0]["status"] == "applied", answer


def helper_of(project: Project, name: str = "ben") -> User:
    user = make_user(name)
    Member.objects.create(project=project, user=user, role=Role.ANNOTATOR)
    return user


def test_a_zero_is_asked_about_and_nothing_is_written_before_the_answer_is_agreed_to(
    project: Project, look: Look
) -> None:
    planned = look(ZEROS)
    assert planned.state == "asks"
    assert [one["id"] for one in plan_of(planned)["questions"]] == ["zero"]
    assert plan_of(planned)["pictures"]["new"] == 2
    assert {one["text"]: one["means"] for one in plan_of(planned)["table"]["legend"]} == {
        "1": "present",
        "0": "asked",
    }
    assert plan_of(planned)["consequences"] is None
    with pytest.raises(Conflict, match="1 question is open: zero"):
        agree(planned)
    assert not Image.objects.exists()
    assert not Label.objects.exists()
    absent = answered(planned, zero="absent")
    told = plan_of(absent)["consequences"]
    assert (absent.state, told["present"], told["absent"], told["unknown"]) == ("ready", 2, 2, 0)
    unknown = answered(absent, zero="unknown")
    told = plan_of(unknown)["consequences"]
    assert (told["present"], told["absent"], told["unknown"]) == (2, 0, 2)
    assert len({planned.plan_hash, absent.plan_hash, unknown.plan_hash}) == 3
    with pytest.raises(Conflict, match="not the plan that was agreed to"):
        agree(unknown, absent.plan_hash)
    assert not Mark.objects.exists()
    ran(unknown)
    assert values(project) == {("a.jpg", "cat"): 1, ("b.jpg", "dog"): 1}


def test_an_answer_taken_back_opens_the_question_again_and_a_wrong_one_is_refused(look: Look, lead: User) -> None:
    planned = answered(look(ZEROS), zero="absent")
    assert planned.state == "ready"
    assert worked(imports.answer(planned, lead, {"zero": None})).state == "asks"
    wrong = answered(planned, zero="perhaps")
    assert wrong.state == "failed"
    assert "It is one of: absent, unknown, cant_tell" in unwrap(wrong.job).error
    assert answered(wrong, zero="absent").state == "ready"
    with pytest.raises(Invalid):
        imports.answer(planned, lead, {"zero": "x" * 2000})


def test_a_plan_is_not_run_when_its_files_changed_since(
    project: Project, look: Look, folder: Path, tmp_path: Path
) -> None:
    planned = look("image,cat\na.jpg,1\n")
    (tmp_path / "labels.csv").write_text("image,cat\na.jpg,-1\n")
    failed = worked(agree(planned))
    assert failed.state == "stopped"
    assert "the table" in unwrap(failed.job).error
    assert not Image.objects.exists()
    planned = look("image,cat\na.jpg,1\n")
    (folder / "c.jpg").write_bytes(picture(9))
    failed = worked(agree(planned))
    assert "the files" in unwrap(failed.job).error
    assert not Mark.objects.exists()


def test_marks_that_people_make_meanwhile_neither_stop_the_import_nor_are_overwritten(
    project: Project, look: Look
) -> None:
    ran(look("image,cat\na.jpg,1\n"))
    ben = helper_of(project)
    planned = look("image,cat\na.jpg,1\nb.jpg,1\n")
    mark(project, ben, "b.jpg", "cat", -1)
    done = ran(planned)
    assert values(project)["b.jpg", "cat"] == -1
    assert done.result["marks_conflicting"] == 1
    assert "a person said absent" in done.result["errors"][0]["message"]


@pytest.mark.slow
def test_what_was_agreed_to_override_must_still_be_so_when_it_runs(project: Project, look: Look) -> None:
    ran(look("image,cat\na.jpg,1\nb.jpg,\n"))
    ben = helper_of(project)
    mark(project, ben, "a.jpg", "cat", -1)
    planned = look("image,cat\na.jpg,1\nb.jpg,1\n")
    assert "ben 1" in asked(planned)["people"]["text"]
    assert plan_of(planned)["consequences"]["people"] == {"overridden": False, "by": [{"name": "ben", "count": 1}]}
    planned = answered(planned, people="override")
    mark(project, ben, "b.jpg", "cat", -1)
    failed = worked(agree(planned))
    assert "the marks that would change" in unwrap(failed.job).error
    assert values(project) == {("a.jpg", "cat"): -1, ("b.jpg", "cat"): -1}
    ran(answered(look("image,cat\na.jpg,1\nb.jpg,1\n"), people="override"))
    assert values(project) == {("a.jpg", "cat"): 1, ("b.jpg", "cat"): 1}


@pytest.mark.slow
def test_what_somebody_took_back_or_could_not_tell_is_not_marked_again_unseen(project: Project, look: Look) -> None:
    ran(look("image,cat,dog\na.jpg,1,\nb.jpg,1,\n"))
    ben = helper_of(project)
    mark(project, ben, "a.jpg", "cat", 0)
    dog, b = Label.objects.get(name="dog"), Image.objects.get(file_name="b.jpg")
    CantTell.objects.create(project=project, image=b, label=dog, annotator=ben, at=b.created_at)
    text = "image,cat,dog\na.jpg,1,\nb.jpg,1,1\n"
    planned = look(text)
    assert "ben 1" in asked(planned)["withdrawn"]["text"]
    assert "ben 1" in asked(planned)["unsure"]["text"]
    assert (plan_of(planned)["consequences"]["present"], plan_of(planned)["consequences"]["kept"]) == (0, 2)
    ran(planned)
    assert values(project) == {("b.jpg", "cat"): 1}
    ran(answered(look(text), withdrawn="mark", unsure="mark"))
    assert values(project) == {("a.jpg", "cat"): 1, ("b.jpg", "cat"): 1, ("b.jpg", "dog"): 1}


@pytest.mark.slow
def test_a_corrected_table_corrects_earlier_imports_and_withdraws_only_when_agreed_to(
    project: Project, look: Look
) -> None:
    ran(look("image,cat,dog\na.jpg,1,1\nb.jpg,1,-1\n"))
    mark(project, helper_of(project), "b.jpg", "cat", -1)
    text = "image,cat,dog\na.jpg,,-1\nb.jpg,,-1\n"
    planned = look(text)
    assert "2 marked cells (1 imported, ben 1)" in asked(planned)["withdraw"]["text"]
    assert plan_of(planned)["consequences"]["corrected"] == 1
    assert plan_of(planned)["consequences"]["cleared"] == 0
    ran(planned)
    before = {("a.jpg", "cat"): 1, ("a.jpg", "dog"): -1, ("b.jpg", "cat"): -1, ("b.jpg", "dog"): -1}
    assert values(project) == before
    done = ran(answered(look(text), withdraw="imported"))
    assert done.result["marks_withdrawn"] == 1
    assert values(project) == {key: value for key, value in before.items() if key != ("a.jpg", "cat")}
    last = ran(answered(look(text), withdraw="all"))
    assert values(project) == {("a.jpg", "dog"): -1, ("b.jpg", "dog"): -1}
    taken_back(last)
    assert values(project)["b.jpg", "cat"] == -1
    assert Mark.objects.get(image__file_name="b.jpg", label__name="cat", resolved=True).source == Source.HUMAN


@pytest.mark.slow
def test_pictures_in_the_bin_are_said_and_brought_back_or_left_there(project: Project, lead: User, look: Look) -> None:
    ran(look("image,cat\na.jpg,1\nb.jpg,-1\n"))
    gone = Image.objects.get(file_name="a.jpg")
    delete_images(project.pk, lead, [gone.pk])
    planned = look("image,cat\na.jpg,-1\nb.jpg,-1\n")
    assert plan_of(planned)["pictures"] | {"refused": 0} == {
        "new": 0,
        "known": 1,
        "bin": 1,
        "restored": 1,
        "refused": 0,
    }
    assert asked(planned)["bin"]["answer"] == "restore"
    left = answered(planned, bin="leave")
    assert plan_of(left)["pictures"]["restored"] == 0
    ran(left)
    assert Image.objects.get(pk=gone.pk).deleted_at is not None
    assert values(project) == {("b.jpg", "cat"): -1}
    done = ran(look("image,cat\na.jpg,-1\nb.jpg,-1\n"))
    assert values(project) == {("a.jpg", "cat"): -1, ("b.jpg", "cat"): -1}
    assert done.result["images_new"] == 1
    taken_back(done)
    assert Image.objects.get(pk=gone.pk).deleted_at is not None
    assert Mark.objects.get(image=gone, resolved=True).value == 1


@pytest.mark.slow
def test_two_pictures_of_one_name_are_asked_about(project: Project, lead: User, tmp_path: Path) -> None:
    for seed in (1, 2):
        (tmp_path / f"in{seed}").mkdir()
        (tmp_path / f"in{seed}" / "1.jpg").write_bytes(picture(seed))
        ran(worked(imports.plan_server_files(project, lead, str(tmp_path / f"in{seed}"), "", anywhere=True)))
    (tmp_path / "l.csv").write_text("image,boat\n1.jpg,1\n")
    planned = worked(imports.plan_server_files(project, lead, "", str(tmp_path / "l.csv"), anywhere=True))
    question = asked(planned)["which:1.jpg"]
    assert (planned.state, len(question["choices"]), question["answer"]) == ("asks", 3, None)
    second = Image.objects.get(row=1)
    ran(answered(planned, **{"which:1.jpg": second.content_hash}))
    assert Mark.objects.get().image == second


def test_one_picture_under_two_names_is_found_by_both(project: Project, look: Look, folder: Path) -> None:
    (folder / "copy.jpg").write_bytes((folder / "a.jpg").read_bytes())
    planned = look("image,cat,dog\na.jpg,1,\ncopy.jpg,,-1\n")
    assert plan_of(planned)["pictures"]["new"] == 2
    ran(planned)
    assert Image.objects.count() == 2
    assert {label: value for (_, label), value in values(project).items()} == {"cat": 1, "dog": -1}
    late = look("image,cow\ncopy.jpg,1\n", source=None)
    assert plan_of(late)["table"]["matched"] == 1
    ran(late)
    assert (
        Mark.objects.get(label__name="cow").image.content_hash == Mark.objects.get(label__name="cat").image.content_hash
    )


def test_a_refused_picture_lends_no_row_and_a_folder_never_another_ones(
    project: Project, lead: User, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path / "in", ["dogs/1.jpg", "test/2.jpg"])
    (folder / "cats").mkdir()
    (folder / "cats" / "1.jpg").write_bytes(b"\xff\xd8\xff broken")
    (tmp_path / "l.csv").write_text("image,cat,dog\ncats/1.jpg,1,-1\ndogs/1.jpg,-1,1\ntrain/2.jpg,1,1\n")
    planned = worked(imports.plan_server_files(project, lead, str(folder), str(tmp_path / "l.csv"), anywhere=True))
    assert (planned.state, plan_of(planned)["pictures"]["refused"]) == ("ready", 1)
    told = {error["line"]: error["message"] for error in plan_of(planned)["errors"] if error["line"]}
    assert "was refused" in told[2]
    assert "There is no picture 'train/2.jpg'" in told[4]
    ran(planned)
    assert values(project) == {("dogs/1.jpg", "cat"): -1, ("dogs/1.jpg", "dog"): 1}


def test_one_bad_cell_costs_that_cell_alone(project: Project, look: Look) -> None:
    done = ran(look("image,cat,dog,cow\na.jpg,banana,1,-1\nb.jpg,1,-1,1\n"))
    assert values(project) == {
        ("a.jpg", "dog"): 1, ("a.jpg", "cow"): -1, ("b.jpg", "cat"): 1, ("b.jpg", "dog"): -1, ("b.jpg", "cow"): 1,
    }  # fmt: skip
    assert [(error["file"], error["line"]) for error in done.result["errors"]] == [("labels.csv", 2)]


def test_cant_tell_of_a_table_is_a_receipt_and_goes_with_the_import(project: Project, look: Look) -> None:
    done = ran(look("image,cat,dog\na.jpg,?,1\nb.jpg,1,?\n"))
    assert (CantTell.objects.count(), done.result["cant_tell"], Mark.objects.count()) == (2, 2, 2)
    taken_back(done)
    assert (CantTell.objects.count(), Mark.objects.count()) == (0, 0)


@pytest.mark.slow
def test_taking_back_restores_marks_sends_its_own_pictures_to_the_bin_and_keeps_later_work(
    project: Project, look: Look, folder: Path
) -> None:
    ran(look("image,cat\na.jpg,1\n", source=folder))
    (folder / "c.jpg").write_bytes(picture(7))
    (folder / "d.jpg").write_bytes(picture(8))
    second = ran(look("image,cat\na.jpg,-1\nb.jpg,1\nc.jpg,1\nd.jpg,1\n"))
    ben = helper_of(project)
    mark(project, ben, "c.jpg", "cat", -1)
    back = taken_back(second)
    assert values(project) == {("a.jpg", "cat"): 1, ("c.jpg", "cat"): -1}
    assert set(Image.objects.filter(deleted_at=None).values_list("file_name", flat=True)) == {"a.jpg", "b.jpg", "c.jpg"}
    assert (back.undone["marks"], back.undone["images"]) == (3, 1)
    assert any("1 cell stays as it is now: changed since by ben" in one for one in back.undone["left"])
    assert any("1 picture stays: somebody worked on them since" in one for one in back.undone["left"])
    with pytest.raises(Conflict, match="taken back already"):
        imports.undo(back, unwrap(back.created_by))


@pytest.mark.slow
def test_pictures_that_another_import_has_too_stay_until_that_is_taken_back_as_well(
    project: Project, look: Look
) -> None:
    first, again = ran(look()), ran(look())
    assert again.result["images_new"] == 0
    assert any("another import has them too" in one for one in taken_back(first).undone["left"])
    assert Image.objects.filter(deleted_at=None).count() == 2
    taken_back(again)
    assert Image.objects.filter(deleted_at=None).count() == 0
    third = look()
    assert plan_of(third)["pictures"]["restored"] == 2
    ran(third)
    assert Image.objects.filter(deleted_at=None).count() == 2


@pytest.mark.slow
def test_an_import_that_brings_nothing_says_so(project: Project, look: Look) -> None:
    text = "image,cat\na.jpg,1\n"
    ran(look(text))
    again = look(text)
    told = plan_of(again)["consequences"]
    assert (told["present"], told["same"], plan_of(again)["pictures"]["known"]) == (0, 1, 2)
    done = ran(again)
    assert [done.result[name] for name in ("images_new", "labels_new", "marks_new", "marks_changed")] == [0, 0, 0, 0]


def test_labels_that_resemble_others_are_asked_about(project: Project, look: Look) -> None:
    for column, name in enumerate(["sea", "Café", "television"]):
        Label.objects.create(project=project, column=column, name=name, synonyms=["TV"] if column == 2 else [])
    Project.objects.filter(pk=project.pk).update(next_column=3)
    planned = look("image,sae,cafe,tv,SEA,horse\na.jpg,1,1,1,1,1\n")
    found = asked(planned)
    assert {name: one["answer"] for name, one in found.items()} == {
        "label:sae": "new", "label:cafe": None, "label:tv": f"use:{Label.objects.get(name='television').pk}",
    }  # fmt: skip
    assert planned.state == "asks"
    ready = answered(planned, **{"label:cafe": f"use:{Label.objects.get(name='Café').pk}", "label:sae": "leave"})
    assert [one["name"] for one in plan_of(ready)["new_labels"]] == ["horse"]
    ran(ready)
    assert set(values(project)) == {("a.jpg", name) for name in ("sea", "Café", "television", "horse")}


@pytest.mark.slow
def test_a_table_inside_a_zip_is_used_and_one_of_several_is_asked_for(
    project: Project, lead: User, tmp_path: Path
) -> None:
    entries = {"p/a.jpg": picture(1), "p/labels.csv": b"image,cat\na.jpg,1\n"}
    path = zip_of(tmp_path / "x.zip", entries)
    planned = worked(imports.plan_uploads(project, lead, [SimpleUploadedFile("x.zip", path.read_bytes())]))
    assert (planned.state, plan_of(planned)["table"]["name"]) == ("ready", "p/labels.csv")
    ran(planned)
    assert values(project) == {("p/a.jpg", "cat"): 1}
    assert not list(spool_root().iterdir())
    path = zip_of(tmp_path / "y.zip", entries | {"p/more.csv": b"image,cow\na.jpg,1\n"})
    planned = worked(imports.plan_server_files(project, lead, str(path), "", anywhere=True))
    assert [one["value"] for one in asked(planned)["table"]["choices"]] == ["p/labels.csv", "p/more.csv", "none"]
    ran(answered(planned, table="p/more.csv"))
    assert values(project)["p/a.jpg", "cow"] == 1


def test_folders_become_labels_when_a_person_says_so(project: Project, lead: User, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", ["train/cats/1.jpg", "train/cats/2.jpg", "train/dogs/3.jpg", "val/dogs/4.jpg"])
    planned = worked(imports.plan_server_files(project, lead, str(folder), "", anywhere=True))
    assert (planned.state, asked(planned)["folders"]["answer"]) == ("ready", "no")
    labels = answered(planned, folders="labels")
    assert [one["id"] for one in plan_of(labels)["questions"] if one["answer"] is None] == ["complete"]
    ran(answered(labels, complete="unknown"))
    assert values(project) == {
        ("train/cats/1.jpg", "cats"): 1, ("train/cats/2.jpg", "cats"): 1,
        ("train/dogs/3.jpg", "dogs"): 1, ("val/dogs/4.jpg", "dogs"): 1,
    }  # fmt: skip


def test_files_of_a_folder_keep_their_paths(project: Project, lead: User) -> None:
    files = [SimpleUploadedFile("1.jpg", picture(1)), SimpleUploadedFile("1.jpg", picture(2))]
    files.append(SimpleUploadedFile("l.csv", b"image,cat\ncats/1.jpg,1\ndogs/1.jpg,-1\n"))
    paths = ["set/cats/1.jpg", "set/dogs/1.jpg", "set/l.csv"]
    ran(worked(imports.plan_uploads(project, lead, files, paths=paths)))
    assert values(project) == {("set/cats/1.jpg", "cat"): 1, ("set/dogs/1.jpg", "cat"): -1}


def test_the_api_plans_answers_runs_and_takes_back(project: Project, lead: User) -> None:
    client = signed_in(lead)
    url = f"/api/projects/{project.pk}/imports/"

    def post(rest: str, **body: Any) -> Answer:
        return client.post(f"{url}{rest}", body, content_type="application/json")

    files = [SimpleUploadedFile("a.jpg", picture(1)), SimpleUploadedFile("t.csv", b"image,cat,dog\na.jpg,1,0\n")]
    number = client.post(url, {"files": files}).json()["id"]
    worked(Import.objects.get(pk=number))
    planned = client.get(f"{url}{number}/").json()
    assert (planned["state"], planned["plan"]["questions"][0]["id"]) == ("asks", "zero")
    assert post(f"{number}/run/", hash=planned["plan_hash"]).status_code == 409
    assert post(f"{number}/answers/", answers={"zero": "absent"}).json()["state"] == "planning"
    worked(Import.objects.get(pk=number))
    ready = client.get(f"{url}{number}/").json()
    assert post(f"{number}/run/", hash=planned["plan_hash"]).status_code == 409
    assert post(f"{number}/run/", hash=ready["plan_hash"]).json()["state"] == "running"
    worked(Import.objects.get(pk=number))
    assert values(project) == {("a.jpg", "cat"): 1, ("a.jpg", "dog"): -1}
    assert post(f"{number}/answers/", answers={"zero": "unknown"}).status_code == 409
    assert client.delete(f"{url}{number}/").status_code == 409
    assert post(f"{number}/undo/").json()["state"] == "undoing"
    worked(Import.objects.get(pk=number))
    assert client.get(url).json()[0]["state"] == "undone"
    assert values(project) == {}
    files = [SimpleUploadedFile("b.jpg", picture(2))]
    other = client.post(url, {"files": files, "answers": json.dumps({"zero": "absent"})}).json()["id"]
    assert client.delete(f"{url}{other}/").status_code == 204
    assert not list(spool_root().iterdir())
    ben = helper_of(project)
    client.force_login(ben)
    assert {client.get(url).status_code, post(f"{number}/undo/").status_code} == {403}


def test_the_command_line_shows_the_plan_and_takes_answers(
    project: Project, lead: User, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "l.csv").write_text(ZEROS)
    out = io.StringIO()
    options = {"labels": tmp_path / "l.csv", "project": str(project.pk), "stdout": out, "stderr": io.StringIO()}
    with pytest.raises(SystemExit) as left:
        call_command("import_photos", folder, **options, dry_run=True)
    assert left.value.code == 3
    assert "Question zero (OPEN)" in out.getvalue()
    (tmp_path / "answers.json").write_text('{"zero": "absent"}')
    call_command("import_photos", folder, **options, answers=tmp_path / "answers.json", json=tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text())["marks_new"] == 4
    assert Mark.objects.filter(value=-1).count() == 2


@pytest.mark.slow
def test_a_wide_table_of_many_marks_is_planned_and_run_cell_by_cell(
    project: Project, lead: User, tmp_path: Path
) -> None:
    names = [f"{n:03d}.png" for n in range(120)]
    folder = folder_of(tmp_path / "in", names)
    labels = [f"label {n}" for n in range(60)]
    with (tmp_path / "l.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["image", *labels])
        writer.writerows([name, *(("1", "-1", "")[(a + b) % 3] for b in range(60))] for a, name in enumerate(names))
    planned = worked(imports.plan_server_files(project, lead, str(folder), str(tmp_path / "l.csv"), anywhere=True))
    told = plan_of(planned)["consequences"]
    assert (told["present"], told["absent"], told["unknown"]) == (2400, 2400, 2400)
    done = ran(planned)
    assert done.result["marks_new"] == 4800
    found = values(project)
    assert all(
        found.get((name, label), 0) == (1, -1, 0)[(a + b) % 3]
        for a, name in enumerate(names)
        for b, label in enumerate(labels)
    )
    assert taken_back(done).undone["marks"] == 4800
    assert not Mark.objects.exists()
