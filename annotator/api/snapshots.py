"""Snapshots: made, listed, and downloaded again for as long as the project lives."""

from pathlib import Path

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions.snapshots import MANIFEST, request_snapshot
from annotator.api.base import ProjectView
from annotator.api.files import send_file
from annotator.api.snapshot_shapes import DifferenceShape, FormatShape, SnapshotRequest, SnapshotShape
from annotator.errors import NotFound
from annotator.formats import FORMATS, STANDARD
from annotator.formats.sheet import EXTRAS
from annotator.models import Project, Snapshot
from annotator.policy import Action
from annotator.queries.changes import as_csv, changes, difference

CONTENT_TYPES = {".csv": "text/csv; charset=utf-8", ".jsonl": "application/x-ndjson", ".json": "application/json"}

# So many changed cells are shown; the table has all.
SHOWN_CHANGES = 200


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
        # The query as it came: the action has one validation of it for every door.
        query = dict(request.data).get("query") or {}
        snapshot = request_snapshot(self.project, self.user, wanted["formats"], query)
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


class SnapshotFormats(ProjectView):
    """Formats that a snapshot can have."""

    rules = {"GET": Action.EXPORT}
    serializer_class = FormatShape
    pagination_class = None

    @extend_schema(operation_id="snapshot_formats", responses=FormatShape(many=True))
    def get(self, request: Request, project: int) -> Response:
        """What each says and cannot say."""
        shown = [
            {
                "name": name,
                "title": one.TITLE,
                "says": one.SAYS,
                "loses": sorted(one.LOSES),
                "extras": [extra for extra in EXTRAS if extra in one.EXTRAS],
                "standard": name in STANDARD,
            }
            for name, one in FORMATS.items()
        ]
        return Response(FormatShape(shown, many=True).data)


class SnapshotDifference(ProjectView):
    """What changed from one snapshot to another."""

    rules = {"GET": Action.EXPORT}
    serializer_class = DifferenceShape

    @extend_schema(operation_id="snapshot_difference", responses=DifferenceShape)
    def get(self, request: Request, project: int, number: int, later: int) -> Response:
        """How many cells changed from what to what, and the first of them."""
        first, second = get_snapshot(self.project, number), get_snapshot(self.project, later)
        found = difference(first, second)
        return Response(
            DifferenceShape(
                {
                    "pictures_added": found.pictures_added,
                    "pictures_removed": found.pictures_removed,
                    "labels_added": found.labels_added,
                    "labels_removed": found.labels_removed,
                    "counts": found.counts(),
                    "count": len(found.cells),
                    "cells": changes(self.project, found, first, second, slice(0, SHOWN_CHANGES)),
                    "csv": reverse("snapshot-changes-csv", args=(self.project.pk, number, later)),
                }
            ).data
        )


class SnapshotChanges(ProjectView):
    """All of what changed, as a table."""

    rules = {"GET": Action.EXPORT}
    serializer_class = DifferenceShape

    @extend_schema(operation_id="snapshot_changes_csv", responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def get(self, request: Request, project: int, number: int, later: int) -> HttpResponseBase:
        """A line a cell: picture, label, from, to, by whom and when."""
        first, second = get_snapshot(self.project, number), get_snapshot(self.project, later)
        table = b"".join(as_csv(changes(self.project, difference(first, second), first, second, slice(None))))
        answer = HttpResponse(table, content_type=CONTENT_TYPES[".csv"])
        name = f"tern-{self.project.pk}-changes-{number}-{later}.csv"
        answer["Content-Disposition"] = content_disposition_header(True, name) or ""
        return answer


urlpatterns = [
    path("projects/<id:project>/snapshots/", SnapshotList.as_view(), name="snapshots"),
    path("projects/<id:project>/snapshots/formats/", SnapshotFormats.as_view(), name="snapshot-formats"),
    path(
        "projects/<id:project>/snapshots/<id:number>/changes/<id:later>/",
        SnapshotDifference.as_view(),
        name="snapshot-difference",
    ),
    path(
        "projects/<id:project>/snapshots/<id:number>/changes/<id:later>/cells.csv",
        SnapshotChanges.as_view(),
        name="snapshot-changes-csv",
    ),
    path("projects/<id:project>/snapshots/<id:number>/", SnapshotDetail.as_view(), name="snapshot"),
    path(
        "projects/<id:project>/snapshots/<id:number>/files/<str:name>", SnapshotDownload.as_view(), name="snapshot-file"
    ),
]
