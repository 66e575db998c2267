"""Whether a new version is worse than the live one, on marks that neither had seen."""

import numpy as np
import pytest

from annotator.actions.marks import record
from annotator.models import ModelVersion
from annotator.queries.quality import compare
from annotator.queries.suggestions import home_path
from tests.world import World, publish_scores

pytestmark = [pytest.mark.database, pytest.mark.django_db]

UNKNOWN = np.nan


def version_of(world: World, published: list[float], held: list[float]) -> ModelVersion:
    """A version with these scores of the first label's pictures, and these from fits without the picture."""
    matrices = np.full((2, 3, 6), 0.5, np.float16)
    matrices[:, 0] = published, held
    matrices[1, 1:] = np.nan
    made = publish_scores(world.project, matrices[0])
    np.save(home_path(made.directory) / "heldout.npy", matrices[1])
    return made


def mark(world: World, values: list[int], first: int) -> None:
    cells = [(world.images[first + at].pk, world.labels[0].pk, value) for at, value in enumerate(values)]
    record(world.project.pk, world["lead"].pk, cells, "page")


def test_marks_made_since_the_live_version_judge_it_too(harbour: World) -> None:
    mark(harbour, [1, -1, 1], 0)
    live = version_of(harbour, [0.9, 0.1, 0.8, 0.2, 0.7, 0.75], [0.9, 0.1, 0.8, UNKNOWN, UNKNOWN, UNKNOWN])
    candidate = version_of(harbour, [0.5] * 6, [0.6, 0.7, 0.9, 0.8, 0.2, 0.1])
    alone = compare(harbour.project, candidate, live)
    assert (alone.cells, alone.worse) == (3, True)
    assert (alone.candidate, alone.live) == pytest.approx(((1 + 2 / 3) / 2, 1))

    mark(harbour, [1, -1, -1], 3)
    verdict = compare(harbour.project, candidate, live)
    assert (verdict.cells, verdict.worse, verdict.source) == (6, False, "held-out marks")
    assert (verdict.candidate, verdict.live) == pytest.approx(((1 + 1 + 3 / 4) / 3, (1 + 1 + 3 / 5) / 3))


def test_what_a_version_says_of_marks_it_learned_from_does_not_judge_it(harbour: World) -> None:
    mark(harbour, [1, -1, 1, -1, -1, 1], 0)
    by_heart = version_of(harbour, [0.99, 0.01, 0.99, 0.01, 0.01, 0.99], [0.1, 0.9, 0.2, 0.8, 0.7, 0.3])
    honest = version_of(harbour, [0.9, 0.1, 0.8, 0.2, 0.3, 0.7], [0.9, 0.1, 0.8, 0.2, 0.3, 0.7])
    assert compare(harbour.project, by_heart, honest).worse
    assert not compare(harbour.project, honest, by_heart).worse
