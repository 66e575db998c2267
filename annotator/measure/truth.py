"""A project whose truth is known, and how right its suggestions are on pictures that nobody marked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from annotator.actions.training import request_scores, request_training
from annotator.jobs.runner import run
from annotator.models import Image, Job, Label, ModelVersion, Project
from annotator.queries.matrix import mark_matrix
from annotator.queries.suggestions import scores_of
from model.metrics.average_precision import average_precision
from model.storage.features import FeatureCache

# Fewer positives than this make an average precision a matter of luck.
LEAST_POSITIVES = 5


@dataclass
class Truth:
    """The true values int8 [images, labels] (0 = not known either), by image id and label id; `held` are image rows
    of the matrix that are never marked."""

    project: Project
    image_ids: NDArray[np.int64]
    label_ids: NDArray[np.int64]
    values: NDArray[np.int8]
    held: NDArray[np.bool_]

    @classmethod
    def of(cls, project: Project, values: dict[str, Sequence[int]], names: Sequence[str], held: set[str]) -> "Truth":
        """From true values by file name, in the order of label names."""
        images = list(Image.objects.filter(project=project).order_by("row").values_list("pk", "file_name"))
        labels = dict(Label.objects.filter(project=project).values_list("name", "pk"))
        return cls(
            project,
            np.array([pk for pk, _ in images], np.int64),
            np.array([labels[name] for name in names], np.int64),
            np.array([values[name] for _, name in images], np.int8),
            np.array([name in held for _, name in images]),
        )

    def value(self, image: int, label: int) -> int:
        """The true value of a cell."""
        row, column = np.flatnonzero(self.image_ids == image)[0], np.flatnonzero(self.label_ids == label)[0]
        return int(self.values[row, column])

    def held_map(self, scores: NDArray[np.floating]) -> float:
        """mAP of scores [images, labels] on held-out pictures, over labels with enough positives there."""
        targets = self.values[self.held]
        enough = (targets == 1).sum(0) >= LEAST_POSITIVES
        # NaN (no suggestion) ranks last.
        filled = np.nan_to_num(scores[self.held].astype(np.float64), nan=-1e9)
        return float(np.nanmean(average_precision(filled, targets)[enough]))

    def chance(self) -> float:
        """mAP of a coin: the share of positives."""
        targets = self.values[self.held]
        enough = (targets == 1).sum(0) >= LEAST_POSITIVES
        return float(((targets == 1).sum(0) / (targets != 0).sum(0))[enough].mean())

    def version_map(self, version: ModelVersion) -> float:
        """mAP of a version's suggestions."""
        scores = scores_of(version)
        assert scores is not None
        rows = list(Image.objects.filter(project=self.project).order_by("row").values_list("row", flat=True))
        return self.held_map(scores.table(self.label_ids, np.array(rows, np.int64)))

    def probe_map(self, seed: int) -> float:
        """mAP of the tuned linear probe on the same features and the same marks."""
        import torch
        from torch.nn import functional as F

        from model.research.methods.probe import chosen_penalty, logistic

        project = self.project
        folder = f"{settings.TERN_HOME}/cache/features"
        cache = FeatureCache.open(folder, project.backbone, project.image_size)
        hashes = list(Image.objects.filter(project=project).order_by("row").values_list("content_hash", flat=True))
        marks = mark_matrix(project.pk, self.image_ids, self.label_ids)
        features = torch.as_tensor(cache.pooled(hashes), dtype=torch.float32)
        used = torch.as_tensor(~self.held)
        features = F.normalize(features - features[used].mean(0), dim=1)
        known = torch.as_tensor(marks, dtype=torch.float32)[used]
        weight, bias, *_ = logistic(features[used], known, chosen_penalty(features[used], known, None, seed))
        return self.held_map((features @ weight.T + bias).numpy())


def done(job: Job) -> Job:
    """Do the job in this process, the trainer in its own; RuntimeError with its error when it fails."""
    run(job.pk)
    job.refresh_from_db()
    if job.state != Job.State.DONE:
        raise RuntimeError(f"Job {job.pk} ({job.kind}) {job.state}: {job.error}")
    return job


def score(project: Project) -> ModelVersion:
    """Score what has no scores, as a worker would; the live version."""
    waiting = Job.objects.filter(project=project, kind=Job.Kind.SCORE, state=Job.State.QUEUED).first()
    while (job := waiting or request_scores(project.pk)) is not None:
        done(job)
        waiting = None
    project.refresh_from_db()
    assert project.live_version is not None
    return project.live_version


def train(project: Project, level: str) -> ModelVersion:
    """Train with the present marks; the version made, live or not."""
    job = done(request_training(project, level, trigger="command"))
    project.refresh_from_db()
    return ModelVersion.objects.get(project=project, number=job.result["version"])
