"""Snapshots: made, listed, and downloaded again for as long as the project lives."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.urls import path, reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions.snapshots import MANIFEST, request_snapshot
from annotator.api.base import ProjectView
from annotator.api.files import send_file
from annotator.errors import NotFound
from annotator.formats import FORMATS
from annotator.models import Project, Snapshot
from annotator.policy import Action

CONTENT_TYPES = {".csv": "text/csv; charset=utf-8", ".jsonl": "application/x-ndjson", ".json": "application/json"}


class SnapshotFile(serializers.Serializer):
    """One file of a snapshot."""

    name = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.CharField()


class SnapshotShape(serializers.ModelSerializer):
    """An export that never changes; `files` is empty until `finished_at` is set."""

    files = serializers.SerializerMethodField()
    query = serializers.DictField()
    formats = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Snapshot
        ref_name = "Snapshot"
        fields = (
            "id", "number", "formats", "query", "matrix_sha256", "files", "job", "created_at", "finished_at"
        )  # fmt: skip

    @extend_schema_field(SnapshotFile(many=True))
    def get_files(self, snapshot: Snapshot) -> list[dict[str, Any]]:
        """Name, size, checksum and address of each file."""
        return [
            {"name": name, **facts, "url": reverse("snapshot-file", args=(snapshot.project_id, snapshot.number, name))}
            for name, facts in snapshot.manifest.get("files", {}).items()
        ]


class SnapshotRequest(serializers.Serializer):
    """Which formats, and which marks: {"sources": [...], "include_flagged": bool}, all of them by default."""

    formats = serializers.ListField(child=serializers.ChoiceField(list(FORMATS)), default=list(FORMATS), min_length=1)
    query = serializers.DictField(default=dict)


def get_snapshot(project: Project, number: int) -> Snapshot:
    """The snapshot by its number; NotFound otherwise."""
    snapshot = Snapshot.objects.filter(project=project, number=number).first()
    if snapshot is None:
        raise NotFound(f"This project has no snapshot {number}.")
    return snapshot


class SnapshotList(ProjectView):
    """All snapshots of a project."""

    rules = {"GET": Action.EXPORT, "POST": Action.EXPORT}
    serializer_class = SnapshotShape
    pagination_class = None

    @extend_schema(operation_id="snapshots", responses=SnapshotShape(many=True))
    def get(self, request: Request, project: int) -> Response:
        """The latest first."""
        snapshots = Snapshot.objects.filter(project=self.project).order_by("-number")
        return Response(SnapshotShape(snapshots, many=True).data)

    @extend_schema(operation_id="make_snapshot", request=SnapshotRequest, responses={201: SnapshotShape})
    def post(self, request: Request, project: int) -> Response:
        """Make one; its job tells when it is written."""
        asked = SnapshotRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        snapshot = request_snapshot(self.project, self.user, wanted["formats"], wanted["query"])
        return Response(SnapshotShape(snapshot).data, status=status.HTTP_201_CREATED)


class SnapshotDetail(ProjectView):
    """One snapshot."""

    rules = {"GET": Action.EXPORT}
    serializer_class = SnapshotShape

    @extend_schema(operation_id="snapshot", responses=SnapshotShape)
    def get(self, request: Request, project: int, number: int) -> Response:
        """Its files and checksums."""
        return Response(SnapshotShape(get_snapshot(self.project, number)).data)


class SnapshotDownload(ProjectView):
    """A file of a snapshot."""

    rules = {"GET": Action.EXPORT}
    serializer_class = SnapshotShape

    @extend_schema(operation_id="snapshot_file", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, project: int, number: int, name: str) -> HttpResponseBase:
        """Download it; also `manifest.json`. The address always gives the same bytes."""
        snapshot = get_snapshot(self.project, number)
        known = {**snapshot.manifest.get("files", {}), MANIFEST: {}}
        if snapshot.finished_at is None or name not in known:
            raise NotFound(f"Snapshot {number} has no file of that name, or is not finished yet.")
        path = Path(settings.TERN_HOME) / snapshot.directory / name
        content_type = CONTENT_TYPES.get(path.suffix, "application/octet-stream")
        tag = known[name].get("sha256", f"{snapshot.matrix_sha256}-{MANIFEST}")
        shown = f"tern-{self.project.pk}-snapshot-{number}-{name}"
        return send_file(request, path, content_type, tag, download_as=shown)


urlpatterns = [
    path("projects/<id:project>/snapshots/", SnapshotList.as_view(), name="snapshots"),
    path("projects/<id:project>/snapshots/<id:number>/", SnapshotDetail.as_view(), name="snapshot"),
    path(
        "projects/<id:project>/snapshots/<id:number>/files/<str:name>", SnapshotDownload.as_view(), name="snapshot-file"
    ),
]
