"""The news of a project, numbered without gaps, so that a browser can ask for what it missed."""

from django.db import models


class Event(models.Model):
    """`seq` is taken under the project's row lock; a global id would commit out of order and lose news."""

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="events")
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=24)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["project", "seq"]
        constraints = [models.UniqueConstraint(fields=["project", "seq"], name="event_seq_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.seq}"
