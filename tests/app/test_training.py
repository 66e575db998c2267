"""Training in the background: from marks to a live version, with a real trainer process."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_django import Settings

from annotator.actions import training, versions
from annotator.errors import Conflict, Invalid
from annotator.jobs import runner
from annotator.jobs.context import JobContext
from annotator.models import AuditQuestion, Event, Image, Job, Label, Mark, ModelVersion, Project, TrainingRun
from annotator.news.kinds import MarkNews
from annotator.news.publish import publish
from annotator.queries.suggestions import home_path, live_scores
from annotator.trainer.process import pool
from annotator.trainer.rundir import Vocabulary, vocabulary, write_run
from model.storage.card import Card
from tests.optional import unwrap
from tests.processes import TRAINER
from tests.world import add_images, add_labels, make_project, mark, truth

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def small_trainer(settings: Settings) -> Iterator[None]:
    settings.TERN_TRAINER_COMMAND = TRAINER
    settings.TERN_TRAINER_THREADS = 1
    yield
    pool.dismiss()


@pytest.fixture
def project() -> Project:
    return make_project(images=40, labels=3)


def do(job: Job | None) -> Job:
    job = unwrap(job)
    runner.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    return job


def first_scores(project: Project) -> Job:
    job = do(training.request_scores(project.pk))
    project.refresh_from_db()
    return job


def train(project: Project, level: str = "quick") -> Job:
    job = do(training.request_training(project, level))
    project.refresh_from_db()
    return job


def marked(project: Project, count: int) -> int:
    images = list(Image.objects.filter(project=project).order_by("row")[:count])
    return mark(project, project.members.get().user, images, list(project.labels.all()))


def agreement(project: Project) -> float:
    """Share of pairs of a present and an absent unmarked cell that the scores put in order; a half is chance."""
    scores = unwrap(live_scores(project))
    said: dict[int, list[float]] = {1: [], -1: []}
    for label in project.labels.all():
        for image in Image.objects.filter(project=project, marks=None):
            said[truth(image, label)].append(unwrap(scores.of_cell(label.pk, image.row)))
    return float(np.mean(np.array(said[1])[:, None] > np.array(said[-1])))


def events(project: Project, kind: str) -> list[dict[str, Any]]:
    return list(Event.objects.filter(project=project, kind=kind).order_by("seq").values_list("payload", flat=True))


@pytest.mark.slow
def test_suggestions_come_from_names_alone_newest_first(project: Project) -> None:
    first_scores(project)
    version = unwrap(project.live_version)
    assert (version.number, version.method) == (1, "prior")
    scores = unwrap(live_scores(project))
    assert scores.matrix.shape == (3, 40)
    assert not np.isnan(scores.matrix).any()
    told = events(project, "scores")
    assert [payload["revision"] for payload in told] == [1, 2]
    assert Mark.objects.count() == 0


def test_partial_scores_are_published_while_features_are_extracted(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMALL_STEP_SECONDS", "0.5")
    seen = []
    published = versions.publish_first

    def look(context: JobContext, folder: Path, words: Vocabulary, card: Card) -> ModelVersion:
        version = published(context, folder, words, card)
        matrix = np.load(home_path(version.scores_file))
        seen.append((np.isnan(matrix[:, :20]).all(), np.isnan(matrix[:, 20:]).any()))
        return version

    monkeypatch.setattr(versions, "publish_first", look)
    first_scores(project)
    assert seen == [(True, False)], "the newest half had scores, the oldest none"


def test_training_learns_from_marks_and_goes_live(project: Project) -> None:
    first_scores(project)
    before = agreement(project)
    marked(project, 30)
    job = train(project)
    assert job.result["live"]
    assert unwrap(project.live_version).number == 2
    assert before < 0.7
    assert agreement(project) > 0.8
    run = job.training
    assert (run.known, run.level) == (90, "quick")
    news = events(project, "version")[-1]
    assert news["message"].startswith("model 2 learned from your 90 marks")
    assert news["live"] is True
    assert news["map"] > news["previous_map"]
    assert events(project, "scores")[-1] == {"version": 2, "revision": 1, "images": 40}


def test_the_run_directory_can_be_read_by_hand(project: Project) -> None:
    first_scores(project)
    marked(project, 5)
    job = train(project)
    folder = home_path(job.training.directory)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [label["id"] for label in manifest["labels"]] == list(project.labels.values_list("pk", flat=True))
    assert np.load(folder / "labels.npy").shape == (40, 3)
    assert np.count_nonzero(np.load(folder / "labels.npy")) == 15
    assert json.loads((folder / "config.json").read_text())["previous"].endswith("models/1")


def test_a_run_on_shuffled_labels_is_not_promoted(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    first_scores(project)
    marked(project, 30)
    train(project)
    good = unwrap(project.live_version)

    def shuffled(folder: Path, *args: Any, **kwargs: Any) -> int:
        known = write_run(folder, *args, **kwargs)
        marks = np.load(folder / "labels.npy")
        np.save(folder / "labels.npy", -marks)
        return known

    monkeypatch.setattr("annotator.actions.training_jobs.write_run", shuffled)
    job = train(project)
    assert not job.result["live"]
    assert project.live_version == good
    assert "worse" in job.result["note"]
    assert events(project, "version")[-1]["live"] is False
    assert unwrap(live_scores(project)).version == good.number


def test_a_worse_version_can_be_promoted_by_hand_and_rolled_back(project: Project) -> None:
    first_scores(project)
    marked(project, 30)
    train(project)
    versions.promote(project, 1)
    project.refresh_from_db()
    assert unwrap(project.live_version).number == 1
    assert unwrap(project.live_version).note.startswith("Rolled back")
    versions.promote(project, 2)
    project.refresh_from_db()
    assert unwrap(live_scores(project)).version == 2
    with pytest.raises(Conflict, match="live already"):
        versions.promote(project, 2)


def test_a_second_training_is_refused_while_one_is_active(project: Project) -> None:
    first = training.request_training(project)
    with pytest.raises(Conflict, match=f"Job {first.pk}"):
        training.request_training(project)
    assert TrainingRun.objects.count() == 1


def test_an_unknown_level_is_refused_by_name(project: Project) -> None:
    with pytest.raises(Invalid) as refused:
        training.request_training(project, level="instant")
    assert list(unwrap(refused.value.fields)) == ["level"]


def test_new_labels_and_images_are_scored_without_a_retrain(project: Project) -> None:
    first_scores(project)
    marked(project, 30)
    train(project)
    trained = np.array(unwrap(live_scores(project)).matrix)
    assert training.request_scores(project.pk) is None
    (label,) = add_labels(project, ["brand new"])
    add_images(project, 10)
    first_scores(project)
    scores = unwrap(live_scores(project))
    assert (scores.version, scores.revision) == (2, 3)
    assert scores.matrix.shape == (4, 50)
    assert not np.isnan(scores.column(label.pk, project.next_row)).any()
    assert not np.isnan(scores.matrix).any()
    np.testing.assert_array_equal(scores.matrix[:3, :40], trained)
    assert training.request_scores(project.pk) is None


def test_a_renamed_label_is_scored_again(project: Project) -> None:
    first_scores(project)
    label = unwrap(project.labels.first())
    Label.objects.filter(pk=label.pk).update(name="quite another name")
    before = unwrap(live_scores(project)).column(label.pk, project.next_row)
    first_scores(project)
    assert not np.array_equal(unwrap(live_scores(project)).column(label.pk, project.next_row), before)


def test_deleted_and_flagged_images_keep_their_columns_and_get_no_score(project: Project) -> None:
    gone, flagged = Image.objects.filter(project=project, row__in=[3, 7]).order_by("row")
    Image.objects.filter(pk=gone.pk).delete()
    Image.objects.filter(pk=flagged.pk).update(flagged="corrupt")
    first_scores(project)
    scores = unwrap(live_scores(project))
    assert scores.matrix.shape == (3, 40)
    assert np.flatnonzero(np.isnan(scores.column(unwrap(project.labels.first()).pk, project.next_row))).tolist() == [
        3,
        7,
    ]


def test_audit_answers_judge_but_never_train(project: Project) -> None:
    lead, label = project.members.get().user, unwrap(project.labels.first())
    image = unwrap(project.images.first())
    AuditQuestion.objects.create(project=project, image=image, label=label, probability=0.25, asked_of=lead, answer=1)
    Mark.objects.create(
        project=project, image=image, label=label, annotator=lead, value=1, version=1, source="audit",
        updated_at=project.created_at,
    )  # fmt: skip
    folder = Path(home_path("run"))
    assert write_run(folder, project, vocabulary(project), "quick") == 0
    assert np.load(folder / "audit.npy")[0, 0] == 1
    assert np.load(folder / "audit_weight.npy")[0, 0] == 4


def test_enough_new_marks_make_a_training_due_and_a_finished_one_rests_it(project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(retrain_after_marks=6)
    first_scores(project)
    assert training.due_training(project) is None
    marked(project, 2)
    project.refresh_from_db()
    assert training.due_training(project) == ("quick", "marks")
    train(project)
    assert training.due_training(project) is None
    tell_of_marks(project, 5)
    assert training.due_training(project) is None
    tell_of_marks(project, 1)
    assert training.due_training(project) == ("quick", "marks")
    project.auto_retrain = False
    assert training.due_training(project) is None


def test_a_few_marks_make_a_training_due_after_some_minutes(project: Project) -> None:
    first_scores(project)
    marked(project, 1)
    train(project)
    tell_of_marks(project, 1)
    assert training.due_training(project) is None
    project.retrain_after_minutes = 0
    assert training.due_training(project) == ("quick", "time")


def test_a_full_training_fills_an_idle_time_and_makes_way_for_new_marks(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "FULL_LEAST_KNOWN", 30)
    first_scores(project)
    marked(project, 20)
    assert training.due_training(project) == ("quick", "marks"), "the first one is never long"
    train(project)
    assert training.due_training(project) == ("full", "idle")
    job = training.request_training(project, level="full", trigger="idle")
    tell_of_marks(project, project.retrain_after_marks - 1)
    assert not training.make_way(project)
    tell_of_marks(project, 1)
    assert training.make_way(project)
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED
    assert training.due_training(project) == ("quick", "marks"), "somebody is marking"


def test_when_a_quick_one_cannot_reach_a_full_one_a_full_one_follows(project: Project) -> None:
    first_scores(project)
    marked(project, 20)
    train(project, level="full")
    job = train(project, level="quick")
    Job.objects.filter(pk=job.pk).update(result={**job.result, "live": False})
    Project.objects.filter(pk=project.pk).update(live_version=ModelVersion.objects.get(run__level="full"))
    project.refresh_from_db()
    tell_of_marks(project, project.retrain_after_marks)
    assert training.due_training(project) == ("full", "marks")


def tell_of_marks(project: Project, count: int) -> None:
    from django.db import transaction

    with transaction.atomic():
        publish(project.pk, MarkNews(1, [[1, 1, 1, 1]] * count))


@pytest.mark.slow
def test_a_trainer_that_dies_is_started_again_and_the_run_goes_on(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMALL_STEP_SECONDS", "0.02")
    first_scores(project)
    marked(project, 20)
    deaths: list[float] = []
    tell = runner.JobContext.progress

    def progress(
        self: runner.JobContext,
        stage: str,
        percent: float,
        message: str = "",
        seconds_left: float | None = None,
        force: bool = False,
    ) -> None:
        if stage == "fit" and percent > 30 and not deaths:
            deaths.append(percent)
            unwrap(pool.trainers[0]._process).kill()
        tell(self, stage, percent, message, seconds_left, force)

    monkeypatch.setattr(runner.JobContext, "progress", progress)
    job = train(project)
    assert deaths
    assert job.attempt == 2
    assert sorted(path.name for path in home_path(job.training.directory).glob("attempt-*")) == [
        "attempt-1",
        "attempt-2",
    ]
    monkeypatch.setenv("SMALL_STEP_SECONDS", "0")
    pool.dismiss()
    unbroken = train(project)
    weights = [
        json.loads((home_path(run.training.directory) / "weights.safetensors").read_text()) for run in (job, unbroken)
    ]
    assert weights[0] == weights[1]


def test_a_trainer_that_always_dies_fails_the_job_with_its_last_words(project: Project, settings: Settings) -> None:
    settings.TERN_TRAINER_COMMAND = ["python3", "-c", "import sys; sys.exit('no such backbone')"]
    pool.dismiss()
    job = training.request_training(project)
    runner.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "no such backbone" in job.error
    assert job.attempt == 3


def test_bad_input_fails_the_job_with_the_trainers_own_message(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(folder: Path, *args: Any, **kwargs: Any) -> int:
        known = write_run(folder, *args, **kwargs)
        (folder / "labels.npy").write_bytes(b"half a fi")
        return known

    monkeypatch.setattr("annotator.actions.training_jobs.write_run", damaged)
    job = training.request_training(project)
    runner.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "labels.npy" in job.error


def test_a_preview_says_what_a_name_is_read_as_and_shows_its_best_pictures(project: Project) -> None:
    job = do(training.request_preview(project, "heron", ["egret"]))
    assert job.result == {"concepts": [["heron", 1.0]], "best": []}
    first_scores(project)
    job = do(training.request_preview(project, "heron", ["egret"]))
    assert len(job.result["best"]) == 12
    scores = [tile["score"] for tile in job.result["best"]]
    assert scores == sorted(scores, reverse=True)
    assert ModelVersion.objects.count() == 1


def test_a_failed_scoring_is_not_tried_again_until_something_changes(project: Project, settings: Settings) -> None:
    settings.TERN_TRAINER_COMMAND = ["python3", "-c", "raise SystemExit(1)"]
    job = unwrap(training.request_scores(project.pk))
    runner.run(job.pk)
    assert training.request_scores(project.pk) is None
    add_labels(project, ["one more"])
    assert training.request_scores(project.pk) is not None
