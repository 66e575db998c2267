"""Whether this Tern shows the demo."""

from annotator.models import Project

DEMO_NAME = "Demo"


def has_demo() -> bool:
    """Whether the demo project is there; the sign-in page then tells how to enter."""
    return Project.objects.filter(name=DEMO_NAME, deleted_at=None).exists()
