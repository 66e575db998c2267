"""Backbones that a project may have, and what changing to one costs."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.base import ProjectView
from annotator.api.numbers import Whole
from annotator.api.text import Line
from annotator.limits import IMAGE_SIZE, NAME
from annotator.policy import Action
from annotator.trainer.backbones import KNOWN, missing, try_backbone


class Backbone(serializers.Serializer):
    """A backbone known to fit; `missing` says what has to be installed first, empty when nothing."""

    name = serializers.CharField()
    title = serializers.CharField()
    note = serializers.CharField()
    missing = serializers.CharField(allow_blank=True)


class BackboneQuestion(serializers.Serializer):
    """What to try."""

    backbone = Line(max_length=NAME)
    image_size = Whole(IMAGE_SIZE)


class BackboneTrial(serializers.Serializer):
    """What trying it told. Changing computes the features of all pictures again: `seconds` and `bytes` in all."""

    wrong = serializers.CharField(allow_blank=True, help_text="Why it cannot be used; empty when it can.")
    pictures = serializers.IntegerField()
    seconds = serializers.FloatField(help_text="About, on this machine.")
    bytes = serializers.IntegerField()


class Backbones(ProjectView):
    """Which backbones there are."""

    rules = {"GET": Action.EDIT_PROJECT, "POST": Action.EDIT_PROJECT}
    serializer_class = Backbone
    pagination_class = None

    @extend_schema(operation_id="backbones", responses=Backbone(many=True))
    def get(self, request: Request, project: int) -> Response:
        """Those known to fit, and whether they are ready here. Others can be tried by name."""
        return Response([Backbone({**vars(known), "missing": missing(known)}).data for known in KNOWN])

    @extend_schema(operation_id="try_backbone", request=BackboneQuestion, responses=BackboneTrial)
    def post(self, request: Request, project: int) -> Response:
        """Load it and look at some random pictures; takes seconds. Nothing is changed."""
        asked = BackboneQuestion(data=request.data)
        asked.is_valid(raise_exception=True)
        trial = try_backbone(asked.validated_data["backbone"], asked.validated_data["image_size"])
        pictures = self.project.images.filter(deleted_at=None).count()
        cost = {"pictures": pictures, "seconds": trial.seconds * pictures, "bytes": trial.bytes * pictures}
        return Response(BackboneTrial({"wrong": trial.wrong, **cost}).data)


urlpatterns = [path("projects/<id:project>/backbones/", Backbones.as_view(), name="backbones")]
