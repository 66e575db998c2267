"""The jobs of the model: train, score what is new, try a label's name. Each step is safe to repeat after a death."""

from pathlib import Path

import numpy as np

from annotator.actions import versions
from annotator.actions.training import names_of, stale_labels
from annotator.jobs.context import JobContext
from annotator.jobs.registry import job
from annotator.limits import PREVIEW_BEST
from annotator.models import ModelVersion, Project, TrainingRun
from annotator.trainer.follow import perform, read_names
from annotator.trainer.rundir import Vocabulary, read_vocabulary, vocabulary, write_run
from model.storage.card import Card, unsaid

PREVIEW_IMAGES = 2000


@job("train")
def train(context: JobContext) -> None:
    """Write the run directory once, train (resuming after a death), publish the version, promote if not worse."""
    project = project_of(context)
    run = TrainingRun.objects.get(job=context.job)
    folder = context.directory
    if not (folder / "manifest.json").exists():
        context.progress("prepare", 0, "Reading the marks")
        # Read before the marks: those that arrive in between are trained on and counted once more, never skipped.
        seq = Project.objects.values_list("event_seq", flat=True).get(pk=project.pk)
        known = write_run(folder, project, vocabulary(project), run.level, previous=project.live_version)
        with context.fenced():
            TrainingRun.objects.filter(pk=run.pk).update(known=known, last_event_seq=seq)
    words = read_vocabulary(folder)
    card = perform(context, "train", folder)
    version = versions.publish_run(context, folder, words, card)
    context.result = {
        "version": version.number,
        "live": Project.objects.filter(pk=project.pk, live_version=version).exists(),
        "note": version.note,
        "seconds": card["seconds"],
        "stages": card["stages"],
        "peak_mib": card["peak_mib"],
    }


@job("score")
def score(context: JobContext) -> None:
    """Scores for what has none: everything from names alone at first, then only new labels and new images."""
    project = project_of(context)
    live = project.live_version
    if live is None or live.method == "prior":
        from_names(context, project, live)
    else:
        what_is_new(context, project, live)


def from_names(context: JobContext, project: Project, version: ModelVersion | None) -> None:
    """Score everything from the labels' names; suggestions appear while features are still being extracted."""
    folder = context.directory / "names"
    if not (folder / "manifest.json").exists():
        write_run(folder, project, vocabulary(project), "prior", with_marks=False, like=version)
    words = read_vocabulary(folder)
    # A restarted job goes on with the version that its first attempt made.
    made = [version]

    def publish(card: Card | None) -> None:
        if made[0] is None:
            made[0] = versions.publish_first(context, folder, words, card or unsaid())
        else:
            versions.refresh_scores(context, made[0], folder, words, card)

    publish(perform(context, "train", folder, lambda: publish(None)))
    assert made[0] is not None
    context.result = {"version": made[0].number, "images": len(words.images), "labels": len(words.labels)}


def what_is_new(context: JobContext, project: Project, live: ModelVersion) -> None:
    """Score new labels on all images, and all labels on new images, with the live model's weights."""
    names = names_of(project)
    stale = stale_labels(live, names)
    fresh = [int(pk) for pk in names if int(pk) not in stale]
    from_row = live.score_images
    parts = []
    if project.next_row > from_row:
        parts.append(("images", lambda: vocabulary(project, labels=fresh, from_row=from_row)))
    if stale:
        parts.append(("labels", lambda: vocabulary(project, labels=stale)))
    for name, words_of in parts:
        folder = context.directory / name
        if not (folder / "manifest.json").exists():
            write_run(folder, project, words_of(), "quick", weights=live, with_marks=False)
        words = read_vocabulary(folder)
        if not words.images or not words.labels:
            versions.cover_rows(context, live, words)
            continue

        def partly(folder: Path = folder, words: Vocabulary = words) -> None:
            versions.refresh_scores(context, live, folder, words, None)

        versions.refresh_scores(context, live, folder, words, perform(context, "score", folder, partly))
    context.result = {"version": live.number, "labels": len(stale), "rows_from": from_row}


@job("preview")
def preview(context: JobContext) -> None:
    """What a name is read as, and its best pictures among those whose features are known already."""
    project = project_of(context)
    live = project.live_version
    known = live.score_images if live is not None else 0
    images = vocabulary(project, labels=[], from_row=max(0, known - PREVIEW_IMAGES))
    chosen = images.rows < known
    words = Vocabulary(
        labels=[{"id": 0, "name": context.payload["name"], "synonyms": context.payload["synonyms"], "rule": ""}],
        images=[image for image, inside in zip(images.images, chosen, strict=True) if inside],
        rows=images.rows[chosen],
        width=images.width,
    )
    if not words.images:
        concepts = read_names(context, [[context.payload["name"], *context.payload["synonyms"]]])[0]
        context.result = {"concepts": concepts, "best": []}
        return
    folder = context.directory / "name"
    write_run(folder, project, words, "prior", with_marks=False)
    card = perform(context, "train", folder)
    scores = np.nan_to_num(np.load(folder / "scores.npy")[0].astype(np.float32), nan=-1.0)
    best = np.argsort(-scores)[:PREVIEW_BEST]
    context.result = {
        "concepts": card["labels"][0]["concepts"],
        "best": [{"image": int(words.image_ids[i]), "score": round(float(scores[i]), 4)} for i in best],
    }


def project_of(context: JobContext) -> Project:
    """The job's project as it stands now, with its live version."""
    return Project.objects.select_related("live_version").get(pk=context.project_id)
