"""What was said of a cell before it was marked is kept with the mark, and is what closing learns from."""

import numpy as np
import pytest

from annotator.actions.marks import record
from annotator.models import MarkEvent, ModelVersion
from annotator.queries.expected import live_tail
from annotator.queries.suggestions import home_path
from tests.app.acts import applied, cell, mark
from tests.optional import unwrap
from tests.world import World, publish_scores

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def trained(harbour: World) -> World:
    """A live version that says 0.01 of every cell; of the last label it knew no positive."""
    publish(harbour, 0.01)
    return harbour


def publish(world: World, chance: float) -> ModelVersion:
    labels = [{"id": label.pk, "positives": int(label is not world.labels[2])} for label in world.labels]
    return publish_scores(world.project, np.full((3, 6), chance), {"labels": labels})


def kept(world: World) -> list[float | None]:
    """Probabilities in the history, in the order in which they were written."""
    return list(MarkEvent.objects.filter(project=world.project).order_by("pk").values_list("probability", flat=True))


def test_a_first_mark_keeps_what_the_live_version_said_and_a_change_keeps_nothing(trained: World) -> None:
    mark(trained, "lead", 0, 0, 1)
    mark(trained, "lead", 0, 0, -1)
    assert kept(trained) == [pytest.approx(0.01, rel=1e-3), None]


def test_a_page_keeps_it_and_a_closing_does_not(trained: World) -> None:
    applied(trained, "lead", "page", cells=[cell(trained, row, 1, -1) for row in (0, 1)])
    applied(trained, "lead", "page", source="closed", cells=[cell(trained, 2, 1, -1)])
    assert kept(trained) == [pytest.approx(0.01, rel=1e-3)] * 2 + [None]


def test_a_blind_answer_keeps_it_and_an_import_does_not(trained: World) -> None:
    user = trained["lead"].pk
    for image, source in ((0, "audit"), (1, "imported")):
        record(trained.project.pk, user, [(trained.images[image].pk, trained.labels[0].pk, 1)], source)
    assert kept(trained) == [pytest.approx(0.01, rel=1e-3), None]


def test_what_a_name_alone_says_is_kept_for_no_label(trained: World) -> None:
    mark(trained, "lead", 0, 2, 1)
    assert kept(trained) == [None]


def test_before_the_first_version_there_is_nothing_to_keep(harbour: World) -> None:
    mark(harbour, "lead", 0, 0, 1)
    assert kept(harbour) == [None]


def tail_after(world: World, blind: float) -> np.ndarray:
    """Shared (a, b) under a new version whose fits without the image said `blind` of every cell."""
    version = publish(world, 0.01)
    np.save(home_path(version.directory) / "heldout.npy", np.full((3, 6), blind, np.float16))
    world.project.refresh_from_db()
    return unwrap(live_tail(world.project))[0].mean


def test_closing_learns_from_what_was_said_before_a_mark_and_not_from_todays_model(trained: World) -> None:
    """Two of four that were given one chance in a hundred were present: the tail is worth more than it says."""
    applied(trained, "lead", "page", cells=[cell(trained, row, 0, 1 if row < 2 else -1) for row in range(4)])
    low = tail_after(trained, 0.001)
    assert low[0] > 0.3
    assert tail_after(trained, 0.04) == pytest.approx(low)


def test_marks_made_before_it_was_kept_are_judged_by_fits_without_their_image(harbour: World) -> None:
    cells = [cell(harbour, row, 0, 1 if row < 2 else -1) for row in range(4)]
    applied(harbour, "lead", "page", cells=cells)
    assert tail_after(harbour, 0.001)[0] > tail_after(harbour, 0.04)[0] > 0.1


def test_once_it_is_kept_a_mark_without_it_is_no_evidence(trained: World) -> None:
    applied(trained, "lead", "page", cells=[cell(trained, row, 0, -1) for row in range(2)])
    before = tail_after(trained, 0.01)
    applied(trained, "lead", "page", cells=[cell(trained, row, 2, 1) for row in range(4)])
    assert tail_after(trained, 0.01) == pytest.approx(before)


def test_an_undone_page_is_no_evidence(trained: World) -> None:
    nothing = tail_after(trained, np.nan)
    page = applied(trained, "lead", "page", cells=[cell(trained, row, 0, -1) for row in range(4)])
    assert tail_after(trained, np.nan)[0] < nothing[0]
    applied(trained, "lead", "undo", of=page["id"])
    assert tail_after(trained, np.nan) == pytest.approx(nothing)


def test_a_corrected_mark_counts_as_it_is_now(trained: World) -> None:
    applied(trained, "lead", "page", cells=[cell(trained, row, 0, -1) for row in range(4)])
    absent = tail_after(trained, np.nan)
    mark(trained, "lead", 0, 0, 1)
    assert tail_after(trained, np.nan)[0] > absent[0] + 0.1
