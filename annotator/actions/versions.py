"""Model versions: publish what a run made, refresh its scores, promote, roll back.

Files are complete on disk before a row names them, and a row names them in one UPDATE: readers see the old scores or
the new ones, never half of either.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from numpy.typing import NDArray

from annotator.errors import Conflict, NotFound
from annotator.jobs.context import JobContext
from annotator.models import ModelVersion, Project, TrainingRun, User
from annotator.news.kinds import ScoresNews, VersionNews
from annotator.news.publish import publish
from annotator.queries.quality import Comparison, card_map, compare
from annotator.queries.suggestions import home_path, open_matrix
from annotator.trainer.rundir import Vocabulary
from annotator.words import counted
from model.storage.card import FILE, Card, read_card
from model.storage.durable import sync_folder, write_array

# Everything a version keeps of its run, apart from the matrices that are brought into the order of image rows.
KEPT = ("weights.safetensors", FILE, "doubts.json", "config.json")
VERSIONS_WITH_FILES = 20
RUNS_WITH_FILES = 5


def publish_run(context: JobContext, folder: Path, words: Vocabulary, card: Card) -> ModelVersion:
    """Make a version of a finished training, and promote it unless it is worse than the live one.

    One transaction, guarded by the job's lease: a worker that lost its job publishes nothing.
    """
    run = TrainingRun.objects.get(job=context.job)
    made = ModelVersion.objects.filter(run=run).first()
    if made is not None:
        return made
    ready = assemble(context, folder, words)
    project = Project.objects.select_related("live_version").get(pk=context.project_id)
    live = project.live_version
    # Reads all marks: done before the lock is taken, under which nobody can save one.
    verdict = compare(project, candidate(project, ready, words, card), live)
    with context.fenced():
        project = Project.objects.select_for_update().get(pk=context.project_id)
        version = create_version(project, ready, words, card, run)
        if project.live_version_id != (live.pk if live else None):
            live = project.live_version
            verdict = compare(project, version, live)
        version.note = note_of(verdict, live)
        version.save(update_fields=["note"])
        if not verdict.worse:
            go_live(project, version)
        tell_version(version, run.known, verdict, live)
        if not verdict.worse:
            tell_scores(version)
    prune(context.project_id)
    return version


def publish_first(context: JobContext, folder: Path, words: Vocabulary, card: Card) -> ModelVersion:
    """Make the version whose suggestions come from names alone; live unless something is live already."""
    ready = assemble(context, folder, words)
    with context.fenced():
        project = Project.objects.select_for_update().get(pk=context.project_id)
        version = create_version(project, ready, words, card, None)
        if project.live_version is None:
            version.note = "Went live: the first suggestions, from the labels' names alone."
            version.save(update_fields=["note"])
            go_live(project, version)
            tell_version(version, 0, Comparison(card_map(version), None, 0, "", False), None)
            tell_scores(version)
    return version


def refresh_scores(
    context: JobContext, version: ModelVersion, folder: Path, words: Vocabulary, fresh: Card | None
) -> None:
    """Bring new images and labels, or partial scores, into a version's score file; what was there stays.

    `fresh` is the card of the run, from which the version's own takes over thresholds and stages of new labels.
    """
    version.refresh_from_db()
    labels = [*version.score_labels, *(pk for pk in words.label_ids.tolist() if pk not in version.score_labels)]
    width = max(version.score_images, words.width)
    revision = version.scores_revision + 1
    base = home_path(version.directory)
    for name in ("scores", "directions"):
        old = base / f"{name}-{version.scores_revision}.npy"
        if (folder / f"{name}.npy").exists():
            merged = merge(name, old, version.score_labels, folder, words, labels, width)
            write_array(base / f"{name}-{revision}.npy", merged)
    with context.fenced():
        moved = ModelVersion.objects.filter(pk=version.pk, scores_revision=version.scores_revision).update(
            scores_file=f"{version.directory}/scores-{revision}.npy",
            scores_revision=revision,
            score_labels=labels,
            # Partial scores do not count as covering the images: a later job finishes them.
            score_images=version.score_images if fresh is None else width,
            card=version.card if fresh is None else joined(version, fresh),
        )
        if not moved:
            raise Conflict(f"The scores of {version} were refreshed by somebody else meanwhile.")
        version.refresh_from_db()
        if Project.objects.filter(pk=version.project_id, live_version=version).exists():
            tell_scores(version)
    for name in ("scores", "directions"):
        (base / f"{name}-{revision - 2}.npy").unlink(missing_ok=True)


def cover_rows(context: JobContext, version: ModelVersion, words: Vocabulary) -> None:
    """Note that rows without any usable image need no scores, so that nobody asks for them again."""
    with context.fenced():
        ModelVersion.objects.filter(pk=version.pk).update(score_images=words.width)


def promote(project: Project, number: int, user: User | None = None) -> ModelVersion:
    """Make a version live, newer or older than the present one (a roll back). Conflict when it is live already."""
    with transaction.atomic():
        project = Project.objects.select_for_update().get(pk=project.pk)
        version = ModelVersion.objects.filter(project=project, number=number).first()
        if version is None:
            raise NotFound(f"There is no model {number} in this project.")
        live = project.live_version
        if live is not None and live.pk == version.pk:
            raise Conflict(f"Model {number} is live already.")
        if not version.scores_file or not home_path(version.scores_file).exists():
            raise Conflict(f"The files of model {number} were cleaned up. Choose a newer one, or train again.")
        who = f" by {user}" if user else ""
        version.note = f"{'Rolled back to' if live and live.number > number else 'Promoted'}{who}."
        version.save(update_fields=["note"])
        go_live(project, version)
        before = card_map(live) if live else None
        publish(project.pk, VersionNews(number, True, card_map(version), before, 0, version.note))
        tell_scores(version)
    return version


def assemble(context: JobContext, folder: Path, words: Vocabulary) -> Path:
    """Gather a version's files in a folder of their own, matrices by image row; it still has to be put in place."""
    home = home_path(f"projects/{context.project_id}/models")
    ready = home / f".job-{context.job.pk}-{context.token.hex[:8]}"
    for left_over in home.glob(f".job-{context.job.pk}-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    ready.mkdir(parents=True)
    for name in KEPT:
        if (folder / name).exists():
            os.link(folder / name, ready / name)
    if (folder / "directions.npy").exists():
        os.link(folder / "directions.npy", ready / "directions-1.npy")
    write_array(ready / "scores-1.npy", by_row(np.load(folder / "scores.npy"), words.rows, words.width))
    if (folder / "heldout.npy").exists():
        write_array(ready / "heldout.npy", by_row(np.load(folder / "heldout.npy"), words.rows, words.width))
    sync_folder(ready)
    return ready


def by_row(matrix: NDArray[Any], rows: NDArray[np.int64], width: int) -> NDArray[np.float16]:
    """A matrix [labels, run images] spread to [labels, image rows], NaN for rows that were not in the run."""
    if matrix.shape[1] == width:
        return matrix.astype(np.float16)
    spread = np.full((matrix.shape[0], width), np.nan, np.float16)
    spread[:, rows] = matrix
    return spread


def merge(
    name: str,
    old: Path,
    old_labels: list[int],
    folder: Path,
    words: Vocabulary,
    labels: list[int],
    width: int,
) -> NDArray[Any]:
    """The old matrix of a version with the run's own values over it; NaN of the run never hides an old value."""
    fresh = np.load(folder / f"{name}.npy")
    columns = width if name == "scores" else fresh.shape[1]
    merged = np.full((len(labels), columns), np.nan, fresh.dtype)
    if old.exists():
        before = open_matrix(str(old))
        merged[: len(old_labels), : before.shape[1]] = before
    places = [labels.index(pk) for pk in words.label_ids.tolist()]
    values = by_row(fresh, words.rows, width) if name == "scores" else fresh
    kept = merged[places]
    merged[places] = np.where(np.isnan(values), kept, values)
    return merged


def joined(version: ModelVersion, fresh: Card) -> Card:
    """The version's card with the labels that were scored since; what rests on marks is not replaced by names."""
    if version.method == "prior":
        return fresh
    card = read_card(version.card)
    new = {one["id"]: one for one in fresh["labels"]}
    kept = [one for one in card["labels"] if one["id"] not in new or one["stage"] != "name"]
    known = {one["id"] for one in kept}
    labels = kept + [one for pk, one in new.items() if pk not in known]
    return {**card, "labels": labels, "names": card["names"] | fresh["names"]}


def candidate(project: Project, ready: Path, words: Vocabulary, card: Card) -> ModelVersion:
    """What will become a version, not saved yet and still in its own folder."""
    return ModelVersion(
        project=project,
        method=card["method"],
        directory=str(ready),
        card=card,
        scores_file=str(ready / "scores-1.npy"),
        score_labels=words.label_ids.tolist(),
        score_images=words.width,
    )


def create_version(
    project: Project, ready: Path, words: Vocabulary, card: Card, run: TrainingRun | None
) -> ModelVersion:
    """The row of a version, and its folder moved into place. The caller holds the project's lock."""
    number = (project.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    directory = f"projects/{project.pk}/models/{number}"
    # A folder without a row is what a crash between renaming and commit left behind.
    shutil.rmtree(home_path(directory), ignore_errors=True)
    ready.rename(home_path(directory))
    sync_folder(ready.parent)
    return ModelVersion.objects.create(
        project=project,
        number=number,
        method=card["method"],
        run=run,
        directory=directory,
        card=card,
        scores_file=f"{directory}/scores-1.npy",
        score_labels=words.label_ids.tolist(),
        score_images=words.width,
        scores_revision=1,
    )


def go_live(project: Project, version: ModelVersion) -> None:
    """Point the project at the version. The caller holds the project's lock."""
    Project.objects.filter(pk=project.pk).update(live_version=version)
    ModelVersion.objects.filter(pk=version.pk).update(promoted_at=Now())


def note_of(verdict: Comparison, live: ModelVersion | None) -> str:
    """Why a version went live or did not, for people."""
    if live is None:
        return "Went live: nothing was live before."
    if verdict.candidate is None or verdict.live is None:
        return f"Went live: there are no marks yet to compare it with model {live.number} by."
    figures = f"{verdict.candidate:.1%} against {verdict.live:.1%} of model {live.number}"
    by = f"{verdict.cells} {verdict.source}" if verdict.cells else verdict.source
    if verdict.worse:
        return f"Not live: worse, {figures} on {by}. A lead can still promote it."
    return f"Went live: {figures} on {by}."


def tell_version(version: ModelVersion, marks: int, verdict: Comparison, live: ModelVersion | None) -> None:
    """The event about a new version, with the line that the page shows."""
    percent = [None if value is None else f"{value:.0%}" for value in (verdict.live, verdict.candidate)]
    change = f": {percent[0]} -> {percent[1]}" if all(percent) else ""
    learned = f"learned from your {counted(marks, 'mark')}" if marks else "suggests from the labels' names"
    kept = f"; it is worse, so model {live.number} stays" if verdict.worse and live else ""
    message = f"model {version.number} {learned}{change}{kept}"
    told = VersionNews(version.number, not verdict.worse, verdict.candidate, verdict.live, marks, message)
    publish(version.project_id, told)


def tell_scores(version: ModelVersion) -> None:
    """The event that lets pages refresh their suggestions in place."""
    publish(version.project_id, ScoresNews(version.number, version.scores_revision, version.score_images))


def prune(project_id: int) -> None:
    """Delete files of old versions that are not live, and of old runs; rows and cards stay."""
    live = Project.objects.values_list("live_version_id", flat=True).get(pk=project_id)
    named = ModelVersion.objects.filter(project_id=project_id).exclude(scores_file="").exclude(pk=live)
    for version in named.order_by("-number")[VERSIONS_WITH_FILES:]:
        ModelVersion.objects.filter(pk=version.pk).update(scores_file="", scores_revision=version.scores_revision)
        shutil.rmtree(home_path(version.directory), ignore_errors=True)
    runs = Path(settings.TERN_HOME) / "projects" / str(project_id) / "runs"
    active = set(
        Project.objects.get(pk=project_id).jobs.filter(state__in=["queued", "running"]).values_list("pk", flat=True)
    )
    folders = sorted((int(path.name) for path in runs.iterdir() if path.name.isdigit()), reverse=True)
    for number in folders[RUNS_WITH_FILES:]:
        if number not in active:
            for path in (runs / str(number)).iterdir():
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                elif path.name != "job.log":
                    path.unlink(missing_ok=True)
