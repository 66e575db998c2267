"""Projects: made, changed, removed and brought back."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.actions.training import request_training
from annotator.errors import Invalid, NotFound
from annotator.limits import still_there_since
from annotator.models import Member, Project, Role, User
from annotator.news.kinds import ProjectNews
from annotator.news.publish import lock_project, publish
from annotator.trainer.backbones import KNOWN, missing, try_backbone


def create_project(user: User, name: str, **fields: Any) -> Project:
    """A new project whose lead is the person who made it. Invalid for a backbone that cannot be loaded."""
    project = Project(name=name, **fields)
    if reads_otherwise(project, Project()):
        check_backbone(project)
    with transaction.atomic():
        project.save()
        Member.objects.create(project=project, user=user, role=Role.LEAD)
        publish(project.pk, ProjectNews())
    return project


def change_project(project: Project, **fields: Any) -> Project:
    """Change some settings.

    Another backbone, or another size of its pictures, is tried first (Invalid says what is wrong with it), and a
    training is queued that makes a model with it; the live one suggests until then. Conflict while another runs.
    """
    before = Project.objects.get(pk=project.pk)
    for name, value in fields.items():
        setattr(project, name, value)
    # Before the lock is taken, under which nobody can mark: it takes seconds.
    is_other = reads_otherwise(project, before)
    if is_other:
        check_backbone(project)
    with transaction.atomic():
        lock_project(project.pk)
        project.save(update_fields=list(fields))
        publish(project.pk, ProjectNews())
        if is_other and before.live_version_id is not None:
            request_training(project, trigger="backbone")
    return project


def reads_otherwise(project: Project, other: Project) -> bool:
    """Whether the two look at their pictures differently."""
    return (project.backbone, project.image_size) != (other.backbone, other.image_size)


def check_backbone(project: Project) -> None:
    """Invalid, naming the entry and what to do, when no training could work with the project's backbone."""
    trial = try_backbone(project.backbone, project.image_size)
    if trial.wrong:
        ready = ", ".join(known.name for known in KNOWN if not missing(known))
        said = f"{trial.wrong.rstrip('.')}. Ready here: {ready}; image_size is best a multiple of 32."
        raise Invalid("The trainer cannot work with this backbone at this size.", {"backbone": [said]})


@transaction.atomic
def delete_project(project: Project) -> None:
    """Take the project out of sight of everybody; a lead can bring it back for a while."""
    lock_project(project.pk)
    Project.objects.filter(pk=project.pk, deleted_at=None).update(deleted_at=timezone.now())
    publish(project.pk, ProjectNews())


def deleted_projects(user: User) -> list[Project]:
    """Projects that this person may bring back, the latest first."""
    gone = Project.objects.filter(deleted_at__gt=still_there_since()).order_by("-deleted_at")
    return list(gone if user.is_superuser else gone.filter(members__user=user, members__role=Role.LEAD))


@transaction.atomic
def restore_project(user: User, project_id: int) -> Project:
    """Bring a deleted project back; NotFound for everybody but its leads, and when it has been gone for too long."""
    if project_id not in {project.pk for project in deleted_projects(user)}:
        raise NotFound("There is no deleted project that you could bring back here.")
    lock_project(project_id)
    Project.objects.filter(pk=project_id).update(deleted_at=None)
    publish(project_id, ProjectNews())
    return Project.objects.get(pk=project_id)
