"""What a training made: weights and scores on disk, and how good they were measured to be."""

from django.db import models
from django.db.models import Q


class ModelVersion(models.Model):
    """`scores_file` names the live label-major float16 matrix: rows `score_labels`, columns image rows 0..n-1.

    New images and labels publish a new file and move this row to it in one UPDATE: readers see the old
    matrix or the new one, never half of either.
    """

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    method = models.CharField(max_length=60)
    run = models.OneToOneField("annotator.TrainingRun", null=True, on_delete=models.SET_NULL, related_name="version")
    directory = models.CharField(max_length=200)
    card = models.JSONField(default=dict, help_text="The result.json of the trainer: quality, calibration, per label.")
    scores_file = models.CharField(max_length=200, blank=True)
    score_labels = models.JSONField(default=list)
    score_images = models.PositiveIntegerField(default=0)
    scores_revision = models.PositiveIntegerField(default=0)
    note = models.TextField(blank=True, help_text="Why it went live or did not.")
    created_at = models.DateTimeField(auto_now_add=True)
    promoted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = "model version", "model versions"
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="model_version_number_once")]

    def __str__(self) -> str:
        return f"model {self.number}"


class AuditQuestion(models.Model):
    """A cell drawn at random and asked blind; `probability` is the chance it had of being drawn."""

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="audit_questions")
    image = models.ForeignKey("annotator.Image", on_delete=models.CASCADE, related_name="audit_questions")
    label = models.ForeignKey("annotator.Label", on_delete=models.CASCADE, related_name="audit_questions")
    probability = models.FloatField()
    stratum = models.PositiveSmallIntegerField(default=0)
    draw = models.PositiveBigIntegerField(default=0, help_text="Number shared by the questions drawn at once.")
    score = models.FloatField(null=True, help_text="The live suggestion when the question was drawn.")
    version = models.ForeignKey(ModelVersion, null=True, on_delete=models.SET_NULL)
    asked_of = models.ForeignKey("annotator.User", null=True, on_delete=models.SET_NULL, related_name="audit_questions")
    asked_at = models.DateTimeField(auto_now_add=True)
    answer = models.SmallIntegerField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name, verbose_name_plural = "blind question", "blind questions"
        constraints = [
            models.UniqueConstraint(fields=["image", "label"], name="audit_cell_once"),
            models.CheckConstraint(
                condition=Q(probability__gt=0, probability__lte=1), name="audit_probability_in_range"
            ),
            models.CheckConstraint(
                condition=Q(answer__isnull=True) | Q(answer__in=[-1, 0, 1]), name="audit_answer_tri_state"
            ),
        ]

    def __str__(self) -> str:
        return f"audit of {self.label} on {self.image}"
