"""Images, identified by the SHA-256 of their bytes, and the leases that keep two people apart."""

from django.db import models

from annotator.limits import FILE_NAME, NAME, REASON


class Image(models.Model):
    """`row` is the image's place in every matrix of the project; `group_key` keeps look-alikes together."""

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="images")
    row = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    group_key = models.CharField(max_length=NAME)
    file_name = models.CharField(max_length=FILE_NAME)
    file = models.CharField(max_length=120, help_text="Name of the original in the file storage.")
    thumbnail = models.CharField(max_length=120)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size_bytes = models.PositiveBigIntegerField()
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    flagged = models.CharField(
        max_length=REASON, blank=True, help_text="Why it cannot be used; leaves queue and training."
    )
    flagged_by = models.ForeignKey("annotator.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    flagged_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey("annotator.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["row"]
        constraints = [
            models.UniqueConstraint(fields=["project", "row"], name="image_row_once"),
            models.UniqueConstraint(fields=["project", "content_hash"], name="image_content_once"),
            models.CheckConstraint(condition=models.Q(width__gt=0, height__gt=0), name="image_has_a_size"),
        ]
        indexes = [models.Index(fields=["project", "group_key"])]

    def __str__(self) -> str:
        return self.file_name


class Lease(models.Model):
    """One annotator has this image open until `expires_at`; nobody else is given it meanwhile."""

    image = models.OneToOneField(Image, on_delete=models.CASCADE, related_name="lease")
    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="leases")
    annotator = models.ForeignKey("annotator.User", on_delete=models.CASCADE, related_name="leases")
    expires_at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = "open image", "open images"
        indexes = [models.Index(fields=["project", "expires_at"])]

    def __str__(self) -> str:
        return f"{self.image} for {self.annotator}"
