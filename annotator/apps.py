"""The app's registration: system checks are loaded with it."""

from django.apps import AppConfig


class AnnotatorConfig(AppConfig):
    """Tern's one Django app."""

    name = "annotator"
    verbose_name = "Tern"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks."""
        from annotator import checks

        assert checks
