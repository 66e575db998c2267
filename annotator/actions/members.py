"""Members: invited with a one-time link, given a role, removed. A project always keeps a lead."""

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import transaction

from annotator.actions.events import lock_project, publish
from annotator.actions.tokens import make_sign_in_link
from annotator.errors import Conflict, Invalid, NotFound
from annotator.models import Member, Project, Role, User


def get_member(project: Project, member_id: int) -> Member:
    """The member; NotFound otherwise."""
    member = Member.objects.filter(project=project, pk=member_id).select_related("user").first()
    if member is None:
        raise NotFound(f"This project has no member {member_id}.")
    return member


def may_get_link(user: User, lead: User) -> bool:
    """Whether this lead may hold a link that signs in as this person.

    Only for somebody who never signed in, has no password, and is in no project of another lead: else whoever adds a
    name to a project of theirs could enter as that person elsewhere.
    """
    if user.last_login is not None or user.has_usable_password() or user.is_staff or user.is_superuser:
        return False
    led = Member.objects.filter(user=lead, role=Role.LEAD).values("project_id")
    return lead.is_superuser or not Member.objects.filter(user=user).exclude(project_id__in=led).exists()


@transaction.atomic
def add_member(
    project: Project, lead: User, username: str, role: Role, display_name: str = ""
) -> tuple[Member, str | None]:
    """Add a person, made new when there is no such account; and the secret of a sign-in link for a new person."""
    lock_project(project.pk)
    user = User.objects.filter(username__iexact=username).first()
    if user is None:
        try:
            UnicodeUsernameValidator()(username)
        except ValidationError as error:
            raise Invalid("This user name cannot be used.", {"username": list(error.messages)}) from error
        user = User(username=username, display_name=display_name)
        user.set_unusable_password()
        user.save()
    if Member.objects.filter(project=project, user=user).exists():
        raise Conflict(
            f"'{user.username}' is a member already.", {"username": ["Change the role in the list instead."]}
        )
    secret = make_sign_in_link(user) if may_get_link(user, lead) else None
    member = Member.objects.create(project=project, user=user, role=role)
    publish(project.pk, "member", {})
    return member, secret


def keep_a_lead(member: Member) -> None:
    """Conflict when this is the project's last lead."""
    others = Member.objects.filter(project_id=member.project_id, role=Role.LEAD).exclude(pk=member.pk)
    if member.role == Role.LEAD and not others.exists():
        raise Conflict("This is the only lead of the project. Make somebody else lead first.")


@transaction.atomic
def change_role(member: Member, role: Role) -> Member:
    """Give the member another role."""
    lock_project(member.project_id)
    member.refresh_from_db(fields=["role"])
    if role != Role.LEAD:
        keep_a_lead(member)
    Member.objects.filter(pk=member.pk).update(role=role)
    member.role = role
    publish(member.project_id, "member", {})
    return member


@transaction.atomic
def remove_member(member: Member) -> None:
    """Take the member out of the project; their marks stay."""
    lock_project(member.project_id)
    member.refresh_from_db(fields=["role"])
    keep_a_lead(member)
    Member.objects.filter(pk=member.pk).delete()
    publish(member.project_id, "member", {})
