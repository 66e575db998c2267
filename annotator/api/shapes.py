"""Shapes that several modules of the API answer with. They describe and check; hot answers are built as plain dicts."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator import models


class Person(serializers.Serializer):
    """A person, as everybody in a project may see them."""

    id = serializers.IntegerField()
    username = serializers.CharField()
    display_name = serializers.SerializerMethodField()
    is_staff = serializers.BooleanField()

    def get_display_name(self, user: object) -> str:
        """What others see: the display name, or the user name."""
        return str(user)


class Estimate(serializers.Serializer):
    """A number with its 90 % interval."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class VersionBrief(serializers.Serializer):
    """A model version in one line."""

    number = serializers.IntegerField()
    method = serializers.CharField()
    map = serializers.FloatField(allow_null=True)
    map_low = serializers.FloatField(allow_null=True)
    map_high = serializers.FloatField(allow_null=True)
    created_at = serializers.DateTimeField()
    scored_images = serializers.IntegerField()


class Concept(serializers.Serializer):
    """Something a label's name is read as, and with what weight."""

    name = serializers.CharField()
    weight = serializers.FloatField()


class ImageBrief(serializers.Serializer):
    """An image in a list; score, value and version are those of the label asked for, null without one."""

    id = serializers.IntegerField()
    row = serializers.IntegerField()
    file_name = serializers.CharField()
    sha256 = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    thumbnail = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    value = serializers.IntegerField(allow_null=True, min_value=-1, max_value=1)
    version = serializers.IntegerField(allow_null=True)


class Cell(serializers.Serializer):
    """One label of one image. `version` counts its changes, 0 = never marked; `score` is the live suggestion."""

    label = serializers.IntegerField()  # type: ignore[assignment]
    value = serializers.IntegerField(min_value=-1, max_value=1)
    version = serializers.IntegerField()
    by = serializers.IntegerField(allow_null=True)
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    at = serializers.DateTimeField(allow_null=True)
    cant_tell = serializers.BooleanField(help_text="Whether you said that you cannot tell.")
    score = serializers.FloatField(allow_null=True)


class LeaseShape(serializers.Serializer):
    """Who has the image open, and until when."""

    annotator = serializers.IntegerField()
    expires_at = serializers.DateTimeField()

    class Meta:
        ref_name = "Lease"


class ImageDetail(serializers.Serializer):
    """An image with one cell for every living label, in column order."""

    id = serializers.IntegerField()
    row = serializers.IntegerField()
    file_name = serializers.CharField()
    sha256 = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    original = serializers.CharField()
    preview = serializers.CharField()
    thumbnail = serializers.CharField()
    group_key = serializers.CharField()
    metadata = serializers.DictField()
    flagged = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    lease = LeaseShape(allow_null=True)
    checked = serializers.BooleanField(help_text="Whether you looked it through to the end.")
    model_version = serializers.IntegerField(allow_null=True)
    cells = Cell(many=True)


class JobProgress(serializers.Serializer):
    """How far a job is."""

    stage = serializers.CharField(required=False)
    percent = serializers.FloatField(required=False)
    seconds_left = serializers.FloatField(required=False, allow_null=True)
    message = serializers.CharField(required=False)


class Training(serializers.Serializer):
    """What a training was asked to do."""

    level = serializers.CharField()
    trigger = serializers.CharField()
    why = serializers.CharField(source="get_trigger_display", help_text="The trigger in words.")
    known = serializers.IntegerField(help_text="Marks that there were.")


class Job(serializers.Serializer):
    """One piece of background work."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    state = serializers.CharField()
    progress = JobProgress()
    error = serializers.CharField(allow_blank=True)
    result = serializers.DictField()
    attempt = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    training = serializers.SerializerMethodField()

    @extend_schema_field(Training(allow_null=True))
    def get_training(self, job: models.Job) -> dict[str, Any] | None:
        """What was asked, for trainings only."""
        training = getattr(job, "training", None)
        return Training(training).data if training else None
