"""Imports: what was given, what it was understood as, what was agreed to, and what came of it."""

from typing import Any

from django.db import models

from annotator.models.job import Job


class Import(models.Model):
    """One import, from the first look to its taking back. `job` does, or did, the present `step`.

    `plan` is what a person reads before anything is written, and `plan_hash` all of it that matters. `operation` is
    that of its marks.
    """

    class Step(models.TextChoices):
        PLAN = "plan", "Plan"
        RUN = "run", "Run"
        UNDO = "undo", "Take back"

    project = models.ForeignKey("annotator.Project", on_delete=models.CASCADE, related_name="imports")
    created_by = models.ForeignKey("annotator.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    step = models.CharField(max_length=4, choices=Step, default=Step.PLAN)
    job = models.ForeignKey(Job, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    files = models.JSONField(default=dict, help_text="Where its pictures and its table lie, and what they are called.")
    answers = models.JSONField(default=dict)
    plan = models.JSONField(null=True)
    plan_hash = models.CharField(max_length=64, blank=True)
    result = models.JSONField(default=dict)
    undone = models.JSONField(default=dict, help_text="What taking it back did, and what it could not take back.")
    operation = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(step__in=["plan", "run", "undo"]), name="import_step_known")
        ]
        indexes = [models.Index(fields=["project", "-created_at"])]

    def __str__(self) -> str:
        return f"Import {self.pk}"

    @property
    def state(self) -> str:
        """planning, asks, ready, running, done, stopped, undoing, undone or failed."""
        job = self.job
        if job is None:
            return "failed"
        if job.state in Job.ACTIVE:
            return {"plan": "planning", "run": "running", "undo": "undoing"}[self.step]
        if job.state != Job.State.DONE:
            return "failed" if self.step == self.Step.PLAN else "stopped"
        if self.step == self.Step.PLAN:
            return "asks" if self.open_questions else "ready"
        return {"run": "done", "undo": "undone"}[self.step]

    @property
    def open_questions(self) -> list[str]:
        """Ids of the questions without whose answers nothing is written."""
        plan: dict[str, Any] = self.plan or {}
        return [one["id"] for one in plan.get("questions", ()) if one["answer"] is None]


class ImportedImage(models.Model):
    """A picture that an import named, and what it called it; `brought`: it was not in the project before."""

    origin = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="pictures")
    image = models.ForeignKey("annotator.Image", on_delete=models.CASCADE, related_name="origins")
    name = models.CharField(max_length=255)
    brought = models.BooleanField()

    class Meta:
        verbose_name, verbose_name_plural = "imported picture", "imported pictures"

    def __str__(self) -> str:
        return self.name
