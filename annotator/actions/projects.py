"""Projects and their images: made, changed, removed and brought back."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.actions.events import lock_project, publish
from annotator.errors import Conflict, NotFound
from annotator.models import Image, Lease, Member, Project, Role, User
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


def tell_of_images(project_id: int) -> None:
    """Publish that the list of images is another one now."""
    count = Image.objects.filter(project_id=project_id, deleted_at=None).count()
    publish(project_id, "images", {"count": count, "added": 0})


@transaction.atomic
def flag_image(image: Image, reason: str) -> Image:
    """Say why an image cannot be used ('' = it can); a flagged one leaves queue and training."""
    lock_project(image.project_id)
    Image.objects.filter(pk=image.pk).update(flagged=reason)
    tell_of_images(image.project_id)
    image.flagged = reason
    return image


@transaction.atomic
def delete_image(image: Image) -> None:
    """Take the image out of sight; its marks stay, its row is not used again, and it can be brought back."""
    lock_project(image.project_id)
    Image.objects.filter(pk=image.pk, deleted_at=None).update(deleted_at=timezone.now())
    Lease.objects.filter(image=image).delete()
    tell_of_images(image.project_id)


@transaction.atomic
def restore_image(project: Project, image_id: int) -> Image:
    """Bring a deleted image back with all its marks."""
    lock_project(project.pk)
    image = Image.objects.filter(project=project, pk=image_id, deleted_at__isnull=False).first()
    if image is None:
        raise NotFound(f"This project has no deleted image {image_id}.")
    if image.deleted_at is not None and image.deleted_at < timezone.now() - DAYS_TO_TAKE_BACK:
        raise Conflict("This image was deleted more than 30 days ago and cannot be brought back.")
    Image.objects.filter(pk=image.pk).update(deleted_at=None)
    tell_of_images(project.pk)
    return image
