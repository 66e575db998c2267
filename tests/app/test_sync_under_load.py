"""Marks under fire: random histories against a model in plain Python, and four processes that replay the same work."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from annotator.actions.marks import sync
from annotator.actions.operations import parse
from annotator.models import Event, Mark, MarkEvent, Operation, Project
from annotator.queries.state import State
from tests.app.acts import op
from tests.processes import python
from tests.world import World, make_world

pytestmark = pytest.mark.database

IMAGES, LABELS = 2, 3
cells = st.tuples(st.integers(0, IMAGES - 1), st.integers(0, LABELS - 1))
people = st.sampled_from(["annotator", "reviewer"])


class Marking(RuleBasedStateMachine):
    """Two people mark, close, undo and replay. `value` and `changes` say what must have come of it."""

    worlds = 0

    @initialize()
    def start(self) -> None:
        Marking.worlds += 1
        self.world = make_world(f"machine{Marking.worlds}", IMAGES, tuple(f"label {at}" for at in range(LABELS)))
        self.value = {(image, label): 0 for image in range(IMAGES) for label in range(LABELS)}
        self.version = dict.fromkeys(self.value, 0)
        # Operations that took effect: id -> (person, {cell: (value before, version after)}).
        self.applied: dict[str, tuple[str, dict[tuple[int, int], tuple[int, int]]]] = {}
        self.answers: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        self.follower = State(self.world.project.pk)

    def send(self, who: str, operation: dict[str, Any]) -> dict[str, Any]:
        result = sync(self.world.project.pk, self.world[who].pk, parse({"operations": [operation]}))["results"][0]
        self.answers.append((who, operation, result))
        return result

    def change(self, who: str, operation: str, new: dict[tuple[int, int], int]) -> None:
        """Note in the model that an operation set these cells."""
        effect = {}
        for cell, value in new.items():
            self.version[cell] += 1
            effect[cell] = (self.value[cell], self.version[cell])
            self.value[cell] = value
        self.applied[operation] = (who, effect)

    def ids(self, cell: tuple[int, int]) -> dict[str, int]:
        return {"image": self.world.images[cell[0]].pk, "label": self.world.labels[cell[1]].pk}

    def speaker(self, cell: tuple[int, int]) -> int | None:
        found = Mark.objects.filter(
            image=self.world.images[cell[0]], label=self.world.labels[cell[1]], resolved=True
        ).first()
        return found.annotator_id if found else None

    @rule(who=people, cell=cells, value=st.sampled_from([1, -1, 0]), stale=st.booleans())
    def mark(self, who: str, cell: tuple[int, int], value: int, stale: bool) -> None:
        before = self.speaker(cell)
        base = self.version[cell] + (7 if stale else 0)
        operation = op("mark", **self.ids(cell), value=value, base=base)
        result = self.send(who, operation)
        if stale and value != self.value[cell]:
            assert result["status"] == "conflict"
            assert result["cells"][0]["value"] == self.value[cell]
            return
        assert result["status"] == "applied"
        says_so_already = value == self.value[cell] and (value == 0 or before == self.world[who].pk)
        self.change(who, operation["id"], {} if says_so_already else {cell: value})

    @rule(who=people, image=st.integers(0, IMAGES - 1))
    def close(self, who: str, image: int) -> None:
        operation = op("close", image=self.world.images[image].pk)
        assert self.send(who, operation)["status"] == "applied"
        self.change(
            who, operation["id"], {cell: -1 for cell in self.value if cell[0] == image and self.value[cell] == 0}
        )

    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        if not self.applied:
            return
        # In the order in which they were made: their ids are others each time, and a history must come again as it was.
        target = list(self.applied)[data.draw(st.integers(0, len(self.applied) - 1))]
        who, effect = self.applied[target]
        undone = Operation.objects.get(pk=target).undone_by is not None
        operation = op("undo", of=target)
        result = self.send(who, operation)
        if undone:
            assert result["status"] == "conflict"
            return
        back = {cell: value for cell, (value, version) in effect.items() if self.version[cell] == version}
        assert result["skipped"] == len(effect) - len(back)
        if result["status"] == "applied":
            self.change(who, operation["id"], back)
        else:
            assert not back

    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        if self.answers:
            who, operation, answer = data.draw(st.sampled_from(self.answers))
            again = sync(self.world.project.pk, self.world[who].pk, parse({"operations": [operation]}))["results"][0]
            assert json.dumps(again) == json.dumps(answer)

    @invariant()
    def the_database_says_what_the_model_says(self) -> None:
        if not hasattr(self, "world"):
            return
        marks = Mark.objects.filter(project=self.world.project, resolved=True)
        stored = {(one.image_id, one.label_id): (one.value, one.version) for one in marks}
        for cell, value in self.value.items():
            ids = self.ids(cell)
            found = stored.get((ids["image"], ids["label"]))
            assert (found[0] if found else 0) == value
            history = list(
                MarkEvent.objects.filter(**ids_of(ids)).order_by("version").values_list("version", "old", "new")
            )
            assert [version for version, _, _ in history] == list(range(1, self.version[cell] + 1))
            assert [old for _, old, _ in history] == [0, *(new for _, _, new in history)][: len(history)]
            assert (history[-1][2] if history else 0) == value

    @invariant()
    def a_reader_that_follows_the_news_says_so_too(self) -> None:
        if not hasattr(self, "world"):
            return
        self.follower.refresh(Project.objects.get(pk=self.world.project.pk).event_seq)
        for (image, label), value in self.value.items():
            assert self.follower.values[image, label] == value


def ids_of(ids: dict[str, int]) -> dict[str, int]:
    return {f"{name}_id": value for name, value in ids.items()}


@pytest.mark.slow
@pytest.mark.django_db
def test_any_history_of_marks_closings_undos_and_replays_adds_up() -> None:
    run_state_machine_as_test(
        Marking,
        settings=settings(
            max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.slow
@pytest.mark.drill
@pytest.mark.django_db(transaction=True)
def test_four_processes_replaying_the_same_operations_apply_each_once(tmp_path: Path) -> None:
    world: World = make_world("replay", 20, tuple(f"label {at}" for at in range(10)))
    operations = [
        op("mark", image=image.pk, label=label.pk, value=1, base=0) for image in world.images for label in world.labels
    ]
    (tmp_path / "operations.json").write_text(json.dumps(operations))
    here = Path(__file__).parent
    who = str(world["annotator"].pk)
    files = [tmp_path / f"answers-{seed}.json" for seed in range(4)]
    common = (here / "replay_client.py", str(world.project.pk), who)
    with (
        python(*common, "0", tmp_path / "operations.json", files[0]) as one,
        python(*common, "1", tmp_path / "operations.json", files[1]) as two,
        python(*common, "2", tmp_path / "operations.json", files[2]) as three,
        python(*common, "3", tmp_path / "operations.json", files[3]) as four,
    ):
        for client in (one, two, three, four):
            assert client.stdin is not None
            client.stdin.write(b"go\n")
            client.stdin.flush()
        for client in (one, two, three, four):
            assert client.wait(120) == 0, client.log.read_text()
    everything = [json.loads(file.read_text()) for file in files]
    for operation in operations:
        answers = [answer for found in everything for answer in found[operation["id"]]]
        assert len(answers) == 8
        assert all(answer == answers[0] for answer in answers)
        assert answers[0]["status"] == "applied"
    assert Mark.objects.filter(project=world.project).count() == 200
    assert MarkEvent.objects.filter(project=world.project).count() == 200
    seqs = list(Event.objects.filter(project=world.project).order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, len(seqs) + 1))
    told = [tuple(cell[:2]) for event in Event.objects.filter(project=world.project) for cell in event.payload["cells"]]
    assert len(told) == len(set(told)) == 200
