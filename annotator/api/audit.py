"""Blind audit questions and what they say of the model."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions.audit import answer, next_questions
from annotator.api.base import ProjectView
from annotator.api.shapes import Estimate
from annotator.models import AuditQuestion
from annotator.policy import Action
from annotator.queries.audit import quality
from annotator.queries.images import address

MAX_QUESTIONS = 20


class AuditQuery(serializers.Serializer):
    """How many, and whether only as many as the project's audit share calls for."""

    count = serializers.IntegerField(default=1, min_value=1, max_value=MAX_QUESTIONS)
    due = serializers.BooleanField(default=False)


class AuditImage(serializers.Serializer):
    """The picture of a question: no score and no marks, so that nobody is led."""

    id = serializers.IntegerField()
    file_name = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    thumbnail = serializers.CharField()
    preview = serializers.CharField()
    original = serializers.CharField()


class Question(serializers.Serializer):
    """Is this label present in this picture?"""

    id = serializers.IntegerField()
    image = AuditImage()
    label = serializers.IntegerField()  # type: ignore[assignment]


class AuditAnswer(serializers.Serializer):
    """1 present, -1 absent, 0 could not say."""

    answer = serializers.IntegerField(min_value=-1, max_value=1)


class ReliabilityBin(serializers.Serializer):
    """Of suggestions of about this probability, the share that was present, with its 90 % interval."""

    probability = serializers.FloatField()
    present = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    answers = serializers.IntegerField()


class Quality(serializers.Serializer):
    """The live model judged by blind answers; null where there are too few."""

    version = serializers.IntegerField(allow_null=True)
    asked = serializers.IntegerField()
    answered = serializers.IntegerField()
    due = serializers.IntegerField()
    map = Estimate(allow_null=True)
    ece = Estimate(allow_null=True)
    curve = ReliabilityBin(many=True)


def question_json(question: AuditQuestion) -> dict[str, Any]:
    """A question as it is asked."""
    image, project = question.image, question.project_id
    return {
        "id": question.pk,
        "image": {
            "id": image.pk,
            "file_name": image.file_name,
            "width": image.width,
            "height": image.height,
            "thumbnail": address(project, image.pk, "thumbnail"),
            "preview": address(project, image.pk, "preview"),
            "original": address(project, image.pk, "original"),
        },
        "label": question.label_id,
    }


class AuditQuality(ProjectView):
    """Quality of the suggestions."""

    rules = {"GET": Action.VIEW}
    serializer_class = Quality

    @extend_schema(operation_id="audit_quality", responses=Quality)
    def get(self, request: Request, project: int) -> Response:
        """Figures with intervals and the reliability curve."""
        return Response(quality(self.project))


class AuditNext(ProjectView):
    """The next questions."""

    rules = {"GET": Action.AUDIT}
    serializer_class = Question
    pagination_class = None

    @extend_schema(operation_id="audit_next", parameters=[AuditQuery], responses=Question(many=True))
    def get(self, request: Request, project: int) -> Response:
        """Questions for you, drawn at random; those you have not answered come first."""
        asked = AuditQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        questions = next_questions(self.project, self.user.pk, wanted["count"], wanted["due"])
        return Response([question_json(question) for question in questions])


class AuditAnswerView(ProjectView):
    """One question."""

    rules = {"POST": Action.AUDIT}
    serializer_class = AuditAnswer

    @extend_schema(operation_id="audit_answer", request=AuditAnswer, responses=AuditAnswer)
    def post(self, request: Request, project: int, question: int) -> Response:
        """Answer it, once."""
        asked = AuditAnswer(data=request.data)
        asked.is_valid(raise_exception=True)
        answered = answer(self.project, self.user.pk, question, asked.validated_data["answer"])
        return Response({"answer": answered.answer})


urlpatterns = [
    path("projects/<id:project>/audit/", AuditQuality.as_view(), name="audit-quality"),
    path("projects/<id:project>/audit/next/", AuditNext.as_view(), name="audit-next"),
    path("projects/<id:project>/audit/<id:question>/", AuditAnswerView.as_view(), name="audit-answer"),
]
