"""The label view: a page of tiles of one label."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.base import ProjectView
from annotator.api.shapes import Estimate
from annotator.limits import ACT_CELLS
from annotator.policy import Action
from annotator.queries.labelpage import label_page, label_to_open

ORDERS = ("score", "uncertainty", "random")


class LabelPageQuery(serializers.Serializer):
    """Which tiles."""

    order = serializers.ChoiceField(ORDERS, default="score")
    limit = serializers.IntegerField(default=60, min_value=1, max_value=ACT_CELLS)
    exclude_marked = serializers.BooleanField(default=True)


class Tile(serializers.Serializer):
    """One picture and the state of its cell."""

    image = serializers.IntegerField()
    thumbnail = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    score = serializers.FloatField(allow_null=True)
    value = serializers.IntegerField(min_value=-1, max_value=1)
    version = serializers.IntegerField()


class ClosingProposal(serializers.Serializer):
    """Whether to close the label; `risk` is the share of its positives that this is expected to miss."""

    close = serializers.BooleanField()
    risk = serializers.FloatField()
    text = serializers.CharField()
    cells = serializers.IntegerField(help_text="Unknown cells that would become absent.")


class LabelPage(serializers.Serializer):
    """Tiles by falling score; those before `cut` are suggested present. `suggested`: tiles that a page should have."""

    label = serializers.IntegerField()  # type: ignore[assignment]
    version = serializers.IntegerField(allow_null=True)
    revision = serializers.IntegerField()
    tiles = Tile(many=True)
    suggested = serializers.IntegerField()
    cut = serializers.IntegerField()
    absent_suggested = serializers.BooleanField(
        help_text="Whether those from `cut` on are suggested absent. Not while only the label's name is known."
    )
    found = serializers.IntegerField()
    expected_left = Estimate(allow_null=True, help_text="Null while only the label's name is known.")
    proposal = ClosingProposal(allow_null=True)
    remaining_unknown = serializers.IntegerField()


class LabelView(ProjectView):
    """A page of one label."""

    rules = {"GET": Action.LABEL_VIEW}
    serializer_class = LabelPage

    @extend_schema(operation_id="label_page", parameters=[LabelPageQuery], responses=LabelPage)
    def get(self, request: Request, project: int, label: int) -> Response:
        """The next tiles, the cut line, and how the label stands."""
        asked = LabelPageQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        page = label_page(self.project, self.user.pk, label, wanted["order"], wanted["limit"], wanted["exclude_marked"])
        return Response(page)


class LabelToOpenQuery(serializers.Serializer):
    """Which label not to name: the one that is open."""

    other_than = serializers.IntegerField(required=False, min_value=1)


class LabelToOpen(serializers.Serializer):
    """The label whose next page brings the most for each action, null when all is decided; and that page's size."""

    label = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    size = serializers.IntegerField()


class NextLabelView(ProjectView):
    """Which label to open next."""

    rules = {"GET": Action.LABEL_VIEW}
    serializer_class = LabelToOpen

    @extend_schema(operation_id="label_to_open", parameters=[LabelToOpenQuery], responses=LabelToOpen)
    def get(self, request: Request, project: int) -> Response:
        """The label to open next."""
        asked = LabelToOpenQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(label_to_open(self.project, self.user.pk, asked.validated_data.get("other_than")))


urlpatterns = [
    path("projects/<id:project>/labelview/next/", NextLabelView.as_view(), name="label-to-open"),
    path("projects/<id:project>/labelview/<id:label>/", LabelView.as_view(), name="label-page"),
]
