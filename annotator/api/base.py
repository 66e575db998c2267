"""What every view of a project shares: the project, the caller's role, and the policy."""

from typing import ClassVar

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request

from annotator.api import text
from annotator.models import Project, Role, User
from annotator.policy import Action, project_and_role, require

assert text  # Registers the converter that the addresses of project views use.


class ProjectView(GenericAPIView):
    """A view under projects/{project}/. `rules` names the action that each HTTP method needs.

    `needs_version` may be False where nothing of the live version is used; it is then loaded when touched.
    Before any handler runs, `self.project` and `self.role` are set; non-members got 404, wrong roles 403.
    """

    rules: ClassVar[dict[str, Action]] = {}
    needs_version: ClassVar[bool] = True
    project: Project
    role: Role

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Authenticate, find the project, ask the policy."""
        super().initial(request, *args, **kwargs)
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method not in self.rules:
            raise MethodNotAllowed(method)
        self.project, self.role = project_and_role(
            request.user, int(str(kwargs["project"])), with_version=self.needs_version
        )
        require(self.role, self.rules[method])

    @property
    def user(self) -> User:
        """The caller; always signed in here."""
        user = self.request.user
        assert isinstance(user, User)
        return user
