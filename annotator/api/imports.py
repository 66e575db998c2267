"""Imports: plan, answer, run, take back. The work is done in the background; each answer is the import as it is."""

import json

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator import models
from annotator.actions import imports
from annotator.api.base import ProjectView
from annotator.api.import_shapes import Import, ImportBrief
from annotator.api.text import Line
from annotator.errors import Invalid
from annotator.policy import Action
from annotator.queries.imports import IMPORTS_LISTED, get_import, imports_of

AT_ONCE = "Run as soon as it is planned, if no question is open; otherwise the job fails and names them."


class ImportUpload(serializers.Serializer):
    """Pictures or one zip archive, and tables of labels in any format of docs/formats.md."""

    files = serializers.ListField(child=serializers.FileField(allow_empty_file=True), allow_empty=False)
    paths = serializers.ListField(
        child=Line(max_length=1000), required=False, help_text="The files' names with their folders, one a file."
    )
    answers = serializers.JSONField(required=False, help_text='{"zero": "absent"}: answers that are known before.')
    at_once = serializers.BooleanField(default=False, help_text=AT_ONCE)


class ImportFolder(serializers.Serializer):
    """A folder or zip archive on the server, below one of its import roots, and a table of labels there."""

    folder = Line(required=False, allow_blank=True, default="", max_length=1000)
    table = Line(required=False, allow_blank=True, default="", max_length=1000)
    answers = serializers.DictField(child=serializers.CharField(max_length=1000), required=False)
    at_once = serializers.BooleanField(default=False, help_text=AT_ONCE)


class Answers(serializers.Serializer):
    """Answers by question; null takes one back."""

    answers = serializers.DictField(child=serializers.CharField(max_length=1000, allow_null=True))


class Agreed(serializers.Serializer):
    """The hash of the plan that was read."""

    hash = serializers.CharField(max_length=64)


def shown(found: models.Import, status_code: int = status.HTTP_200_OK) -> Response:
    """The import as it is now."""
    return Response(Import(get_import(found.project, found.pk)).data, status=status_code)


class Imports(ProjectView):
    """Imports of a project."""

    rules = {"GET": Action.IMPORT, "POST": Action.IMPORT}
    serializer_class = Import
    pagination_class = None

    @extend_schema(operation_id="imports", responses=ImportBrief(many=True))
    def get(self, request: Request, project: int) -> Response:
        """The latest imports, newest first, without their plans."""
        return Response(ImportBrief(imports_of(self.project)[:IMPORTS_LISTED], many=True).data)

    @extend_schema(
        operation_id="plan_import",
        request={"multipart/form-data": ImportUpload, "application/json": ImportFolder},
        responses={201: Import},
    )
    def post(self, request: Request, project: int) -> Response:
        """Plan an import: everything is read, nothing is written before the plan is run."""
        if (request.content_type or "").startswith("multipart/"):
            return shown(self.from_upload(request), status.HTTP_201_CREATED)
        asked = ImportFolder(data=request.data)
        asked.is_valid(raise_exception=True)
        told = asked.validated_data
        planned = imports.plan_server_files(
            self.project, self.user, told["folder"], told["table"], told.get("answers"), at_once=told["at_once"]
        )
        return shown(planned, status.HTTP_201_CREATED)

    def from_upload(self, request: Request) -> models.Import:
        """Plan an import of what came with the request; `files[]` is understood as well as `files`."""
        try:
            files = [*request.FILES.getlist("files"), *request.FILES.getlist("files[]")]
        except TooManyFilesSent as error:
            most = settings.DATA_UPLOAD_MAX_NUMBER_FILES
            raise Invalid(f"More than {most} files in one request. Send them as one zip archive.") from error
        told: dict[str, object] = {"files": files, "paths": request.POST.getlist("paths")}
        told |= {name: request.POST[name] for name in ("at_once", "answers") if name in request.POST}
        asked = ImportUpload(data=told)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        given = answers_of(data.get("answers"))
        return imports.plan_uploads(self.project, self.user, files, given, paths=data["paths"], at_once=data["at_once"])


def answers_of(told: object) -> dict[str, str]:
    """Answers of a form's field, which may be JSON in a text. Raises Invalid."""
    if isinstance(told, str):
        try:
            told = json.loads(told or "{}")
        except ValueError as error:
            raise Invalid(f"'answers' is not JSON: {error}.") from error
    if not isinstance(told or {}, dict):
        raise Invalid("'answers' must be an object of question and answer.")
    return dict(told or {})  # type: ignore[call-overload]


class ImportDetail(ProjectView):
    """One import."""

    rules = {"GET": Action.IMPORT, "DELETE": Action.IMPORT}
    serializer_class = Import

    @extend_schema(operation_id="import", responses=Import)
    def get(self, request: Request, project: int, number: int) -> Response:
        """Its state, its plan, and what came of it."""
        return shown(get_import(self.project, number))

    @extend_schema(operation_id="forget_import", responses={204: None})
    def delete(self, request: Request, project: int, number: int) -> Response:
        """Forget an import that was only planned, and remove its files. 409 once it was run."""
        imports.forget(get_import(self.project, number))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ImportAnswers(ProjectView):
    """Answers to the questions of a plan."""

    rules = {"POST": Action.IMPORT}
    serializer_class = Answers

    @extend_schema(operation_id="answer_import", request=Answers, responses=Import)
    def post(self, request: Request, project: int, number: int) -> Response:
        """Answer questions; the plan is made anew, with another hash."""
        asked = Answers(data=request.data)
        asked.is_valid(raise_exception=True)
        return shown(imports.answer(get_import(self.project, number), self.user, asked.validated_data["answers"]))


class ImportRun(ProjectView):
    """Run a plan."""

    rules = {"POST": Action.IMPORT}
    serializer_class = Agreed

    @extend_schema(operation_id="run_import", request=Agreed, responses=Import)
    def post(self, request: Request, project: int, number: int) -> Response:
        """Write what the plan says. 409 when it is another one by now, or has open questions."""
        asked = Agreed(data=request.data)
        asked.is_valid(raise_exception=True)
        return shown(imports.run(get_import(self.project, number), self.user, asked.validated_data["hash"]))


class ImportUndo(ProjectView):
    """Take an import back."""

    rules = {"POST": Action.IMPORT}
    serializer_class = Import

    @extend_schema(operation_id="undo_import", request=None, responses=Import)
    def post(self, request: Request, project: int, number: int) -> Response:
        """Its marks become what they were; pictures that only it brought go to the bin; later work stays."""
        return shown(imports.undo(get_import(self.project, number), self.user))


urlpatterns = [
    path("projects/<id:project>/imports/", Imports.as_view(), name="imports"),
    path("projects/<id:project>/imports/<id:number>/", ImportDetail.as_view(), name="import"),
    path("projects/<id:project>/imports/<id:number>/answers/", ImportAnswers.as_view(), name="import-answers"),
    path("projects/<id:project>/imports/<id:number>/run/", ImportRun.as_view(), name="import-run"),
    path("projects/<id:project>/imports/<id:number>/undo/", ImportUndo.as_view(), name="import-undo"),
]
