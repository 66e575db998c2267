"""Whether this Tern shows the demo, and whether it still wants one."""

from django.db.models import QuerySet

from annotator.models import Project

DEMO_NAME = "Demo"
DESCRIPTION = "Small scenes drawn for trying things out. A tenth of the labels is known; the rest is yours."


def has_demo() -> bool:
    """Whether the demo project is there; the sign-in page then tells how to enter."""
    return demo_project() is not None


def demo_project() -> int | None:
    """Which project is the demo; the coach offers itself there and nowhere else."""
    return Project.objects.filter(name=DEMO_NAME, deleted_at=None).values_list("pk", flat=True).first()


def unfinished_demo() -> QuerySet[Project]:
    """What a load that was killed has left: the project, no picture yet."""
    return Project.objects.filter(name=DEMO_NAME, description=DESCRIPTION, images=None)


def wants_demo() -> bool:
    """Whether nothing is here yet, or only what a killed load of the demo has left."""
    return not Project.objects.exclude(pk__in=unfinished_demo()).exists()
