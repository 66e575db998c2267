"""Closing all labels together: the statement one agrees to, and the act."""

from dataclasses import asdict

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions.close_all import close_all
from annotator.api.base import ProjectView
from annotator.api.shapes import Estimate
from annotator.policy import Action
from annotator.queries.closeall import Stamp, statement


class StampShape(serializers.Serializer):
    """What a statement was made from."""

    version = serializers.IntegerField(allow_null=True, help_text="The live version; null before the first.")
    revision = serializers.IntegerField(help_text="Which of the version's score files.")
    seq = serializers.IntegerField(help_text="The last event that changed cells.")

    class Meta:
        ref_name = "Stamp"


class ClosingStatement(serializers.Serializer):
    """What closing all labels writes and is expected to miss; null and a `refusal` where nobody can say."""

    stamp = StampShape()
    labels = serializers.IntegerField()
    cells = serializers.IntegerField(help_text="Unknown cells that would become absent.")
    undecided = serializers.IntegerField(help_text="Cells that you said you cannot tell; they stay unknown.")
    untouched = serializers.IntegerField(help_text="Labels of which nobody has said anything.")
    found = serializers.IntegerField()
    missed = Estimate(allow_null=True)
    risk = serializers.FloatField(allow_null=True, help_text="Share of all positives that would be missed.")
    recall = serializers.FloatField(allow_null=True)
    propose = serializers.BooleanField(help_text="Whether the risk is accepted and every label was looked at.")
    text = serializers.CharField(allow_blank=True)
    refusal = serializers.CharField(allow_blank=True)


class CloseAllRequest(serializers.Serializer):
    """Agreement to the statement that was shown."""

    operation = serializers.UUIDField(help_text="Made by the client; the same id gets the same answer. Undo names it.")
    stamp = StampShape(help_text="The statement's own.")


class ClosedAll(serializers.Serializer):
    """What was written, and what was agreed to."""

    operation = serializers.UUIDField()
    cells = serializers.IntegerField()
    text = serializers.CharField()
    job = serializers.IntegerField(allow_null=True, help_text="The job that writes them; null when they are written.")


class CloseAllView(ProjectView):
    """All labels closed together."""

    rules = {"GET": Action.CLOSE_ALL, "POST": Action.CLOSE_ALL}
    serializer_class = ClosingStatement
    pagination_class = None

    @extend_schema(operation_id="closing_statement", responses=ClosingStatement)
    def get(self, request: Request, project: int) -> Response:
        """How many cells would become absent, and how many positives that is expected to miss."""
        return Response(asdict(statement(self.project, self.user.pk)[0]))

    @extend_schema(operation_id="close_all", request=CloseAllRequest, responses=ClosedAll)
    def post(self, request: Request, project: int) -> Response:
        """Mark all of it absent in one act, by a job when it is much; conflict when the statement is no longer true."""
        asked = CloseAllRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        agreed = asked.validated_data
        return Response(close_all(self.project, self.user, agreed["operation"], Stamp(**agreed["stamp"])))


urlpatterns = [path("projects/<id:project>/labelview/close/", CloseAllView.as_view(), name="close-all")]
