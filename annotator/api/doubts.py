"""Doubted marks, for review."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.base import ProjectView
from annotator.limits import LARGEST_ID
from annotator.models import Source
from annotator.policy import Action
from annotator.queries.doubts import doubts


class DoubtsQuery(serializers.Serializer):
    """Of which label; all when left out."""

    label = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)  # type: ignore[assignment]


class Neighbours(serializers.Serializer):
    """How many of the nearest known pictures agree with the mark."""

    agree = serializers.IntegerField()
    of = serializers.IntegerField()


class Doubt(serializers.Serializer):
    """A mark and whose it is, what a model that did not train on it says, and why it is doubted."""

    image = serializers.IntegerField()
    label = serializers.IntegerField()  # type: ignore[assignment]
    value = serializers.IntegerField(min_value=-1, max_value=1)
    probability = serializers.FloatField()
    neighbours = Neighbours()
    chance = serializers.FloatField(allow_null=True, help_text="How likely the mark is wrong; null in old versions.")
    reason = serializers.CharField()
    by = serializers.IntegerField()
    by_name = serializers.CharField()
    source = serializers.ChoiceField(Source.choices)  # type: ignore[assignment]
    at = serializers.DateTimeField()


class DoubtList(ProjectView):
    """Marks worth a second look."""

    rules = {"GET": Action.REVIEW}
    serializer_class = Doubt
    pagination_class = None

    @extend_schema(operation_id="doubts", parameters=[DoubtsQuery], responses=Doubt(many=True))
    def get(self, request: Request, project: int) -> Response:
        """The most doubtful marks first: all that are more likely wrong than right, and always the first ten."""
        asked = DoubtsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(doubts(self.project, asked.validated_data.get("label")))


urlpatterns = [path("projects/<id:project>/doubts/", DoubtList.as_view(), name="doubts")]
