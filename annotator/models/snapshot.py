"""An immutable, checksummed export."""

from django.db import models


class Snapshot(models.Model):
    """`matrix_sha256` is of the tri-state matrix; `manifest` lists every file with its SHA-256."""

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="snapshots")
    number = models.PositiveIntegerField()
    job = models.OneToOneField("annotator.Job", on_delete=models.SET_NULL, null=True, related_name="snapshot")
    formats = models.JSONField(default=list)
    query = models.JSONField(default=dict)
    manifest = models.JSONField(default=dict)
    matrix_sha256 = models.CharField(max_length=64, blank=True)
    directory = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey("annotator.User", null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="snapshot_number_once")]

    def __str__(self) -> str:
        return f"snapshot {self.number}"
