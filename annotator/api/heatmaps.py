"""Heat maps of suggestions."""

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from annotator.api.base import ProjectView
from annotator.policy import Action
from annotator.queries.heatmaps import heatmap
from annotator.queries.images import get_image

A_YEAR = 365 * 24 * 3600


class HeatmapQuery(serializers.Serializer):
    """Of which version; the live one when left out."""

    version = serializers.IntegerField(required=False, min_value=1, max_value=10**9)


class Heatmap(ProjectView):
    """Where a label is seen in an image."""

    rules = {"GET": Action.VIEW}
    serializer_class = HeatmapQuery

    @extend_schema(
        operation_id="heatmap", parameters=[HeatmapQuery], responses={(200, "image/png"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, project: int, image: int, label: int) -> HttpResponse:
        """A PNG with alpha to lay over the picture; kept for ever when the version is named."""
        asked = HeatmapQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        number = asked.validated_data.get("version")
        png, _ = heatmap(self.project, get_image(self.project, image), label, number)
        answer = HttpResponse(png, content_type="image/png")
        lasting = number is not None
        answer["Cache-Control"] = f"private, max-age={A_YEAR}, immutable" if lasting else "private, no-cache"
        return answer


urlpatterns = [
    path("projects/<id:project>/images/<id:image>/heatmap/<id:label>.png", Heatmap.as_view(), name="heatmap"),
]
