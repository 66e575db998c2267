"""The vocabulary. A label's id never changes; its name, rule and synonyms are versioned."""

from django.db import models
from django.db.models.functions import Lower

from annotator.limits import NAME


class Label(models.Model):
    """`column` is the label's place in every matrix of the project; it is never used again once given."""

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="labels")
    column = models.PositiveIntegerField()
    name = models.CharField(max_length=NAME)
    synonyms = models.JSONField(default=list, blank=True)
    group = models.CharField(max_length=NAME, blank=True)
    key = models.CharField(max_length=1, blank=True, help_text="A letter that marks this label, pinned by a lead.")
    colour = models.CharField(max_length=7, default="#5b6770")
    rule = models.TextField(blank=True)
    rule_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["column"]
        constraints = [
            models.UniqueConstraint(fields=["project", "column"], name="label_column_once"),
            models.UniqueConstraint(
                "project", Lower("name"), condition=models.Q(deleted_at__isnull=True), name="label_name_once"
            ),
            models.UniqueConstraint(
                fields=["project", "key"],
                condition=models.Q(deleted_at__isnull=True) & ~models.Q(key=""),
                name="label_key_once",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="label_has_a_name"),
            models.CheckConstraint(condition=models.Q(colour__regex=r"^#[0-9a-fA-F]{6}$"), name="label_colour_is_hex"),
        ]

    def __str__(self) -> str:
        return self.name


class LabelRevision(models.Model):
    """What a label was called and ruled at one rule version, and who changed it."""

    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="revisions")
    rule_version = models.PositiveIntegerField()
    name = models.CharField(max_length=NAME)
    synonyms = models.JSONField(default=list)
    rule = models.TextField(blank=True)
    changed_by = models.ForeignKey("annotator.User", null=True, on_delete=models.SET_NULL)
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = "revision of a label", "revisions of labels"
        constraints = [models.UniqueConstraint(fields=["label", "rule_version"], name="label_revision_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.rule_version}"
