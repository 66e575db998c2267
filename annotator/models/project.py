"""A project: a vocabulary, its images, its people, and the rules they work by."""

from django.db import models

from annotator import limits


class QueueMode(models.TextChoices):
    """Which image comes next."""

    INFORMATIVE = "informative", "Most informative first"
    LIKELY_POSITIVES = "likely_positives", "Likely positives first"
    RANDOM = "random", "Random"
    IN_ORDER = "in_order", "In order"


class Project(models.Model):
    """`event_seq`, `next_row` and `next_column` are counters that only move under this row's lock."""

    name = models.CharField(max_length=limits.NAME)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    allow_closing = models.BooleanField(default=True, help_text="Annotators may say 'the rest is absent'.")
    queue_mode = models.CharField(max_length=20, choices=QueueMode, default=QueueMode.INFORMATIVE)
    lease_seconds = models.PositiveIntegerField(default=600, validators=limits.LEASE_SECONDS.validators)
    wanted_precision = models.FloatField(
        default=0.95,
        validators=limits.WANTED_PRECISION.validators,
        help_text="Suggestions are offered for acceptance above the score that keeps this share right.",
    )
    audit_share = models.FloatField(
        default=0.02,
        validators=limits.AUDIT_SHARE.validators,
        help_text="Share of questions drawn at random and asked blind.",
    )
    retrain_after_marks = models.PositiveIntegerField(default=20, validators=limits.RETRAIN_AFTER_MARKS.validators)
    retrain_after_minutes = models.PositiveIntegerField(default=10, validators=limits.RETRAIN_AFTER_MINUTES.validators)
    auto_retrain = models.BooleanField(default=True)

    backbone = models.CharField(max_length=limits.NAME, default="tf_efficientnet_lite0")
    image_size = models.PositiveIntegerField(default=320, validators=limits.IMAGE_SIZE.validators)

    live_version = models.ForeignKey(
        "annotator.ModelVersion", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    event_seq = models.BigIntegerField(default=0, editable=False)
    next_row = models.PositiveIntegerField(default=0, editable=False)
    next_column = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(wanted_precision__gte=0.5, wanted_precision__lt=1), name="project_precision_in_range"
            ),
            models.CheckConstraint(
                condition=models.Q(audit_share__gte=0, audit_share__lte=0.5), name="project_audit_share_in_range"
            ),
            models.CheckConstraint(
                condition=models.Q(queue_mode__in=QueueMode.values), name="project_queue_mode_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name
