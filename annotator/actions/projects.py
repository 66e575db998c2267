"""Projects: made, changed, removed and brought back."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.actions.events import lock_project, publish
from annotator.errors import NotFound
from annotator.models import Member, Project, Role, User
from annotator.models.limits import DAYS_TO_TAKE_BACK


@transaction.atomic
def create_project(user: User, name: str, **fields: Any) -> Project:
    """A new project whose lead is the person who made it."""
    project = Project.objects.create(name=name, **fields)
    Member.objects.create(project=project, user=user, role=Role.LEAD)
    publish(project.pk, "project", {})
    return project


@transaction.atomic
def change_project(project: Project, **fields: Any) -> Project:
    """Change some settings."""
    lock_project(project.pk)
    for name, value in fields.items():
        setattr(project, name, value)
    project.save(update_fields=list(fields))
    publish(project.pk, "project", {})
    return project


@transaction.atomic
def delete_project(project: Project) -> None:
    """Take the project out of sight of everybody; a lead can bring it back for 30 days."""
    lock_project(project.pk)
    Project.objects.filter(pk=project.pk, deleted_at=None).update(deleted_at=timezone.now())
    publish(project.pk, "project", {})


def deleted_projects(user: User) -> list[Project]:
    """Projects that this person may bring back, the latest first."""
    gone = Project.objects.filter(deleted_at__gt=timezone.now() - DAYS_TO_TAKE_BACK).order_by("-deleted_at")
    return list(gone if user.is_superuser else gone.filter(members__user=user, members__role=Role.LEAD))


@transaction.atomic
def restore_project(user: User, project_id: int) -> Project:
    """Bring a deleted project back; NotFound for everybody but its leads, and after 30 days."""
    if project_id not in {project.pk for project in deleted_projects(user)}:
        raise NotFound("There is no deleted project that you could bring back here.")
    lock_project(project_id)
    Project.objects.filter(pk=project_id).update(deleted_at=None)
    publish(project_id, "project", {})
    return Project.objects.get(pk=project_id)
