"""All "may this person" questions. One table, action -> roles; everything else asks it.

A superuser counts as lead everywhere. Whoever is no member of a project learns nothing of it: 404, never 403.
"""

from enum import StrEnum
from typing import Any

from annotator.errors import Forbidden, NotFound
from annotator.models import ModelVersion, Project, Role, User
from annotator.sql.quick import fetch
from annotator.sql.rows import rows_of

ROLE = "SELECT role FROM annotator_member WHERE project_id = %s AND user_id = %s"


class Action(StrEnum):
    """Everything a member can ask for."""

    VIEW = "view"
    MARK = "mark"
    ASK_NEXT = "ask_next"
    AUDIT = "audit"
    LABEL_VIEW = "label_view"
    CLOSE_LABEL = "close_label"
    CLOSE_ALL = "close_all"
    REVIEW = "review"
    EXPORT = "export"
    EDIT_LABELS = "edit_labels"
    EDIT_PROJECT = "edit_project"
    MEMBERS = "members"
    IMPORT = "import"
    TRAIN = "train"
    PROMOTE = "promote"
    DELETE = "delete"


EVERYBODY = frozenset(Role)
REVIEWERS = frozenset({Role.REVIEWER, Role.LEAD})
LEADS = frozenset({Role.LEAD})

ALLOWED: dict[Action, frozenset[Role]] = {
    Action.VIEW: EVERYBODY,
    Action.MARK: EVERYBODY,
    Action.ASK_NEXT: EVERYBODY,
    Action.AUDIT: EVERYBODY,
    Action.LABEL_VIEW: EVERYBODY,
    # A project may forbid it: `Project.allow_closing`, which the action itself asks.
    Action.CLOSE_LABEL: EVERYBODY,
    # One act on every open cell of the project is a decision about the project.
    Action.CLOSE_ALL: LEADS,
    Action.REVIEW: REVIEWERS,
    Action.EXPORT: REVIEWERS,
    Action.EDIT_LABELS: LEADS,
    Action.EDIT_PROJECT: LEADS,
    Action.MEMBERS: LEADS,
    Action.IMPORT: LEADS,
    Action.TRAIN: LEADS,
    Action.PROMOTE: LEADS,
    Action.DELETE: LEADS,
}


def allows(role: Role | str, action: Action) -> bool:
    """Whether the role may do the action."""
    return role in ALLOWED[action]


def project_and_role(user: Any, project_id: int, *, with_version: bool = True) -> tuple[Project, Role]:
    """The living project and this person's role in it; NotFound for everybody else.

    `with_version` reads the live version too, whose card is large; without it, it is read when touched.
    """
    roles = [(Role.LEAD,)] if user.is_superuser else fetch(ROLE, project_id, user.pk)
    found = rows_of(Project, "WHERE id = %s AND deleted_at IS NULL", project_id) if roles else []
    for project in found:
        if with_version and project.live_version_id is not None:
            project.live_version = next(iter(rows_of(ModelVersion, "WHERE id = %s", project.live_version_id)), None)
        return project, Role(roles[0][0])
    raise NotFound("There is no such project, or you are not a member of it. Ask a lead of the project to add you.")


def require(role: Role | str, action: Action) -> None:
    """Forbidden when the role may not do the action; the message names who may."""
    if not allows(role, action):
        who = " or ".join(sorted(ALLOWED[action]))
        raise Forbidden(f"Your role here is {role}; this needs {who}. Ask a lead of the project.")


def can(user: User, project_id: int, action: Action) -> bool:
    """Whether this person may do the action in this project (for sockets and pages that only need yes or no)."""
    try:
        _, role = project_and_role(user, project_id)
    except NotFound:
        return False
    return allows(role, action)
