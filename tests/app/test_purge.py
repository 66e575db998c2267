"""What was deleted can be taken back for 30 days; after that it is gone from tables and disk, and nothing else is."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import Settings

from annotator.actions.projects import delete_project
from annotator.actions.purge import purge
from annotator.jobs import leases
from annotator.jobs.queue import enqueue
from annotator.models import Image, Label, Mark, MarkEvent, Member, Project
from annotator.pictures.media import PREVIEWS, THUMBNAILS, small_name
from annotator.queries.labelpage import label_page
from annotator.queries.state import state_of
from tests.optional import unwrap
from tests.world import make_project, mark

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

NOTHING = {"projects": 0, "labels": 0, "images": 0}


@pytest.fixture
def project() -> Project:
    """Six images and two labels with a mark everywhere."""
    made = make_project(images=6, labels=2)
    lead = Member.objects.get(project=made).user
    mark(made, lead, list(made.images.all()), list(made.labels.all()))
    return made


def deleted(rows: QuerySet[Any], days: int) -> None:
    rows.update(deleted_at=timezone.now() - timedelta(days=days))


def put_file(name: str) -> Path:
    default_storage.save(name, ContentFile(b"picture"))
    return Path(default_storage.path(name))


def test_what_can_still_be_taken_back_stays(project: Project) -> None:
    deleted(Image.objects.filter(row=1), 29)
    deleted(Label.objects.filter(column=0), 29)
    deleted(Project.objects.filter(pk=project.pk), 29)
    assert purge() == NOTHING
    assert Mark.objects.count() == 12


def test_an_image_leaves_with_its_marks_and_files_and_its_row_stays_empty(project: Project) -> None:
    image = project.images.get(row=2)
    files = [put_file(image.file), *(put_file(small_name(kind, image.content_hash)) for kind in (THUMBNAILS, PREVIEWS))]
    deleted(Image.objects.filter(pk=image.pk), 31)
    assert purge() == {**NOTHING, "images": 1}
    assert list(project.images.values_list("row", flat=True)) == [0, 1, 3, 4, 5]
    assert Mark.objects.count() == 10
    assert not any(file.exists() for file in files)
    project.refresh_from_db()
    assert state_of(project).ids[2] == 0
    label = project.labels.get(column=0)
    shown = label_page(project, Member.objects.get(project=project).user_id, label.pk, "score", 60, False)
    assert image.pk not in {tile["image"] for tile in shown["tiles"]}
    assert len(shown["tiles"]) == 5
    assert purge() == NOTHING


def test_an_open_page_hears_that_images_went(project: Project) -> None:
    before = state_of(project).row_of.copy()
    gone = project.images.get(row=5)
    deleted(Image.objects.filter(pk=gone.pk), 31)
    purge()
    project.refresh_from_db()
    assert set(before) - set(state_of(project).row_of) == {gone.pk}


def test_a_picture_that_another_project_has_keeps_its_files(project: Project) -> None:
    image = project.images.get(row=0)
    other = make_project(images=1, labels=1)
    other.images.update(content_hash=image.content_hash, file=image.file)
    file = put_file(image.file)
    deleted(Image.objects.filter(pk=image.pk), 31)
    assert purge() == {**NOTHING, "images": 1}
    assert file.exists()


def test_pictures_wait_while_an_import_may_count_on_their_files(project: Project) -> None:
    image = project.images.get(row=0)
    file = put_file(image.file)
    deleted(Image.objects.filter(pk=image.pk), 31)
    deleted(Project.objects.filter(pk=project.pk), 31)
    job = enqueue(make_project(images=1, labels=1).pk, "import")
    token = unwrap(leases.claim(job.pk))
    assert purge() == NOTHING
    assert file.exists()
    leases.finish(job.pk, token, "done", {})
    assert purge() == {**NOTHING, "images": 1, "projects": 1}
    assert not file.exists()


def test_a_label_leaves_with_what_was_said_of_it_and_the_others_stay_in_their_columns(project: Project) -> None:
    deleted(Label.objects.filter(project=project, column=0), 31)
    kept = project.labels.get(column=1)
    assert purge() == {**NOTHING, "labels": 1}
    assert set(Mark.objects.values_list("label_id", flat=True)) == {kept.pk}
    project.refresh_from_db()
    state = state_of(project)
    assert state.column_of == {kept.pk: 1}
    assert (state.values[:, 0] == 0).all()


def test_a_project_leaves_with_its_folder_and_no_other_is_touched(project: Project, tern_home: Path) -> None:
    folder = tern_home / "projects" / str(project.pk) / "models"
    folder.mkdir(parents=True)
    other = make_project(images=2, labels=1)
    neighbour = tern_home / "projects" / str(other.pk)
    neighbour.mkdir(parents=True)
    delete_project(project)
    deleted(Project.objects.filter(pk=project.pk), 31)
    assert purge()["projects"] == 1
    assert list(Project.objects.all()) == [other]
    assert not folder.parent.exists()
    assert neighbour.exists()
    assert not Mark.objects.exists()
    assert not MarkEvent.objects.exists()
    assert Image.objects.count() == 2


def test_zero_days_means_never(project: Project, settings: Settings) -> None:
    settings.TERN_PURGE_DAYS = 0
    deleted(Project.objects.filter(pk=project.pk), 4000)
    assert purge() == NOTHING
