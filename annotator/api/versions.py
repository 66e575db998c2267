"""Model versions: their cards, promotion and roll back."""

from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions.versions import promote
from annotator.api.base import ProjectView
from annotator.api.plain import reference
from annotator.policy import Action
from annotator.queries.versions import VERSIONS_LISTED, get_version, version_json, versions_of
from model.storage.card import Card


@extend_schema_field(reference(Card))
class CardField(serializers.JSONField):
    """The card of a version."""


class Version(serializers.Serializer):
    """A model version. `card` is what the trainer measured; `note` says why it went live or did not."""

    number = serializers.IntegerField()
    method = serializers.CharField()
    level = serializers.CharField(allow_null=True, help_text="quick, full or deep; null for what no training made.")
    card = CardField()
    live = serializers.BooleanField()
    usable = serializers.BooleanField(help_text="Whether its files are still there to be promoted.")
    note = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    promoted_at = serializers.DateTimeField(allow_null=True)


class VersionList(ProjectView):
    """All versions."""

    rules = {"GET": Action.VIEW}
    serializer_class = Version
    pagination_class = None

    @extend_schema(operation_id="versions", responses=Version(many=True))
    def get(self, request: Request, project: int) -> Response:
        """The latest versions, newest first."""
        live = self.project.live_version_id
        return Response([version_json(version, live) for version in versions_of(self.project)[:VERSIONS_LISTED]])


class VersionDetail(ProjectView):
    """One version."""

    rules = {"GET": Action.VIEW}
    serializer_class = Version

    @extend_schema(operation_id="version", responses=Version)
    def get(self, request: Request, project: int, number: int) -> Response:
        """Its card."""
        return Response(version_json(get_version(self.project, number), self.project.live_version_id))


class VersionPromote(ProjectView):
    """Choose which version suggests."""

    rules = {"POST": Action.PROMOTE}
    serializer_class = Version

    @extend_schema(operation_id="promote", request=None, responses=Version)
    def post(self, request: Request, project: int, number: int) -> Response:
        """Make this version live, be it newer or older than the present one."""
        version = promote(self.project, number, self.user)
        version.refresh_from_db()
        return Response(version_json(version, version.pk))


urlpatterns = [
    path("projects/<id:project>/versions/", VersionList.as_view(), name="versions"),
    path("projects/<id:project>/versions/<id:number>/", VersionDetail.as_view(), name="version"),
    path("projects/<id:project>/versions/<id:number>/promote/", VersionPromote.as_view(), name="promote"),
]
