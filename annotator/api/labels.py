"""The vocabulary of a project."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions import labels as actions
from annotator.actions.label_lists import add_labels, look_at
from annotator.api.base import ProjectView
from annotator.api.shapes import Concept
from annotator.api.text import Line, Lines
from annotator.limits import NAME, RULE, SYNONYMS
from annotator.models import Label, Project
from annotator.policy import Action
from annotator.queries.labels import labels_json


class LabelShape(serializers.ModelSerializer):
    """A label, what is known of it, and what its name is read as."""

    name = Line(max_length=NAME)
    synonyms = serializers.ListField(child=Line(max_length=NAME), max_length=SYNONYMS, required=False)
    group = Line(required=False, allow_blank=True, max_length=NAME)
    key = Line(required=False, allow_blank=True, max_length=1, help_text="A letter that marks this label.")
    colour = serializers.RegexField(r"^#[0-9a-fA-F]{6}\Z", required=False)
    rule = Lines(required=False, allow_blank=True, max_length=RULE)
    stage = serializers.CharField(read_only=True, help_text="name, learning or trained")
    known = serializers.IntegerField(read_only=True)
    positives = serializers.IntegerField(read_only=True)
    accept_present = serializers.FloatField(read_only=True, allow_null=True)
    accept_absent = serializers.FloatField(read_only=True, allow_null=True)
    accept_needs = serializers.IntegerField(
        read_only=True, help_text="With fewer pictures marked present, no suggestion is offered for acceptance."
    )
    concepts = Concept(many=True, read_only=True)
    days_left = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="While it is deleted: for so long it can be brought back."
    )

    class Meta:
        model = Label
        ref_name = "Label"
        validators: tuple[Any, ...] = ()  # Uniqueness is decided in the action, under the project's lock.
        fields = (
            "id", "column", "name", "synonyms", "group", "key", "colour", "rule", "rule_version", "stage", "known",
            "positives", "accept_present", "accept_absent", "accept_needs", "concepts", "deleted_at", "days_left",
        )  # fmt: skip
        read_only_fields = ("column", "rule_version", "deleted_at")

    def validate_key(self, key: str) -> str:
        """Digits mark the visible rows."""
        if key and not key.isalpha():
            raise serializers.ValidationError("Choose a letter; digits and signs belong to the page.")
        return key


class LabelsQuery(serializers.Serializer):
    """Which labels to list."""

    deleted = serializers.BooleanField(default=False, help_text="Deleted ones instead.")


def shown(project: Project, label: Label) -> dict[str, Any]:
    """One label as the API shows it."""
    project.refresh_from_db(fields=["event_seq"])
    return labels_json(project, [label])[0]


class LabelList(ProjectView):
    """All labels."""

    rules = {"GET": Action.VIEW, "POST": Action.EDIT_LABELS}
    serializer_class = LabelShape
    pagination_class = None

    @extend_schema(operation_id="labels", parameters=[LabelsQuery], responses=LabelShape(many=True))
    def get(self, request: Request, project: int) -> Response:
        """All labels, by column."""
        asked = LabelsQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        deleted = asked.validated_data["deleted"]
        labels = Label.objects.filter(project=self.project, deleted_at__isnull=not deleted).order_by("column")
        return Response(labels_json(self.project, list(labels)))

    @extend_schema(operation_id="make_label", responses={201: LabelShape})
    def post(self, request: Request, project: int) -> Response:
        """Add a label; it starts unknown on every image."""
        asked = LabelShape(data=request.data)
        asked.is_valid(raise_exception=True)
        label = actions.create_label(self.project.pk, self.user, **asked.validated_data)
        return Response(shown(self.project, label), status=status.HTTP_201_CREATED)


class LabelNames(serializers.Serializer):
    """Names of labels to make; with `dry_run` they are only looked at."""

    names = serializers.ListField(child=serializers.CharField(max_length=500), min_length=1, max_length=1_000)
    dry_run = serializers.BooleanField(default=False)


class LabelName(serializers.Serializer):
    """One name: why it cannot be used ('' = it can), and labels that it resembles."""

    name = serializers.CharField(allow_blank=True)
    problem = serializers.CharField(allow_blank=True)
    like = serializers.ListField(child=serializers.CharField())


class LabelsMade(serializers.Serializer):
    """What became of a list of names: each as it was looked at, and the ids of the labels that were made."""

    names = LabelName(many=True)
    made = serializers.ListField(child=serializers.IntegerField())


class LabelMany(ProjectView):
    """Many labels at once."""

    rules = {"POST": Action.EDIT_LABELS}
    serializer_class = LabelNames
    pagination_class = None

    @extend_schema(operation_id="make_labels", request=LabelNames, responses=LabelsMade)
    def post(self, request: Request, project: int) -> Response:
        """Make a label of each name: all of them, or none when one cannot be made."""
        asked = LabelNames(data=request.data)
        asked.is_valid(raise_exception=True)
        names = asked.validated_data["names"]
        looked = look_at(self.project.pk, names)
        made = [] if asked.validated_data["dry_run"] else add_labels(self.project, self.user, names)
        return Response(LabelsMade({"names": looked, "made": made}).data)


class LabelDetail(ProjectView):
    """One label."""

    rules = {"GET": Action.VIEW, "PATCH": Action.EDIT_LABELS, "DELETE": Action.EDIT_LABELS}
    serializer_class = LabelShape

    @extend_schema(operation_id="label", responses=LabelShape)
    def get(self, request: Request, project: int, label: int) -> Response:
        """The label and what is known of it."""
        return Response(labels_json(self.project, [actions.get_label(self.project, label)])[0])

    @extend_schema(operation_id="change_label", responses=LabelShape)
    def patch(self, request: Request, project: int, label: int) -> Response:
        """Rename, rule, key, colour; marks stay and remember the rule they were made under."""
        found = actions.get_label(self.project, label)
        asked = LabelShape(found, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        return Response(shown(self.project, actions.change_label(found, self.user, **asked.validated_data)))

    @extend_schema(operation_id="delete_label", responses={204: None})
    def delete(self, request: Request, project: int, label: int) -> Response:
        """Delete it; its marks stay and it can be brought back for as many days as `days_left` then says."""
        actions.delete_label(actions.get_label(self.project, label))
        return Response(status=status.HTTP_204_NO_CONTENT)


class LabelRestore(ProjectView):
    """Bring a deleted label back."""

    rules = {"POST": Action.EDIT_LABELS}
    serializer_class = LabelShape

    @extend_schema(operation_id="restore_label", request=None, responses=LabelShape)
    def post(self, request: Request, project: int, label: int) -> Response:
        """With all its marks."""
        found = actions.restore_label(actions.get_label(self.project, label, deleted=True))
        return Response(shown(self.project, found))


urlpatterns = [
    path("projects/<id:project>/labels/many/", LabelMany.as_view(), name="many-labels"),
    path("projects/<id:project>/labels/", LabelList.as_view(), name="labels"),
    path("projects/<id:project>/labels/<id:label>/", LabelDetail.as_view(), name="label"),
    path("projects/<id:project>/labels/<id:label>/restore/", LabelRestore.as_view(), name="restore-label"),
]
