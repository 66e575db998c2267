"""Many people added at once, from lines that somebody pastes.

A line is a user name, an e-mail address, `Jo Smith <jo@example.org>` or a name in plain words; after a comma, a tab or
a semicolon it may say the role. All lines are taken or none.
"""

import re
from dataclasses import dataclass

from django.db import transaction

from annotator.actions.members import add_member
from annotator.errors import Invalid, TernError
from annotator.limits import SHOWN_NAME, USER_NAME
from annotator.models import Member, Project, Role, User
from annotator.news.publish import lock_project
from annotator.words import counted

MOST_LINES = 200
LINE = re.compile(r"^(?P<who>[^,;\t]+?)\s*(?:[,;\t]\s*(?P<role>.*?)\s*)?$")
ADDRESS = re.compile(r"^(?P<shown>[^<>]*?)\s*<(?P<email>[^<>\s]+)>$")


@dataclass(frozen=True)
class Wanted:
    """Somebody to add."""

    username: str
    display_name: str
    role: Role


@dataclass(frozen=True)
class Invited:
    """What became of a line: the member, a new person's secret of a link; `is_new` is False for members before."""

    member: Member
    secret: str | None
    is_new: bool


def read_line(line: str, role: Role) -> Wanted:
    """Who stands in a line, in `role` unless it says another. Invalid when it cannot be read."""
    parts = LINE.match(line)
    if parts is None:
        raise Invalid("write a name, then perhaps a comma and a role")
    said = (parts["role"] or role).lower().removesuffix("s")
    if said not in Role.values:
        raise Invalid(f"'{parts['role']}' is no role; write {', '.join(Role.values)}")
    address = ADDRESS.match(parts["who"])
    shown, name = (address["shown"], address["email"]) if address else (parts["who"], parts["who"])
    if " " in name:
        name = ".".join(name.lower().split())
    shown = "" if shown == name else shown
    for word, most in ((name, USER_NAME), (shown, SHOWN_NAME)):
        if len(word) > most:
            raise Invalid(f"'{word[:20]}…' is too long: {len(word)} letters, at most {most}")
    return Wanted(name, shown, Role(said))


def check_namesake(wanted: Wanted, is_made_up: bool) -> None:
    """Invalid when a user name that was made from plain words is somebody else's already."""
    if not is_made_up:
        return
    other = User.objects.filter(username__iexact=wanted.username).first()
    if other is not None and other.display_name.casefold() != wanted.display_name.casefold():
        raise Invalid(f"'{wanted.username}' is {other} already; write the user name you mean")


@transaction.atomic
def invite_lines(project: Project, lead: User, text: str, role: Role) -> list[Invited]:
    """Add everybody in the lines, in their order; members before stay as they are. Invalid names each bad line."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not lines:
        raise Invalid("There is nobody in the list.", {"lines": ["Write one name or e-mail address a line."]})
    if len(lines) > MOST_LINES:
        said = f"At most {counted(MOST_LINES, 'line')} at once; these are {len(lines)}. Add them in parts."
        raise Invalid("There are too many people in the list.", {"lines": [said]})
    lock_project(project.pk)
    before = set(Member.objects.filter(project=project).values_list("user_id", flat=True))
    made: list[Invited] = []
    wrong: list[str] = []
    for number, line in lines:
        try:
            made.append(invite(project, lead, line, role))
        except TernError as error:
            details = [text for texts in (error.fields or {}).values() for text in texts]
            wrong.append(f"Line {number}: {' '.join(details) or error.detail}.".replace("..", "."))
    if wrong:
        raise Invalid("Nobody was added: some lines cannot be read.", {"lines": wrong})
    told: dict[int, Invited] = {}
    for one in made:
        told.setdefault(one.member.user_id, Invited(one.member, one.secret, one.member.user_id not in before))
    return list(told.values())


def invite(project: Project, lead: User, line: str, role: Role) -> Invited:
    """Add the person of one line."""
    wanted = read_line(line, role)
    check_namesake(wanted, " " in wanted.display_name and "@" not in wanted.username)
    there = (
        Member.objects.filter(project=project, user__username__iexact=wanted.username).select_related("user").first()
    )
    if there is not None:
        return Invited(there, None, False)
    member, secret = add_member(project, lead, wanted.username, wanted.role, wanted.display_name)
    return Invited(member, secret, True)
