"""The queue: what comes next, for whom, and why nothing does."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.utils import timezone

from annotator.actions.leases import claim
from annotator.models import Event, Image, Lease, ModelVersion, Project
from annotator.queries import state
from tests.app.acts import applied
from tests.world import World, add_images

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def ask(world: World, role: str = "annotator", **query: Any) -> dict[str, Any]:
    answer = world.get("next/", query, role=role)
    assert answer.status_code == 200, answer.content
    return answer.json()


def rows(answer: dict[str, Any]) -> list[int]:
    return [image["row"] for image in answer["images"]]


def publish_scores(world: World, scores: list[list[float]]) -> None:
    """A live version with these probabilities, one list a label."""
    folder = settings.TERN_HOME / "scores"
    folder.mkdir(exist_ok=True)
    number = ModelVersion.objects.filter(project=world.project).count() + 1
    np.save(folder / f"{number}.npy", np.array(scores, np.float16))
    version = ModelVersion.objects.create(
        project=world.project, number=number, method="test", directory="scores", scores_file=f"scores/{number}.npy",
        score_labels=[label.pk for label in world.labels], score_images=len(world.images), scores_revision=1,
    )  # fmt: skip
    Project.objects.filter(pk=world.project.pk).update(live_version=version)


def test_next_gives_image_cells_and_suggestions_in_one_answer_and_leases_it(harbour: World) -> None:
    publish_scores(harbour, [[0.9] * 6, [0.5] * 6, [0.1] * 6])
    answer = ask(harbour, mode="in_order")
    [image] = answer["images"]
    assert (image["row"], answer["remaining"], answer["reason"]) == (0, 6, None)
    assert [cell["score"] for cell in image["cells"]] == [
        pytest.approx(0.9, abs=1e-3),
        0.5,
        pytest.approx(0.1, abs=1e-3),
    ]
    assert [cell["label"] for cell in image["cells"]] == [label.pk for label in harbour.labels]
    assert image["model_version"] == 1
    assert image["lease"]["annotator"] == harbour["annotator"].pk
    assert Lease.objects.get().image_id == image["id"]


def test_two_people_never_get_the_same_image(harbour: World) -> None:
    given = [rows(ask(harbour, role, count=2, mode="in_order")) for role in ("annotator", "reviewer", "lead")]
    assert given == [[0, 1], [2, 3], [4, 5]]


def test_a_lease_survives_a_reload_of_the_page(harbour: World) -> None:
    first = rows(ask(harbour, mode="random", count=2))
    assert rows(ask(harbour, mode="in_order", count=2)) == first


def test_a_lease_that_ran_out_is_given_to_the_next_person(harbour: World) -> None:
    ask(harbour, mode="in_order")
    Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert rows(ask(harbour, "reviewer", mode="in_order")) == [0]
    assert Lease.objects.get().annotator == harbour["reviewer"]


def test_claiming_decides_in_the_database(harbour: World) -> None:
    image = harbour.images[0].pk
    assert claim(harbour.project.pk, harbour["annotator"].pk, [image], 60) == {image}
    assert claim(harbour.project.pk, harbour["reviewer"].pk, [image], 60) == set()
    assert claim(harbour.project.pk, harbour["annotator"].pk, [image], 60) == {image}


def lease(world: World, role: str, image: int, **more: Any) -> dict[str, Any]:
    body = {"image": image, **more}
    answer = world.post("lease/", body, role=role)
    assert answer.status_code == 200, answer.content
    return answer.json()


def told(world: World) -> list[tuple[str, bool]]:
    """Who was said to have come to an open image, or to have left it."""
    news = Event.objects.filter(project=world.project, kind="together").order_by("seq")
    return [(event.payload["name"], event.payload["here"]) for event in news]


def test_giving_back_and_keeping_a_lease(harbour: World) -> None:
    image = harbour.images[0].pk
    assert lease(harbour, "annotator", image)["held"]
    assert not lease(harbour, "reviewer", image)["held"]
    lease(harbour, "annotator", image, release=True)
    assert lease(harbour, "reviewer", image)["held"]


def test_what_stands_ready_is_kept_with_the_open_image(harbour: World) -> None:
    first, second, third = (image.pk for image in harbour.images[:3])
    lease(harbour, "reviewer", third)
    lease(harbour, "annotator", first, ahead=[second, third])
    held = Lease.objects.filter(annotator=harbour["annotator"]).values_list("image_id", flat=True)
    assert set(held) == {first, second}


def test_two_people_at_one_image_are_told_of_each_other_by_name(harbour: World) -> None:
    image = harbour.images[0].pk
    lease(harbour, "annotator", image, tell=True)
    assert told(harbour) == []
    assert lease(harbour, "reviewer", image, tell=True)["holder"]["id"] == harbour["annotator"].pk
    lease(harbour, "reviewer", image)
    lease(harbour, "reviewer", image, release=True)
    name = str(harbour["reviewer"])
    assert told(harbour) == [(name, True), (name, False)]


def test_what_was_left_undecided_comes_back_after_everything_else(harbour: World) -> None:
    seen = []
    after: dict[str, Any] = {}
    for _ in range(7):
        answer = ask(harbour, mode="in_order", **after)
        seen += rows(answer)
        after = {"after": answer["images"][0]["id"]}
    assert seen == [0, 1, 2, 3, 4, 5, 0]


class Walker:
    """What the page does: three images ready, those it holds excluded, those it leaves named once."""

    def __init__(self, world: World, role: str = "annotator") -> None:
        self.world, self.role = world, role
        self.ahead: list[int] = []
        self.left: list[int] = []
        self.open: int | None = None
        self.again: set[int] = set()

    def go_on(self) -> int | None:
        """Leave the open image and open the next; its id, None when there is none."""
        if self.open is not None:
            self.left.append(self.open)
        self.open = self.ahead.pop(0) if self.ahead else None
        if len(self.ahead) < 2:
            held = [*([self.open] if self.open else []), *self.ahead]
            query = {"exclude": ",".join(map(str, held)), "after": ",".join(map(str, self.left))}
            answer = ask(self.world, self.role, count=3, **{name: ids for name, ids in query.items() if ids})
            self.left = []
            self.again |= set(answer["again"])
            self.ahead += [image["id"] for image in answer["images"]]
            if self.open is None and self.ahead:
                self.open = self.ahead.pop(0)
        return self.open


@pytest.mark.slow
def test_one_person_walks_past_a_hundred_images_to_the_end_and_gets_back_what_was_left_for_later(
    harbour: World,
) -> None:
    add_images(harbour.project, 134)
    walker = Walker(harbour)
    later: list[int] = []
    seen: list[int] = []
    while (image := walker.go_on()) is not None and image not in walker.again:
        seen.append(image)
        if len(seen) % 20 == 0:
            later.append(image)
        else:
            applied(harbour, "annotator", "close", image=image)
    assert sorted(seen) == sorted(Image.objects.values_list("pk", flat=True))
    # What was left undecided comes again, the longest ago first, and once it is decided that is the end.
    again = []
    while image is not None:
        again.append(image)
        applied(harbour, "annotator", "close", image=image)
        image = walker.go_on()
    assert again == later
    assert Lease.objects.count() == 0
    # After the end, what is new is found.
    from django.db import transaction

    from annotator.actions.images import tell_of_images

    [new] = add_images(harbour.project, 1)
    with transaction.atomic():
        tell_of_images(harbour.project.pk)
    assert walker.go_on() == new.pk


@pytest.mark.slow
def test_two_people_walk_to_the_end_and_share_the_work(harbour: World) -> None:
    add_images(harbour.project, 114)
    walkers = [Walker(harbour), Walker(harbour, "reviewer")]
    seen: list[list[int]] = [[], []]
    going = True
    while going:
        going = False
        for walker, own in zip(walkers, seen, strict=True):
            if (image := walker.go_on()) is not None:
                own.append(image)
                applied(harbour, walker.role, "close", image=image)
                going = True
    assert sorted(seen[0] + seen[1]) == sorted(Image.objects.values_list("pk", flat=True))
    assert abs(len(seen[0]) - len(seen[1])) <= 3


@pytest.mark.parametrize("again", ["the same tab, reloaded", "a new tab"])
def test_a_page_that_forgot_what_it_held_gets_it_back_and_reaches_the_end(harbour: World, again: str) -> None:
    add_images(harbour.project, 94)
    walker, seen = Walker(harbour), set()
    while (image := walker.go_on()) is not None:
        seen.add(image)
        applied(harbour, "annotator", "close", image=image)
        if len(seen) % 30 == 0:
            held, opened = walker.ahead, walker.open
            walker = Walker(harbour)
            if again.startswith("the same"):
                walker.open = opened
            assert walker.go_on() == held[0], "what it held comes first"
            seen.add(held[0])
            applied(harbour, "annotator", "close", image=held[0])
    assert seen == set(Image.objects.values_list("pk", flat=True))


def test_a_lease_that_was_kept_too_late_does_not_bring_a_left_image_back(harbour: World) -> None:
    [first] = ask(harbour, mode="in_order")["images"]
    ask(harbour, mode="in_order", after=first["id"])
    claim(harbour.project.pk, harbour["annotator"].pk, [first["id"]], 60)
    assert rows(ask(harbour, mode="in_order", exclude=harbour.images[1].pk)) == [2]


def test_excluded_images_are_not_given_again(harbour: World) -> None:
    first, second = ask(harbour, mode="in_order", count=2)["images"]
    assert rows(ask(harbour, mode="in_order", exclude=f"{first['id']},{second['id']}")) == [2]


def test_the_most_uncertain_image_comes_first(harbour: World) -> None:
    chances = [0.9, 0.02, 0.5, 0.99, 0.97, 0.03]
    publish_scores(harbour, [chances, [0.01] * 6, [0.01] * 6])
    order = [rows(ask(harbour, role, mode="informative"))[0] for role in ("annotator", "reviewer", "lead")]
    assert order == [2, 0, 4] or order == [2, 0, 5]


def test_uncertainty_counts_more_for_a_label_with_few_positives(harbour: World) -> None:
    for place in range(3):
        for label in (1, 2):
            applied(
                harbour, "annotator", "mark", image=harbour.images[place].pk, label=harbour.labels[label].pk, value=1
            )
    scores = np.full((3, 6), 0.001)
    scores[0, 4] = scores[1, 5] = 0.3  # Equal doubt; the first label has no positive yet.
    publish_scores(harbour, scores.tolist())
    assert rows(ask(harbour, mode="informative")) == [4]


def test_likely_positives_first(harbour: World) -> None:
    publish_scores(harbour, [[0.1, 0.2, 0.95, 0.5, 0.3, 0.1], [0.0] * 6, [0.0] * 6])
    assert rows(ask(harbour, mode="likely_positives")) == [2]


def test_a_mark_changes_what_comes_next_without_a_new_version(harbour: World) -> None:
    publish_scores(harbour, [[0.1, 0.2, 0.95, 0.5, 0.3, 0.1], [0.0] * 6, [0.0] * 6])
    ask(harbour, "lead", mode="likely_positives")
    applied(harbour, "lead", "mark", image=harbour.images[2].pk, label=harbour.labels[0].pk, value=1)
    Lease.objects.all().delete()
    assert rows(ask(harbour, mode="likely_positives")) == [3]


def test_new_scores_change_what_comes_next(harbour: World) -> None:
    publish_scores(harbour, [[0.9, 0.1, 0.1, 0.1, 0.1, 0.1], [0.0] * 6, [0.0] * 6])
    assert rows(ask(harbour, mode="likely_positives")) == [0]
    publish_scores(harbour, [[0.1, 0.1, 0.1, 0.1, 0.1, 0.9], [0.0] * 6, [0.0] * 6])
    assert rows(ask(harbour, "lead", mode="likely_positives")) == [5]


def test_checked_images_come_after_unchecked_ones_and_never_again_to_who_checked_them(harbour: World) -> None:
    applied(harbour, "annotator", "checked", image=harbour.images[0].pk, on=True)
    others = [
        rows(ask(harbour, "reviewer", mode="in_order", count=3)),
        rows(ask(harbour, "lead", mode="in_order", count=3)),
    ]
    assert others == [[1, 2, 3], [4, 5, 0]]
    Lease.objects.all().delete()
    assert 0 not in rows(ask(harbour, mode="in_order", count=3)) + rows(ask(harbour, mode="random", count=3))


@pytest.mark.parametrize("from_disk", [True, False], ids=["read again", "by news"])
def test_a_label_that_came_after_a_check_is_asked_of_who_checked(harbour: World, from_disk: bool) -> None:
    def left() -> int:
        if from_disk:
            state.forget_states()
        return ask(harbour, mode="in_order")["remaining"]

    for image in harbour.images:
        applied(harbour, "annotator", "checked", image=image.pk, on=True)
    assert left() == 0

    gull = harbour.post("labels/", {"name": "gull"}).json()
    assert left() == 6
    assert not ask(harbour, mode="in_order")["images"][0]["checked"]

    # Said of the new label: what was unknown before the check is not asked again.
    applied(harbour, "annotator", "mark", image=harbour.images[0].pk, label=gull["id"], value=-1, base=0)
    applied(harbour, "annotator", "checked", image=harbour.images[1].pk, on=True)
    assert left() == 4


def test_an_image_whose_cells_are_all_known_is_done(harbour: World) -> None:
    for label in harbour.labels:
        applied(harbour, "annotator", "mark", image=harbour.images[0].pk, label=label.pk, value=-1)
    answer = ask(harbour, mode="in_order")
    assert (rows(answer), answer["remaining"]) == ([1], 5)


def test_what_i_cannot_tell_is_not_asked_of_me_again_but_of_others(harbour: World) -> None:
    for label in harbour.labels:
        applied(harbour, "annotator", "cant_tell", image=harbour.images[0].pk, label=label.pk, on=True)
    assert rows(ask(harbour, mode="in_order")) == [1]
    assert rows(ask(harbour, "reviewer", mode="in_order")) == [0]


def test_one_of_each_near_duplicate_group_first(harbour: World) -> None:
    Image.objects.filter(row__in=[0, 1, 2]).update(group_key="burst")
    assert rows(ask(harbour, mode="in_order", count=3)) == [0, 3, 4]
    assert rows(ask(harbour, "reviewer", mode="in_order", count=3)) == [5, 1, 2]


def test_a_group_with_a_checked_image_waits(harbour: World) -> None:
    Image.objects.filter(row__in=[0, 1]).update(group_key="burst")
    applied(harbour, "annotator", "checked", image=harbour.images[0].pk, on=True)
    assert rows(ask(harbour, "reviewer", mode="in_order", count=3)) == [2, 3, 4]


def test_flagged_and_deleted_images_leave_the_queue(harbour: World) -> None:
    lead = harbour.client("lead")
    lead.patch(harbour.url(f"images/{harbour.images[0].pk}/"), {"flagged": "corrupt"}, content_type="application/json")
    lead.delete(harbour.url(f"images/{harbour.images[1].pk}/"))
    assert rows(ask(harbour, mode="in_order")) == [2]
    lead.post(harbour.url(f"images/{harbour.images[1].pk}/restore/"))
    assert rows(ask(harbour, "reviewer", mode="in_order")) == [1]


def test_new_images_enter_the_queue(harbour: World) -> None:
    from django.db import transaction

    from annotator.actions.images import tell_of_images

    ask(harbour)
    harbour.project.refresh_from_db()
    add_images(harbour.project, 2)
    with transaction.atomic():
        tell_of_images(harbour.project.pk)
    assert ask(harbour)["remaining"] == 8


@pytest.mark.parametrize("situation", ["no images", "no labels", "all open", "all known", "all checked"])
def test_an_empty_queue_explains_itself(harbour: World, situation: str) -> None:
    if situation == "no images":
        Image.objects.update(flagged="corrupt")
        expected = "no pictures"
    elif situation == "no labels":
        for label in harbour.labels:
            harbour.delete(f"labels/{label.pk}/")
        expected = "no labels"
    elif situation == "all open":
        claim(harbour.project.pk, harbour["lead"].pk, [image.pk for image in harbour.images], 60)
        expected = "6 images are open"
    elif situation == "all known":
        for image in harbour.images:
            applied(harbour, "lead", "close", image=image.pk)
        expected = "every label of every image"
    else:
        for image in harbour.images:
            applied(harbour, "annotator", "checked", image=image.pk, on=True)
        expected = "checked every image"
    answer = ask(harbour)
    assert answer["images"] == []
    assert expected in answer["reason"]


def test_an_end_at_which_only_the_undecided_are_left_says_how_many(harbour: World) -> None:
    ids = ",".join(str(image.pk) for image in harbour.images)
    answer = ask(harbour, after=ids)
    assert answer["images"] == []
    assert "6 images that have just been open here" in answer["reason"]
    assert len(ask(harbour, count=3)["again"]) == 3
