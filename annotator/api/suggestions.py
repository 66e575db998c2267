"""Suggestions, by label and by image, for refreshing a page in place."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.base import ProjectView
from annotator.limits import IMAGES_AT_ONCE, LARGEST_ID
from annotator.policy import Action
from annotator.queries.suggestions import image_scores, label_scores

MAX_LABEL_SCORES = 1_000_000


class SuggestionsQuery(serializers.Serializer):
    """Which label, and how many of its best images."""

    label = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)  # type: ignore[assignment]
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MAX_LABEL_SCORES)


class LabelScores(serializers.Serializer):
    """One label's suggestions, best first; `images` and `scores` run in parallel."""

    version = serializers.IntegerField(allow_null=True)
    revision = serializers.IntegerField()
    label = serializers.IntegerField()  # type: ignore[assignment]
    images = serializers.ListField(child=serializers.IntegerField())
    scores = serializers.ListField(child=serializers.FloatField(allow_null=True))


class ScoresQuery(serializers.Serializer):
    """Which images."""

    images = serializers.RegexField(
        rf"^[0-9]{{1,18}}(,[0-9]{{1,18}}){{0,{IMAGES_AT_ONCE - 1}}}\Z",
        help_text=f"Ids: 4,8,15; at most {IMAGES_AT_ONCE}.",
    )


class ImageScores(serializers.Serializer):
    """The suggestions of one image: label id -> probability."""

    id = serializers.IntegerField()
    scores = serializers.DictField(child=serializers.FloatField())


class ScoresAnswer(serializers.Serializer):
    """Suggestions of some images as of one revision."""

    version = serializers.IntegerField(allow_null=True)
    revision = serializers.IntegerField()
    images = ImageScores(many=True)


class Suggestions(ProjectView):
    """Suggestions of one label."""

    rules = {"GET": Action.VIEW}
    serializer_class = LabelScores
    pagination_class = None

    @extend_schema(operation_id="label_scores", parameters=[SuggestionsQuery], responses=LabelScores)
    def get(self, request: Request, project: int) -> Response:
        """All images with this label's score, best first."""
        asked = SuggestionsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        return Response(label_scores(self.project, wanted["label"], wanted.get("limit")))


class ScoresView(ProjectView):
    """Suggestions of some images."""

    rules = {"GET": Action.VIEW}
    serializer_class = ScoresAnswer
    pagination_class = None

    @extend_schema(operation_id="scores", parameters=[ScoresQuery], responses=ScoresAnswer)
    def get(self, request: Request, project: int) -> Response:
        """Their scores for all labels, to refresh what is on screen."""
        asked = ScoresQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        ids = [int(part) for part in asked.validated_data["images"].split(",")]
        return Response(image_scores(self.project, ids))


urlpatterns = [
    path("projects/<id:project>/suggestions/", Suggestions.as_view(), name="suggestions"),
    path("projects/<id:project>/scores/", ScoresView.as_view(), name="scores"),
]
