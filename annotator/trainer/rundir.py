"""Write a run directory: everything the trainer needs to know, in files, so that a run can be repeated by hand."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.files.storage import default_storage
from numpy.typing import NDArray

from annotator.models import Image, Label, ModelVersion, Project
from annotator.queries.backbones import made_with
from annotator.queries.matrix import audit_matrices, mark_matrix
from annotator.queries.suggestions import home_path
from model.storage.durable import write_array, write_json

FORMAT = 1


@dataclass(frozen=True)
class Vocabulary:
    """The labels and images of one run, in matrix order. `rows` is Image.row of each; `width` counts all rows."""

    labels: list[dict[str, Any]]
    images: list[dict[str, Any]]
    rows: NDArray[np.int64]
    width: int

    @property
    def label_ids(self) -> NDArray[np.int64]:
        """Label ids in order of score rows."""
        return np.array([label["id"] for label in self.labels], np.int64)

    @property
    def image_ids(self) -> NDArray[np.int64]:
        """Image ids in order of score columns."""
        return np.array([image["id"] for image in self.images], np.int64)


def vocabulary(project: Project, labels: list[int] | None = None, from_row: int = 0) -> Vocabulary:
    """All living labels (or those named) and all usable images from a row on, newest last."""
    chosen = Label.objects.filter(project=project, deleted_at=None).order_by("column")
    if labels is not None:
        chosen = chosen.filter(pk__in=labels)
    width = Project.objects.values_list("next_row", flat=True).get(pk=project.pk)
    usable = Image.objects.filter(project=project, deleted_at=None, flagged="", row__gte=from_row, row__lt=width)
    images, rows = [], []
    path_of = path_finder()
    for pk, row, content_hash, name, group in usable.order_by("row").values_list(
        "pk", "row", "content_hash", "file", "group_key"
    ):
        images.append({"id": pk, "hash": content_hash, "path": path_of(name, content_hash), "group": group})
        rows.append(row)
    return Vocabulary(
        labels=[
            {"id": label.pk, "name": label.name, "synonyms": label.synonyms, "rule": label.rule} for label in chosen
        ],
        images=images,
        rows=np.array(rows, np.int64),
        width=width,
    )


def path_finder() -> Callable[[str, str], str]:
    """A function (name in the storage, content hash) -> where the trainer can read the original."""
    try:
        # Asked once: asking the storage for each of many thousands of names takes as long as a quick refit.
        root = Path(default_storage.path(""))
    except NotImplementedError:
        return local_copy
    return lambda name, content_hash: f"{root}/{name}"


def local_copy(name: str, content_hash: str) -> str:
    """The path of a local copy of an original that lies in a remote storage; fetched when it is not there yet."""
    copy = Path(settings.TERN_HOME) / "cache" / "originals" / content_hash
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        with default_storage.open(name) as source:
            temporary = copy.with_suffix(".part")
            temporary.write_bytes(source.read())
            temporary.replace(copy)
    return str(copy)


def write_run(
    folder: Path,
    project: Project,
    words: Vocabulary,
    level: str,
    weights: ModelVersion | None = None,
    previous: ModelVersion | None = None,
    with_marks: bool = True,
    like: ModelVersion | None = None,
) -> int:
    """Write manifest, config and matrices into `folder`, the manifest last; the number of known cells handed over.

    What extends a version (`weights`, `like`) takes the backbone that the version was made with.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shape = (len(words.images), len(words.labels))
    marks = mark_matrix(project.pk, words.image_ids, words.label_ids) if with_marks else np.zeros(shape, np.int8)
    write_array(folder / "labels.npy", marks)
    if with_marks:
        answers, answer_weights = audit_matrices(project.pk, words.image_ids, words.label_ids)
        if answers.any():
            write_array(folder / "audit.npy", answers)
            write_array(folder / "audit_weight.npy", answer_weights)
    write_array(folder / "rows.npy", words.rows)
    write_json(folder / "config.json", config(project, level, weights, previous, weights or like))
    # Millions of characters: without indentation this is a third of the bytes and several times faster.
    manifest = {"format": FORMAT, "labels": words.labels, "images": words.images, "width": words.width}
    temporary = folder / ".manifest.json"
    temporary.write_text(json.dumps(manifest))
    temporary.replace(folder / "manifest.json")
    return int(np.count_nonzero(marks))


def config(
    project: Project,
    level: str,
    weights: ModelVersion | None,
    previous: ModelVersion | None,
    like: ModelVersion | None,
) -> dict[str, Any]:
    """What `config.json` says."""
    made = made_with(project, like)
    return {
        "level": level,
        "seed": 0,
        "backbone": made.backbone,
        "image_size": made.image_size,
        "cache_dir": str(Path(settings.TERN_HOME) / "cache" / "features"),
        "weights": str(home_path(weights.directory) / "weights.safetensors") if weights else None,
        "wanted_precision": project.wanted_precision,
        "previous": str(home_path(previous.directory)) if previous else None,
        "overrides": made.overrides,
    }


def read_vocabulary(folder: Path) -> Vocabulary:
    """The labels and images of a run written before."""
    manifest = json.loads((folder / "manifest.json").read_text())
    return Vocabulary(manifest["labels"], manifest["images"], np.load(folder / "rows.npy"), manifest["width"])
