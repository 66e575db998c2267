"""Members: invited with a one-time link, given a role, removed. A project always keeps a lead."""

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from annotator.actions.links import make_link_for
from annotator.errors import Conflict, Invalid, NotFound
from annotator.models import Member, Project, Role, User
from annotator.news.kinds import MemberNews
from annotator.news.publish import lock_project, publish
from annotator.queries.members import why_no_link


def get_member(project: Project, member_id: int) -> Member:
    """The member; NotFound otherwise."""
    member = Member.objects.filter(project=project, pk=member_id).select_related("user").first()
    if member is None:
        raise NotFound(f"This project has no member {member_id}.")
    return member


@transaction.atomic
def add_member(
    project: Project, lead: User, username: str, role: Role, display_name: str = ""
) -> tuple[Member, str | None]:
    """Add a person, made new when there is no such account; and the secret of a sign-in link for a new person.

    Somebody with an account gets no link here: they have a way in, and whoever adds a name to a project of theirs must
    not be able to enter as that person elsewhere.
    """
    lock_project(project.pk)
    user = User.objects.filter(username__iexact=username).first()
    is_new = user is None or never_entered(user)
    if user is None:
        user = make_account(project, username, display_name)
    if Member.objects.filter(project=project, user=user).exists():
        raise Conflict(
            f"'{user.username}' is a member already.", {"username": ["Change the role in the list instead."]}
        )
    member = Member.objects.create(project=project, user=user, role=role)
    secret = make_link_for(user, lead) if is_new and not why_no_link(user, lead) else None
    publish(project.pk, MemberNews())
    return member, secret


def make_account(project: Project, username: str, display_name: str) -> User:
    """A new account without a password, at home in the project. Invalid when no account can have this name."""
    try:
        UnicodeUsernameValidator()(username)
    except ValidationError as error:
        raise Invalid("This user name cannot be used.", {"username": list(error.messages)}) from error
    user = User(username=username, display_name=display_name, home=project, email=username if "@" in username else "")
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        said = "Somebody made an account of this name just now. Add it once more."
        raise Conflict(f"'{username}' was taken just now.", {"username": [said]}) from error
    return user


def never_entered(user: User) -> bool:
    """Whether the person has never been in and has no password to come in by."""
    return user.last_login is None and not user.has_usable_password()


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
    publish(member.project_id, MemberNews())
    return member


@transaction.atomic
def remove_member(member: Member) -> None:
    """Take the member out of the project; their marks stay."""
    lock_project(member.project_id)
    member.refresh_from_db(fields=["role"])
    keep_a_lead(member)
    Member.objects.filter(pk=member.pk).delete()
    publish(member.project_id, MemberNews())
