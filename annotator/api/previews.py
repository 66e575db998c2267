"""Try a label's name: what Tern reads it as, and its best pictures."""

import time
from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions.training import request_preview
from annotator.api.base import ProjectView
from annotator.api.shapes import Concept
from annotator.api.text import Line
from annotator.errors import Invalid
from annotator.limits import NAME, SYNONYMS
from annotator.models import Image, Job
from annotator.policy import Action
from annotator.queries.images import brief

# Long enough for a warm trainer; the page polls the job when it takes longer.
WAIT_SECONDS = 2.5
LOOK_SECONDS = 0.05


class PreviewRequest(serializers.Serializer):
    """A name with its synonyms."""

    name = Line(max_length=NAME)
    synonyms = serializers.ListField(child=Line(max_length=NAME), max_length=SYNONYMS, default=list)


class PreviewImage(serializers.Serializer):
    """A picture that the name fits."""

    id = serializers.IntegerField()
    row = serializers.IntegerField()
    file_name = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    thumbnail = serializers.CharField()
    score = serializers.FloatField()


class LabelPreview(serializers.Serializer):
    """What the name is read as, strongest first, and the best pictures."""

    concepts = Concept(many=True)
    best = PreviewImage(many=True)


class PreviewPending(serializers.Serializer):
    """The job to watch; its result holds concepts and best."""

    job = serializers.IntegerField()


class Preview(ProjectView):
    """A label's name, tried out."""

    rules = {"POST": Action.EDIT_LABELS}
    serializer_class = PreviewRequest

    @extend_schema(
        operation_id="preview_label", request=PreviewRequest, responses={200: LabelPreview, 202: PreviewPending}
    )
    def post(self, request: Request, project: int) -> Response:
        """The answer when it comes quickly, else 202 and the job to watch."""
        asked = PreviewRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        job = request_preview(self.project, **asked.validated_data, user=self.user)
        end = time.monotonic() + WAIT_SECONDS
        while job.state in Job.ACTIVE and time.monotonic() < end:
            time.sleep(LOOK_SECONDS)
            job.refresh_from_db()
        if job.state in Job.ACTIVE:
            return Response({"job": job.pk}, status=status.HTTP_202_ACCEPTED)
        if job.state != Job.State.DONE:
            raise Invalid(f"The name could not be read. {job.error}")
        return Response(shown(self.project.pk, job.result))


def shown(project_id: int, result: dict[str, Any]) -> dict[str, Any]:
    """The job's result with what the page needs of each picture."""
    scores = {tile["image"]: tile["score"] for tile in result["best"]}
    images = Image.objects.in_bulk(list(scores))
    return {
        "concepts": [{"name": name, "weight": weight} for name, weight in result["concepts"]],
        "best": [brief(project_id, images[pk]) | {"score": scores[pk]} for pk in scores if pk in images],
    }


urlpatterns = [path("projects/<id:project>/labels/preview/", Preview.as_view(), name="label-preview")]
