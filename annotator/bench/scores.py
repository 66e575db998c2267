"""A live version of random scores, for benches of what reads them."""

from pathlib import Path

import numpy as np
from django.conf import settings

from annotator.models import ModelVersion, Project


def give_random_scores(project: Project, labels: list[int], images: int) -> None:
    """Make the first version live, with scores of these labels (ids) on all image rows."""
    folder = Path("projects") / str(project.pk) / "models" / "1"
    (settings.TERN_HOME / folder).mkdir(parents=True)
    chances = np.random.default_rng(0).random((len(labels), images)).astype(np.float16)
    np.save(settings.TERN_HOME / folder / "scores.npy", chances)
    live = ModelVersion.objects.create(
        project=project, number=1, method="random", directory=str(folder), scores_file=str(folder / "scores.npy"),
        score_labels=labels, score_images=images, scores_revision=1,
    )  # fmt: skip
    Project.objects.filter(pk=project.pk).update(next_row=images, live_version=live)
