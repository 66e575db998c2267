"""Where in a picture a label's suggestion comes from, as a small PNG to lay over it."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from annotator.errors import NotFound
from annotator.models import Image, ModelVersion, Project
from annotator.queries.backbones import made_with
from annotator.queries.suggestions import home_path, open_matrix
from annotator.queries.versions import get_version
from model.storage.features import FeatureCache
from model.vision.heatmap import heatmap_png

LONGEST_SIDE = 320


def heatmap(project: Project, image: Image, label_id: int, number: int | None) -> tuple[bytes, int]:
    """PNG with alpha in the picture's shape, and the number of the version it explains."""
    version = get_version(project, number) if number is not None else project.live_version
    if version is None:
        raise NotFound("There is no model yet. Heat maps come with the first suggestions.")
    direction = direction_of(version, label_id)
    made = made_with(project, version)
    cache = cache_of(str(Path(settings.TERN_HOME) / "cache" / "features"), made.backbone, made.image_size)
    features = cache.map_of(image.content_hash) if cache else None
    if features is None:
        cache_of.cache_clear()
        raise NotFound("The features of this image are not there yet. Its heat map comes with its suggestions.")
    scale = LONGEST_SIDE / max(image.width, image.height)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    assert cache is not None
    return heatmap_png(features, direction, cache.grid, size), version.number


def direction_of(version: ModelVersion, label_id: int) -> NDArray[np.float32]:
    """The label's direction in feature space, float32 [D]."""
    path = home_path(version.directory) / f"directions-{version.scores_revision}.npy"
    if label_id not in version.score_labels or not path.exists():
        raise NotFound(f"Model {version.number} has no heat map for label {label_id}.")
    directions = open_matrix(str(path))
    found: NDArray[np.float32] = np.nan_to_num(directions[version.score_labels.index(label_id)].astype(np.float32))
    return found


@lru_cache(maxsize=8)
def cache_of(folder: str, backbone: str, image_size: int) -> FeatureCache | None:
    """The feature cache, opened once a process; None before the first features."""
    try:
        return FeatureCache.open(folder, backbone, image_size)
    except FileNotFoundError:
        return None
