"""Background work. The row is the job: engines only carry wake-ups."""

from django.db import models
from django.db.models import Q


class Job(models.Model):
    """One piece of background work with lease, fencing token, attempts, cancel flag and progress."""

    class Kind(models.TextChoices):
        TRAIN = "train", "Training"
        SCORE = "score", "Suggestions"
        PREVIEW = "preview", "Trying a name"
        IMPORT = "import", "Import"
        EXPORT = "export", "Export"
        CLOSE = "close", "Closing all labels"

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    ACTIVE = (State.QUEUED, State.RUNNING)
    MAX_ATTEMPTS = 3

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    payload = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    progress = models.JSONField(default=dict, help_text="stage, percent, seconds_left, message")
    error = models.TextField(blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    token = models.UUIDField(null=True, help_text="Fencing token of the holder of the lease.")
    leased_until = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    created_by = models.ForeignKey("annotator.User", null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind"],
                condition=Q(kind__in=["train", "score"], state__in=["queued", "running"]),
                name="job_one_active_training",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "done", "failed", "cancelled"]), name="job_state_known"
            ),
        ]
        indexes = [models.Index(fields=["state", "leased_until"]), models.Index(fields=["project", "-created_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} ({self.state})"


class TrainingRun(models.Model):
    """What a training job was asked to do and what came of it."""

    class Level(models.TextChoices):
        QUICK = "quick", "Quick"
        FULL = "full", "Full"
        DEEP = "deep", "Deep"

    class Trigger(models.TextChoices):
        MARKS = "marks", "after new marks"
        TIME = "time", "after some minutes"
        IDLE = "idle", "while nobody marked"
        BACKBONE = "backbone", "after a change of the backbone"
        LEAD = "lead", "asked for"
        API = "api", "asked for"
        COMMAND = "command", "from the console"

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="training")
    level = models.CharField(max_length=10, choices=Level, default=Level.QUICK)
    trigger = models.CharField(max_length=20, choices=Trigger, default=Trigger.LEAD)
    known = models.PositiveIntegerField(default=0)
    last_event_seq = models.BigIntegerField(default=0, help_text="Marks up to this event were seen.")
    directory = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "training run", "training runs"

    def __str__(self) -> str:
        return f"{self.level} training, job {self.job_id}"
