"""Closing one label, or all labels together: the statement one agrees to, and the act."""

from dataclasses import asdict
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions.closing import close
from annotator.api.base import ProjectView
from annotator.api.shapes import Estimate
from annotator.policy import Action
from annotator.queries.closing import Stamp, statement

MAX_HELD = 100_000


class StampShape(serializers.Serializer):
    """What a statement was made from."""

    version = serializers.IntegerField(allow_null=True, help_text="The live version; null before the first.")
    revision = serializers.IntegerField(help_text="Which of the version's score files.")
    seq = serializers.IntegerField(min_value=0, help_text="The last event that changed cells.")
    held = serializers.ListField(
        child=serializers.IntegerField(), max_length=MAX_HELD, required=False, default=list,
        help_text="Pictures that others had open: nothing was stated of them.",
    )  # fmt: skip

    class Meta:
        ref_name = "Stamp"


class ClosingStatement(serializers.Serializer):
    """What closing writes and is expected to miss; null and a `refusal` where nobody can say."""

    stamp = StampShape()
    label = serializers.IntegerField(allow_null=True, help_text="The label that is closed; null for all.")  # type: ignore[assignment]
    labels = serializers.IntegerField()
    cells = serializers.IntegerField(help_text="Unknown cells that would become absent.")
    undecided = serializers.IntegerField(help_text="Cells that you said you cannot tell; they stay unknown.")
    held = serializers.IntegerField(help_text="Cells of pictures that others have open; they stay unknown.")
    untouched = serializers.IntegerField(help_text="Labels of which nobody has said anything.")
    unproven = serializers.IntegerField(help_text="Labels of which only the name says what is left.")
    found = serializers.IntegerField()
    missed = Estimate(allow_null=True)
    risk = serializers.FloatField(allow_null=True, help_text="Share of all positives that would be missed.")
    recall = serializers.FloatField(allow_null=True)
    propose = serializers.BooleanField(help_text="Whether the risk is accepted and every label was looked at.")
    text = serializers.CharField(allow_blank=True)
    refusal = serializers.CharField(allow_blank=True)


class ClosingRequest(serializers.Serializer):
    """Agreement to the statement that was shown."""

    operation = serializers.UUIDField(help_text="Made by the client; the same id gets the same answer. Undo names it.")
    stamp = StampShape(help_text="The statement's own.")


class Closed(serializers.Serializer):
    """What was written, and what was agreed to."""

    operation = serializers.UUIDField()
    cells = serializers.IntegerField()
    text = serializers.CharField()
    job = serializers.IntegerField(allow_null=True, help_text="The job that writes them; null when they are written.")


class ClosingView(ProjectView):
    """What both views do, for one label or for all."""

    serializer_class = ClosingStatement
    pagination_class = None

    def _state(self, label: int | None) -> Response:
        return Response(asdict(statement(self.project, self.user.pk, label)[0]))

    def _close(self, data: Any, label: int | None) -> Response:
        asked = ClosingRequest(data=data)
        asked.is_valid(raise_exception=True)
        agreed = asked.validated_data
        stamp = Stamp(**agreed["stamp"] | {"held": tuple(agreed["stamp"]["held"])})
        return Response(close(self.project, self.user, agreed["operation"], stamp, label))


class CloseAllView(ClosingView):
    """All labels closed together."""

    rules = {"GET": Action.CLOSE_ALL, "POST": Action.CLOSE_ALL}

    @extend_schema(operation_id="closing_statement", responses=ClosingStatement)
    def get(self, request: Request, project: int) -> Response:
        """How many cells would become absent, and how many positives that is expected to miss."""
        return self._state(None)

    @extend_schema(operation_id="close_all", request=ClosingRequest, responses=Closed)
    def post(self, request: Request, project: int) -> Response:
        """Mark all of it absent in one act, by a job when it is much; conflict when the statement is no longer true."""
        return self._close(request.data, None)


class CloseLabelView(ClosingView):
    """One label closed."""

    rules = {"GET": Action.LABEL_VIEW, "POST": Action.CLOSE_LABEL}

    @extend_schema(operation_id="label_closing_statement", responses=ClosingStatement)
    def get(self, request: Request, project: int, label: int) -> Response:
        """How many of the label's cells would become absent, and how many positives that is expected to miss."""
        return self._state(label)

    @extend_schema(operation_id="close_label", request=ClosingRequest, responses=Closed)
    def post(self, request: Request, project: int, label: int) -> Response:
        """Mark the rest of the label absent in one act, exactly as all labels are closed."""
        return self._close(request.data, label)


urlpatterns = [
    path("projects/<id:project>/labelview/close/", CloseAllView.as_view(), name="close-all"),
    path("projects/<id:project>/labelview/<id:label>/close/", CloseLabelView.as_view(), name="close-label"),
]
