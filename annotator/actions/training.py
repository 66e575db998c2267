"""Ask for background work of the model: trainings, scores for what is new, a try of a label's name."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from annotator.errors import Conflict, Invalid
from annotator.jobs.queue import active, cancel, enqueue
from annotator.models import Event, Job, Label, Mark, ModelVersion, Project, TrainingRun, User
from annotator.queries.matrix import BELIEVED
from model.storage.card import read_card

LEVELS = tuple(TrainingRun.Level.values)
# A full refit pays once the marks have grown by half since the last one, and nobody waits for a quick one.
FULL_GROWTH = 1.5
FULL_LEAST_KNOWN = 300
IDLE = timedelta(minutes=2)


def request_training(project: Project, level: str = "quick", trigger: str = "lead", user: User | None = None) -> Job:
    """Queue a training. Conflict, naming the job, when one is active; the database refuses a second in any race."""
    if level not in LEVELS:
        raise Invalid(f"There is no level {level!r}.", {"level": [f"Choose one of: {', '.join(LEVELS)}."]})
    if not project.labels.filter(deleted_at=None).exists() or not project.images.filter(deleted_at=None).exists():
        raise Invalid("There is nothing to train on yet. Add labels, and import images, first.")
    with transaction.atomic():
        seq = Project.objects.values_list("event_seq", flat=True).get(pk=project.pk)
        job = enqueue(project.pk, Job.Kind.TRAIN, user=user)
        TrainingRun.objects.create(
            job=job,
            level=level,
            trigger=trigger,
            known=known_marks(project.pk),
            last_event_seq=seq,
            directory=f"projects/{project.pk}/runs/{job.pk}",
        )
    return job


def request_scores(project_id: int) -> Job | None:
    """Queue the scoring of new images and labels, if any are without scores; None when there is nothing to do.

    The same want is not tried again after a failure: it would fail again until something changes.
    """
    wanted = unscored(project_id)
    if wanted is None or active(project_id, Job.Kind.SCORE) is not None:
        return None
    last = Job.objects.filter(project_id=project_id, kind=Job.Kind.SCORE).order_by("-pk").first()
    if last is not None and last.state != Job.State.DONE and last.payload.get("wanted") == wanted:
        return None
    try:
        return enqueue(project_id, Job.Kind.SCORE, {"wanted": wanted})
    except Conflict:
        return None


def request_preview(project: Project, name: str, synonyms: list[str], user: User | None = None) -> Job:
    """Queue a try of a label's name: what it is read as, and its best pictures."""
    return enqueue(project.pk, Job.Kind.PREVIEW, {"name": name, "synonyms": synonyms}, user)


def unscored(project_id: int) -> dict[str, Any] | None:
    """What the live model's scores should cover and do not; None when all labels, names and images are covered."""
    project = Project.objects.select_related("live_version").get(pk=project_id)
    names = names_of(project)
    if not names or not project.next_row:
        return None
    live = project.live_version
    if live is not None and not stale_labels(live, names) and project.next_row <= live.score_images:
        return None
    return {"names": names, "images": project.next_row}


def names_of(project: Project) -> dict[str, list[str]]:
    """Label id (as text, as JSON has it) -> name and synonyms, of the living labels."""
    rows = (
        Label.objects.filter(project=project, deleted_at=None).order_by("column").values_list("pk", "name", "synonyms")
    )
    return {str(pk): [name, *synonyms] for pk, name, synonyms in rows}


def stale_labels(version: ModelVersion, names: dict[str, list[str]]) -> list[int]:
    """Labels that the version has no scores for, or knows by another name."""
    known = read_card(version.card)["names"]
    return [int(pk) for pk, words in names.items() if known.get(pk) != words]


def due_training(project: Project) -> tuple[str, str] | None:
    """(level, trigger) of the training that is due now, or None. New marks are counted from the last run's start."""
    if not project.auto_retrain or project.live_version_id is None:
        return None
    if Job.objects.filter(project=project, kind__in=["train", "score"], state__in=Job.ACTIVE).exists():
        return None
    known = known_marks(project.pk)
    last = last_run(project)
    new = known if last is None else max(new_marks(project.pk, last.last_event_seq), abs(known - last.known))
    if known and new >= project.retrain_after_marks:
        return level_after(project, last), "marks"
    if known and new and waited(project, last):
        return level_after(project, last), "time"
    return ("full", "idle") if last is not None and full_pays(project, known) else None


def last_run(project: Project) -> TrainingRun | None:
    """The latest training, whatever became of it."""
    return TrainingRun.objects.filter(job__project=project).select_related("job").order_by("-job_id").first()


def waited(project: Project, last: TrainingRun | None) -> bool:
    """Whether some marks have waited for the project's number of minutes."""
    long_ago = Now() - timedelta(minutes=project.retrain_after_minutes)
    if last is None:
        return Event.objects.filter(project=project, kind="mark", at__lt=long_ago).exists()
    return Job.objects.filter(pk=last.job_id, created_at__lt=long_ago).exists()


def level_after(project: Project, last: TrainingRun | None) -> str:
    """Quick, unless a quick one just failed to reach a live full one: then only a full one can bring new marks in."""
    if last is None or last.job.state != Job.State.DONE or last.job.result.get("live", True):
        return "quick"
    live = project.live_version
    return "full" if live is not None and live.run is not None and live.run.level != "quick" else "quick"


def full_pays(project: Project, known: int) -> bool:
    """Whether nobody is marking and the marks have grown by half since the last full training was begun."""
    full = TrainingRun.objects.filter(job__project=project).exclude(level="quick").order_by("-job_id")
    before = full.values_list("known", flat=True).first() or 0
    if known < FULL_LEAST_KNOWN or known < FULL_GROWTH * before:
        return False
    return not Event.objects.filter(project=project, kind="mark", at__gt=Now() - IDLE).exists()


def make_way(project: Project) -> bool:
    """Cancel a training that only filled an idle time once enough new marks wait for a quick one; whether it did."""
    running = TrainingRun.objects.filter(
        job__project=project, job__state__in=Job.ACTIVE, trigger="idle", job__cancel_requested=False
    ).first()
    if running is None or new_marks(project.pk, running.last_event_seq) < project.retrain_after_marks:
        return False
    cancel(running.job)
    return True


def known_marks(project_id: int) -> int:
    """Cells that training may believe."""
    return Mark.objects.filter(project_id=project_id, resolved=True, source__in=BELIEVED).count()


def new_marks(project_id: int, since: int) -> int:
    """Cells changed after event `since`."""
    events = Event.objects.filter(project_id=project_id, kind="mark", seq__gt=since)
    return sum(len(payload.get("cells", [])) for payload in events.values_list("payload", flat=True))
