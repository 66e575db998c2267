"""The demo: drawn pictures, a tenth of the labels known, two annotators and a lead who can sign in."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from annotator.actions.demo import load_demo, make_project
from annotator.measure.person import answer
from annotator.measure.truth import Truth
from annotator.models import Image, Job, Label, Mark, Member, Project, Source, User
from annotator.queries.demo import DEMO_NAME, DESCRIPTION, has_demo, wants_demo
from annotator.queries.members import why_no_links
from fixtures import demo
from fixtures.render import generate
from tests.optional import unwrap
from tests.pictures import folder_of
from tests.world import World, make_user

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.mark.slow
def test_the_command_makes_a_demo_one_can_sign_in_to(tern_home: Path) -> None:
    out = io.StringIO()
    call_command("load_demo", count=20, stdout=out)
    project = Project.objects.get(name=DEMO_NAME)
    assert has_demo()
    assert project.images.count() == 20
    assert list(project.labels.values_list("name", flat=True)) == list(demo.LABEL_NAMES)
    marks = Mark.objects.filter(project=project)
    assert marks.count() == round(0.1 * 20 * len(demo.LABEL_NAMES))
    assert set(marks.values_list("source", flat=True)) == {Source.IMPORTED}
    roles = dict(Member.objects.filter(project=project).values_list("user__username", "role"))
    assert sorted(roles.values()) == ["annotator", "annotator", "lead"]
    password = unwrap(re.search(r"password (\S+)", out.getvalue()))[1]
    for name in roles:
        assert Client().login(username=name, password=password)
    assert Job.objects.filter(project=project, kind="score").count() == 1, "suggestions are on their way"
    assert not list((tern_home / "cache").iterdir()), "the drawn files are gone once they are taken in"
    with pytest.raises(CommandError, match="already"):
        call_command("load_demo", count=20, stdout=out)


@pytest.mark.slow
def test_a_lead_of_the_demo_may_give_its_people_a_fresh_link_and_nobody_who_only_shares_a_name() -> None:
    someone = make_user("amir", display_name="Another Amir")
    members = Member.objects.filter(project=make_project().project).select_related("user")
    people = [member.user for member in members]
    reasons = why_no_links(people, members.get(role="lead").user)
    assert [user.username for user in people if reasons[user.pk]] == [someone.username]


@pytest.mark.slow
def test_known_labels_are_true(tmp_path: Path) -> None:
    made = load_demo(lambda text: None, count=12, seed=3)
    truths = {truth.name: truth.labels for truth in generate(tmp_path / "again", 12, 3)}
    for name, label, value in Mark.objects.filter(project=made.project).values_list(
        "image__file_name", "label__name", "value"
    ):
        assert value == (1 if label in truths[name] else -1)


@pytest.mark.slow
def test_a_load_that_was_killed_is_begun_anew_but_nobodys_project_is_touched() -> None:
    assert wants_demo()
    killed = make_project().project
    assert wants_demo(), "nothing but what a killed load left"
    mine = Project.objects.create(name=DEMO_NAME, description="my own")
    assert not wants_demo()
    with pytest.raises(Exception, match="already"):
        load_demo(lambda text: None, count=2)
    assert not Project.objects.filter(pk=killed.pk).exists()
    mine.delete()
    made = load_demo(lambda text: None, count=2)
    assert (made.project.description, made.project.images.count()) == (DESCRIPTION, 2)


def test_a_simulated_person_answers_truly_through_the_queue_and_never_on_held_out_pictures(harbour: World) -> None:
    names = list(harbour.project.images.values_list("file_name", flat=True))
    values = dict(zip(names, np.where(np.arange(18).reshape(6, 3) % 2, 1, -1).tolist(), strict=True))
    truth = Truth.of(harbour.project, values, ["boat", "sea", "car"], set(names[4:]))
    assert answer(truth, harbour["annotator"], 7, 2) == 7
    marks = list(Mark.objects.values_list("image__file_name", "label__column", "value"))
    assert len(marks) == 7
    assert all(value == values[name][column] for name, column, value in marks)
    assert not {name for name, _, _ in marks} & set(names[4:])
    assert answer(truth, harbour["annotator"], 100, 3) == 5, "twelve cells in all"


@pytest.mark.slow
def test_the_command_line_imports_any_folder(superuser: User, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", ["a.jpg", "b.jpg"])
    (tmp_path / "l.csv").write_text("image,dog\na.jpg,1\nb.jpg,oops\n")
    out, err = io.StringIO(), io.StringIO()
    options = {"labels": tmp_path / "l.csv", "project": "Mine", "stdout": out, "stderr": err}
    with pytest.raises(CommandError, match="--create"):
        call_command("import_photos", folder, **options)
    call_command("import_photos", folder, **options, create=True, dry_run=True)
    assert "Pictures: 2 new" in out.getvalue()
    assert not Image.objects.exists()
    call_command("import_photos", folder, **options)
    assert "Imported 2 new images" in out.getvalue()
    assert "l.csv:3: 'dog': 'oops' is no value of a label" in err.getvalue()
    assert Label.objects.get().name == "dog"
    assert Mark.objects.get().annotator == superuser
