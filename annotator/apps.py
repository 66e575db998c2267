"""The app's registration: system checks and the handlers of jobs are loaded with it."""

from django.apps import AppConfig


class AnnotatorConfig(AppConfig):
    """Tern's one Django app."""

    name = "annotator"
    verbose_name = "Tern"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, and what does each kind of job."""
        from annotator import checks
        from annotator.worker import handlers

        assert checks
        assert handlers
