"""Bring pictures and labels in. The answer is the job; the work is done in the background."""

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions.imports import import_server_files, import_uploads
from annotator.api.base import ProjectView
from annotator.api.shapes import Job
from annotator.api.text import Line
from annotator.errors import Invalid
from annotator.policy import Action


class ImportUpload(serializers.Serializer):
    """Pictures or one zip archive, and at most one table of labels (CSV wide or long, JSONL, NPZ)."""

    files = serializers.ListField(child=serializers.FileField(allow_empty_file=True), allow_empty=False)
    dry_run = serializers.BooleanField(default=False)
    make_labels = serializers.BooleanField(
        default=True, help_text="Make labels that the table names and the project lacks; otherwise it is refused then."
    )


class ImportFolder(serializers.Serializer):
    """A folder or zip archive on the server, below one of its import roots, and a table of labels there."""

    folder = Line(required=False, allow_blank=True, default="", max_length=1000)
    labels_csv = Line(required=False, allow_blank=True, default="", max_length=1000)
    dry_run = serializers.BooleanField(default=False)
    make_labels = serializers.BooleanField(
        default=True, help_text="Make labels that the table names and the project lacks; otherwise it is refused then."
    )


class Imports(ProjectView):
    """Imports of a project."""

    rules = {"POST": Action.IMPORT}
    serializer_class = Job
    pagination_class = None

    @extend_schema(
        operation_id="start_import",
        request={"multipart/form-data": ImportUpload, "application/json": ImportFolder},
        responses={201: Job},
    )
    def post(self, request: Request, project: int) -> Response:
        """Start an import, or with dry_run only look what it would do."""
        if (request.content_type or "").startswith("multipart/"):
            job = self.from_upload(request)
        else:
            asked = ImportFolder(data=request.data)
            asked.is_valid(raise_exception=True)
            wanted = asked.validated_data
            job = import_server_files(
                self.project,
                self.user,
                wanted["folder"],
                wanted["labels_csv"],
                wanted["dry_run"],
                make_labels=wanted["make_labels"],
            )
        return Response(Job(job).data, status=status.HTTP_201_CREATED)

    def from_upload(self, request: Request):  # type: ignore[no-untyped-def]
        """Start an import of what came with the request; `files[]` is understood as well as `files`."""
        try:
            files = [*request.FILES.getlist("files"), *request.FILES.getlist("files[]")]
        except TooManyFilesSent as error:
            most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
            raise Invalid(f"More than {most} files in one request. Send them as one zip archive.") from error
        told = {name: request.POST[name] for name in ("dry_run", "make_labels") if name in request.POST}
        asked = ImportUpload(data={"files": files, **told})
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        return import_uploads(self.project, self.user, files, wanted["dry_run"], wanted["make_labels"])


urlpatterns = [path("projects/<id:project>/imports/", Imports.as_view(), name="imports")]
