"""The admin: a lead retrains, watches, cancels, reads logs and rolls back; nobody else gets in."""

import re
import uuid

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from annotator import limits
from annotator.admin import said
from annotator.jobs.context import JobContext
from annotator.jobs.queue import enqueue
from annotator.models import Job, Member, ModelVersion, Project, Role, TrainingRun, User
from tests.optional import unwrap
from tests.paths import ROOT
from tests.world import make_project, make_user, publish_scores, signed_in

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def project() -> Project:
    return make_project(images=4, labels=2)


@pytest.fixture
def lead(project: Project) -> Client:
    user = project.members.get().user
    User.objects.filter(pk=user.pk).update(is_staff=True)
    return signed_in(User.objects.get(pk=user.pk))


def at(name: str, *args: int) -> str:
    return reverse(f"admin:annotator_project_{name}", args=args)


@pytest.mark.slow
def test_every_table_opens_for_a_superuser(project: Project) -> None:
    client = signed_in(make_user("boss", is_staff=True, is_superuser=True))
    publish_scores(project, np.zeros((2, 4)))
    enqueue(project.pk, "export")
    index = client.get(reverse("admin:index")).content.decode()
    tables = set(re.findall(r'href="(/admin/annotator/\w+/)"', index))
    assert len(tables) >= 18
    for address in sorted(tables):
        assert client.get(address).status_code == 200, address


def test_tables_are_named_as_people_would(project: Project) -> None:
    client = signed_in(make_user("boss", is_staff=True, is_superuser=True))
    shown = client.get(reverse("admin:index")).content.decode()
    for name in ("Checked images", "Changes of marks", "Blind questions", "API tokens", "Tern, behind the scenes"):
        assert name in shown
    assert "Checkeds" not in shown


def test_the_running_work_stands_above_the_settings(project: Project, lead: Client) -> None:
    shown = lead.get(at("change", project.pk)).content.decode()
    assert 0 < shown.index('id="training"') < shown.index('id="project_form"')


def test_retrain_asks_for_confirmation_and_then_starts_what_was_chosen(project: Project, lead: Client) -> None:
    page = lead.get(at("change", project.pk)).content.decode()
    assert at("retrain", project.pk) in page
    asked = lead.get(at("retrain", project.pk))
    assert "Start training" in asked.content.decode()
    assert not Job.objects.exists(), "looking starts nothing"
    answer = lead.post(at("retrain", project.pk), {"level": "full"}, follow=True)
    run = TrainingRun.objects.get()
    assert (run.level, run.trigger, run.job.state) == ("full", "lead", "queued")
    assert f"job {run.job.pk}" in answer.content.decode()


def test_a_second_retrain_is_refused_with_the_number_of_the_first(project: Project, lead: Client) -> None:
    job = enqueue(project.pk, "train")
    assert f"Job {job.pk} is already training" in lead.get(at("retrain", project.pk)).content.decode()
    answer = lead.post(at("retrain", project.pk), {"level": "quick"}, follow=True)
    assert f"Job {job.pk}" in answer.content.decode()
    assert Job.objects.count() == 1


def test_the_panel_shows_percent_and_time_left_and_cancels(project: Project, lead: Client) -> None:
    job = enqueue(project.pk, "export")
    told = {"stage": "fit", "percent": 42.0, "seconds_left": 75, "message": "step 7"}
    Job.objects.filter(pk=job.pk).update(state="running", progress=told)
    panel = lead.get(at("panel", project.pk)).content.decode()
    assert 'value="42"' in panel
    assert "about 75 s left" in panel
    lead.post(at("cancel", project.pk, job.pk))
    job.refresh_from_db()
    assert job.cancel_requested


def test_errors_and_logs_are_shown_as_text(project: Project, lead: Client) -> None:
    job = enqueue(project.pk, "export")
    Job.objects.filter(pk=job.pk).update(state="failed", error="<b>The disk</b> is full")
    panel = lead.get(at("panel", project.pk)).content.decode()
    assert "&lt;b&gt;The disk&lt;/b&gt; is full" in panel
    assert "Nothing was written yet" in lead.get(at("log", project.pk, job.pk)).content.decode()
    JobContext(job, uuid.uuid4()).log("<script>one line</script>")
    log = lead.get(at("log", project.pk, job.pk))
    assert log["Content-Type"].startswith("text/plain")
    assert "one line" in log.content.decode()


def test_promote_and_roll_back_ask_first_and_show_both_versions_with_their_intervals(
    project: Project, lead: Client
) -> None:
    old = publish_scores(project, np.zeros((2, 4)))
    new = publish_scores(project, np.ones((2, 4)))
    measured = {"map": 0.713, "map_low": 0.65, "map_high": 0.771, "source": "audit", "n_heldout": 1200}
    ModelVersion.objects.filter(pk=new.pk).update(card={"metrics": measured, "known": 1})
    ModelVersion.objects.filter(pk=old.pk).update(card={"metrics": {"map": 0.5, "source": "out-of-fold"}})
    asked = lead.get(at("promote", project.pk, old.number)).content.decode()
    for shown in (
        "Roll back",
        "71.3% (65.0% to 77.1%)",
        "1,200 blind answers",
        "50.0%",
        said.NOT_COMPARABLE,
        "1 mark<",
    ):
        assert shown in asked
    assert Project.objects.get(pk=project.pk).live_version == new
    lead.post(at("promote", project.pk, old.number))
    assert Project.objects.get(pk=project.pk).live_version == old


def test_the_admin_and_the_page_use_the_same_words() -> None:
    source = ROOT / "frontend" / "src"
    screens, versions = source / "screens" / "models", source / "parts" / "versions"
    files = [
        *(screens / "Promote.tsx", screens / "SideBySide.tsx"),
        *(versions / "Retrain.tsx", versions / "card.ts", source / "parts" / "jobs" / "Jobs.tsx"),
    ]
    # However the words of a sentence are laid on lines there.
    page = " ".join(" ".join(path.read_text() for path in files).split())
    sentences = [*said.LEVELS.values(), said.GOES_LIVE, said.SUGGESTS.split("{}")[0], said.TURNED_ROUND]
    words = [f'"{word}"' for word in (*said.SOURCES.values(), *Job.Kind.labels, *Job.State.labels)]
    buttons = [*TrainingRun.Level.labels, "Start training", "Retrain now", "Background work", "Roll back", "Make live"]
    assert [one for one in [*sentences, said.NOT_COMPARABLE, *words, *buttons] if one not in page] == []


NUMBERS = {
    "wanted_precision": limits.WANTED_PRECISION, "audit_share": limits.AUDIT_SHARE,
    "retrain_after_marks": limits.RETRAIN_AFTER_MARKS, "retrain_after_minutes": limits.RETRAIN_AFTER_MINUTES,
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_the_admin_refuses_the_numbers_that_the_api_refuses(project: Project, lead: Client, name: str) -> None:
    form = lead.get(at("change", project.pk)).context["adminform"].form.initial
    least, most = NUMBERS[name].least, NUMBERS[name].most
    for wrong in (least - 1, most + 1):
        answer = lead.post(at("change", project.pk), {**form, name: wrong})
        assert name in answer.context["adminform"].form.errors, wrong
    for right in (least, most):
        assert lead.post(at("change", project.pk), {**form, name: right}).status_code == 302
        project.refresh_from_db()
        assert getattr(project, name) == right


def test_settings_are_saved_and_told(project: Project, lead: Client) -> None:
    page = lead.get(at("change", project.pk))
    form = page.context["adminform"].form.initial
    lead.post(at("change", project.pk), {**form, "auto_retrain": "", "retrain_after_marks": 77})
    project.refresh_from_db()
    assert (project.retrain_after_marks, project.auto_retrain) == (77, False)
    assert unwrap(project.events.last()).kind == "project"


@pytest.mark.parametrize("page", ["change", "retrain", "panel"])
def test_nobody_but_a_lead_with_staff_rights_gets_in(project: Project, page: str) -> None:
    stranger = make_user("stranger", is_staff=True)
    reviewer = make_user("reviewer", is_staff=True)
    Member.objects.create(project=project, user=reviewer, role=Role.REVIEWER)
    plain = project.members.get(role=Role.LEAD).user
    for user in (stranger, reviewer, plain):
        client = signed_in(user)
        assert client.get(at(page, project.pk)).status_code in (302, 403, 404), user


def test_the_page_needs_no_inline_script_or_style(project: Project, lead: Client) -> None:
    enqueue(project.pk, "export")
    for address in (at("change", project.pk), at("retrain", project.pk), at("panel", project.pk)):
        answer = lead.get(address)
        page = answer.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>\s*\S", page), address
        assert not re.search(r"\son\w+=", page), address
