"""Marks: what a person says of one label on one image. Unknown is the absence of a row."""

from django.db import models
from django.db.models import Q

from annotator.limits import NAME


class Source(models.TextChoices):
    """How a value came to be; training and evaluation choose which sources they believe."""

    HUMAN = "human", "Marked by a person"
    IMPORTED = "imported", "Imported"
    ACCEPTED = "accepted", "Suggestion accepted by a person"
    PAGE = "page", "One of a page of tiles"
    CLOSED = "closed", "The rest is absent"
    IMPLIED = "implied", "Implied by a relation"
    POLICY = "policy", "Accepted by a rule of the lead"
    AUDIT = "audit", "Random question answered blind"


class Mark(models.Model):
    """One annotator's current value for one cell.

    `resolved` names the one mark of the cell that speaks for the project: the latest human one.
    `version` counts the cell's changes, deletions included, so a stale client is noticed.
    """

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="marks")
    image = models.ForeignKey("annotator.Image", on_delete=models.CASCADE, related_name="marks")
    label = models.ForeignKey("annotator.Label", on_delete=models.CASCADE, related_name="marks")
    annotator = models.ForeignKey("annotator.User", on_delete=models.PROTECT, related_name="marks")
    value = models.SmallIntegerField()
    resolved = models.BooleanField(default=True)
    version = models.PositiveIntegerField()
    rule_version = models.PositiveIntegerField(default=1)
    source = models.CharField(max_length=10, choices=Source, default=Source.HUMAN)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "label", "annotator"], name="mark_once_per_annotator"),
            models.UniqueConstraint(fields=["image", "label"], condition=Q(resolved=True), name="mark_one_resolved"),
            models.CheckConstraint(condition=Q(value__in=[-1, 1]), name="mark_present_or_absent"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="mark_source_known"),
        ]
        indexes = [models.Index(fields=["project", "label", "value"]), models.Index(fields=["project", "updated_at"])]

    def __str__(self) -> str:
        return f"{self.label} on {self.image}: {self.value}"


class MarkEvent(models.Model):
    """Append-only history of a cell: the sum of its events is its current state."""

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="mark_events")
    image = models.ForeignKey("annotator.Image", on_delete=models.CASCADE, related_name="mark_events")
    label = models.ForeignKey("annotator.Label", on_delete=models.CASCADE, related_name="mark_events")
    annotator = models.ForeignKey("annotator.User", on_delete=models.PROTECT, related_name="mark_events")
    version = models.PositiveIntegerField()
    old = models.SmallIntegerField()
    new = models.SmallIntegerField()
    source = models.CharField(max_length=10, choices=Source)
    rule_version = models.PositiveIntegerField(default=1)
    operation = models.UUIDField(null=True, help_text="The client's operation; one closing or page shares one.")
    probability = models.FloatField(
        null=True,
        help_text="What the live version said of a cell before its first mark; null where that is no evidence.",
    )
    restores = models.PositiveIntegerField(
        null=True, help_text="For an undo: the version of the cell that it brought back, 0 = never marked."
    )
    at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = "change of a mark", "changes of marks"
        constraints = [
            models.UniqueConstraint(fields=["image", "label", "version"], name="mark_event_once_per_version"),
            models.CheckConstraint(condition=Q(old__in=[-1, 0, 1], new__in=[-1, 0, 1]), name="mark_event_tri_state"),
        ]
        indexes = [models.Index(fields=["operation"]), models.Index(fields=["project", "at"])]

    def __str__(self) -> str:
        return f"{self.label} on {self.image}: {self.old} -> {self.new}"

    @property
    def standing(self) -> int:
        """The version whose state the cell was in after this change: its own, or the one that it brought back."""
        return self.version if self.restores is None else self.restores


class CantTell(models.Model):
    """Receipt: this person looked and could not decide. It never trains and is not asked of them again."""

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="cant_tells")
    image = models.ForeignKey("annotator.Image", on_delete=models.CASCADE, related_name="cant_tells")
    label = models.ForeignKey("annotator.Label", on_delete=models.CASCADE, related_name="cant_tells")
    annotator = models.ForeignKey("annotator.User", on_delete=models.PROTECT, related_name="cant_tells")
    at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = "“can’t tell”", "“can’t tell” answers"
        constraints = [models.UniqueConstraint(fields=["image", "label", "annotator"], name="cant_tell_once")]

    def __str__(self) -> str:
        return f"{self.annotator} cannot tell {self.label} on {self.image}"


class Checked(models.Model):
    """Receipt: this person looked the image (or one label group of it) through to the end."""

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="checked")
    image = models.ForeignKey("annotator.Image", on_delete=models.CASCADE, related_name="checked")
    group = models.CharField(max_length=NAME, blank=True)
    annotator = models.ForeignKey("annotator.User", on_delete=models.PROTECT, related_name="checked")
    at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = "checked image", "checked images"
        constraints = [models.UniqueConstraint(fields=["image", "group", "annotator"], name="checked_once")]

    def __str__(self) -> str:
        return f"{self.image} checked by {self.annotator}"


class Skip(models.Model):
    """This person left the image undecided: it comes back to them after everything else."""

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="skips")
    image = models.ForeignKey("annotator.Image", on_delete=models.CASCADE, related_name="skips")
    annotator = models.ForeignKey("annotator.User", on_delete=models.CASCADE, related_name="skips")
    at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = "skipped image", "skipped images"
        constraints = [models.UniqueConstraint(fields=["image", "annotator"], name="skip_once")]
        indexes = [models.Index(fields=["project", "annotator", "at"])]

    def __str__(self) -> str:
        return f"{self.image} left for later by {self.annotator}"


class Operation(models.Model):
    """A client's operation and the answer it was given, so that a replay gets the identical answer.

    `receipts` lists the receipts it set or took back, [kind, image, label or null, group, on], and `answers` the blind
    answers, [question, before, after], both for undo; the cells it changed are the MarkEvents that name it. `job`
    writes them when they are too many for one transaction.
    """

    id = models.UUIDField(primary_key=True)
    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="operations")
    annotator = models.ForeignKey("annotator.User", on_delete=models.PROTECT, related_name="operations")
    kind = models.CharField(max_length=20)
    request = models.JSONField()
    answer = models.JSONField()
    receipts = models.JSONField(default=list)
    answers = models.JSONField(default=list)
    undone_by = models.UUIDField(null=True)
    job = models.ForeignKey("annotator.Job", null=True, on_delete=models.RESTRICT, related_name="+", db_index=False)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["project", "annotator", "at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
