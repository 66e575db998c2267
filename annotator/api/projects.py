"""Projects: list, make, settings, delete and bring back, progress."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import limits
from annotator.actions import projects as actions
from annotator.api.base import ProjectView
from annotator.api.numbers import Share, Whole
from annotator.api.shapes import Estimate, Job, VersionBrief
from annotator.api.text import Choice, Line, Lines
from annotator.limits import days_left
from annotator.models import Member, ModelVersion, Project, Role, User
from annotator.models.project import QueueMode
from annotator.policy import Action
from annotator.queries.progress import overview, progress
from model.storage.card import read_card

SETTINGS = (
    "name", "description", "allow_closing", "queue_mode", "lease_seconds", "wanted_precision", "audit_share",
    "auto_retrain", "retrain_after_marks", "retrain_after_minutes", "backbone", "image_size",
)  # fmt: skip


class ProjectShape(serializers.ModelSerializer):
    """A project with its counts, the live version, and your role in it."""

    name = Line(max_length=limits.NAME)
    description = Lines(required=False, allow_blank=True, max_length=limits.RULE)
    backbone = Line(required=False, max_length=limits.NAME)
    queue_mode = Choice(QueueMode.choices, required=False)
    wanted_precision = Share(limits.WANTED_PRECISION, required=False)
    audit_share = Share(limits.AUDIT_SHARE, required=False)
    lease_seconds = Whole(limits.LEASE_SECONDS, required=False)
    image_size = Whole(limits.IMAGE_SIZE, required=False)
    retrain_after_marks = Whole(limits.RETRAIN_AFTER_MARKS, required=False)
    retrain_after_minutes = Whole(limits.RETRAIN_AFTER_MINUTES, required=False)
    role = serializers.ChoiceField(Role.choices, read_only=True)
    images = serializers.IntegerField(read_only=True)
    labels = serializers.IntegerField(read_only=True)
    known = serializers.IntegerField(read_only=True, help_text="Cells with a value.")
    positives = serializers.IntegerField(read_only=True)
    live = VersionBrief(read_only=True, allow_null=True)
    days_left = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="While it is deleted: for so long it can be brought back."
    )

    class Meta:
        model = Project
        ref_name = "Project"
        fields = (
            "id", *SETTINGS, "created_at", "deleted_at", "role", "images", "labels", "known", "positives", "live",
            "event_seq", "days_left",
        )  # fmt: skip
        read_only_fields = ("created_at", "deleted_at", "event_seq")


class LabelProgress(serializers.Serializer):
    """How far one label is."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    present = serializers.IntegerField()
    absent = serializers.IntegerField()
    unknown = serializers.IntegerField()
    cant_tell = serializers.IntegerField()
    expected_left = Estimate(allow_null=True, help_text="Null while only the label's name is known.")
    stage = serializers.CharField()
    ap = serializers.FloatField(allow_null=True)


class Progress(serializers.Serializer):
    """How far a project is."""

    images = serializers.IntegerField()
    cells = serializers.IntegerField()
    known = serializers.IntegerField()
    checked_images = serializers.IntegerField()
    labels = LabelProgress(many=True)
    jobs = Job(many=True)


def version_brief(version: ModelVersion | None) -> dict[str, Any] | None:
    """A version in one line; None for none."""
    if version is None:
        return None
    metrics = read_card(version.card)["metrics"]
    return {
        "number": version.number,
        "method": version.method,
        "map": metrics["map"],
        "map_low": metrics["map_low"],
        "map_high": metrics["map_high"],
        "created_at": version.created_at,
        "scored_images": version.score_images,
    }


def shown(project: Project, role: Role | str) -> dict[str, Any]:
    """A project as the API shows it."""
    fields = {name: getattr(project, name) for name in (*SETTINGS, "id", "created_at", "deleted_at", "event_seq")}
    live, left = version_brief(project.live_version), days_left(project.deleted_at)
    return ProjectShape({**fields, **overview(project), "role": role, "live": live, "days_left": left}).data


class DeletedQuery(serializers.Serializer):
    """Which projects to list."""

    deleted = serializers.BooleanField(default=False, help_text="Those that you can bring back instead.")


class ProjectList(GenericAPIView):
    """The projects you are a member of."""

    serializer_class = ProjectShape
    pagination_class = None

    @extend_schema(operation_id="projects", parameters=[DeletedQuery], responses=ProjectShape(many=True))
    def get(self, request: Request) -> Response:
        """All of them, by name."""
        asked = DeletedQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        user = signed_in(request)
        if asked.validated_data["deleted"]:
            return Response([shown(project, Role.LEAD) for project in actions.deleted_projects(user)])
        if user.is_superuser:
            projects = Project.objects.filter(deleted_at=None).select_related("live_version").order_by("name", "pk")
            return Response([shown(project, Role.LEAD) for project in projects])
        mine = Member.objects.filter(user=user, project__deleted_at=None).select_related("project__live_version")
        return Response([shown(one.project, one.role) for one in mine.order_by("project__name", "project_id")])

    @extend_schema(operation_id="make_project", responses={201: ProjectShape})
    def post(self, request: Request) -> Response:
        """Make a project; you are its lead."""
        asked = ProjectShape(data=request.data)
        asked.is_valid(raise_exception=True)
        project = actions.create_project(signed_in(request), **asked.validated_data)
        project.refresh_from_db()
        return Response(shown(project, Role.LEAD), status=status.HTTP_201_CREATED)


def signed_in(request: Request) -> User:
    """The caller."""
    assert isinstance(request.user, User)
    return request.user


class ProjectDetail(ProjectView):
    """One project."""

    rules = {"GET": Action.VIEW, "PATCH": Action.EDIT_PROJECT, "DELETE": Action.DELETE}
    serializer_class = ProjectShape

    @extend_schema(operation_id="project", responses=ProjectShape)
    def get(self, request: Request, project: int) -> Response:
        """The project, its counts and its live version."""
        return Response(shown(self.project, self.role))

    @extend_schema(operation_id="change_project", responses=ProjectShape)
    def patch(self, request: Request, project: int) -> Response:
        """Change settings."""
        asked = ProjectShape(self.project, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        changed = actions.change_project(self.project, **asked.validated_data) if asked.validated_data else self.project
        changed.refresh_from_db(fields=["event_seq"])
        return Response(shown(changed, self.role))

    @extend_schema(operation_id="delete_project", responses={204: None})
    def delete(self, request: Request, project: int) -> Response:
        """Delete it for everybody; it can be brought back for as many days as `days_left` then says."""
        actions.delete_project(self.project)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ProjectRestore(GenericAPIView):
    """Bring a deleted project back."""

    serializer_class = ProjectShape

    @extend_schema(operation_id="restore_project", request=None, responses=ProjectShape)
    def post(self, request: Request, project: int) -> Response:
        """For its leads, while it is among those deleted."""
        return Response(shown(actions.restore_project(signed_in(request), project), Role.LEAD))


class ProgressView(ProjectView):
    """How far the project is."""

    rules = {"GET": Action.VIEW}
    serializer_class = Progress
    pagination_class = None

    @extend_schema(operation_id="progress", responses=Progress)
    def get(self, request: Request, project: int) -> Response:
        """Counts by label and image, and the latest background work."""
        return Response(Progress(progress(self.project)).data)


urlpatterns = [
    path("projects/", ProjectList.as_view(), name="projects"),
    path("projects/<id:project>/", ProjectDetail.as_view(), name="project"),
    path("projects/<id:project>/restore/", ProjectRestore.as_view(), name="restore-project"),
    path("projects/<id:project>/progress/", ProgressView.as_view(), name="progress"),
]
