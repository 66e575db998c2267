"""Undo: an act is taken back exactly as long as what it made of a cell stands, however often, by whomever, in batches.

The machine below plays acts, undos and redos of two people against a model of five lines: a cell is a place in a tree
of states; an act goes down to a new state, and taking it back goes up again if the cell is where the act had put it.
"""

import random
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from annotator.models import AuditQuestion, CantTell, Checked, Mark, MarkEvent
from tests.app.acts import cell, op, send
from tests.world import World, make_world

pytestmark = [pytest.mark.django_db, pytest.mark.database]

PEOPLE = ("annotator", "reviewer")
Key = tuple[int, int]


def mark(world: World, image: int, label: int, value: int, **fields: Any) -> dict[str, Any]:
    return op("mark", **cell(world, image, label, value), **fields)


def undo(operation: dict[str, Any]) -> dict[str, Any]:
    return op("undo", of=operation["id"])


def picture(world: World) -> Any:
    """Everything that people have said: all marks, those behind the resolved one too, receipts and blind answers."""
    marks = Mark.objects.filter(project=world.project)
    return (
        sorted(marks.values_list("image", "label", "annotator", "value", "resolved", "source", "rule_version")),
        sorted(CantTell.objects.filter(project=world.project).values_list("image", "label", "annotator")),
        sorted(Checked.objects.filter(project=world.project).values_list("image", "group", "annotator")),
        sorted(
            AuditQuestion.objects.filter(project=world.project, answered_at__isnull=False).values_list("pk", "answer")
        ),
    )


def ask_blind(world: World, image: int, label: int, role: str) -> AuditQuestion:
    return AuditQuestion.objects.create(
        project=world.project, image=world.images[image], label=world.labels[label], probability=0.5,
        asked_of=world[role],
    )  # fmt: skip


def test_a_cell_touched_twice_is_taken_back_twice(harbour: World) -> None:
    before = picture(harbour)
    yes, no = mark(harbour, 0, 0, 1), mark(harbour, 0, 0, -1)
    send(harbour, yes, no)
    results = send(harbour, undo(no), undo(yes))
    assert [(one["status"], one["cells"][0]["value"]) for one in results] == [("applied", 1), ("applied", 0)]
    assert picture(harbour) == before


def test_the_way_forward_is_as_exact_as_the_way_back(harbour: World) -> None:
    yes, no = mark(harbour, 0, 0, 1), mark(harbour, 0, 0, -1)
    send(harbour, yes)
    middle = picture(harbour)
    send(harbour, no)
    end = picture(harbour)
    back, further_back = undo(no), undo(yes)
    send(harbour, back, further_back)
    send(harbour, undo(further_back))
    assert picture(harbour) == middle
    send(harbour, undo(back))
    assert picture(harbour) == end


def test_what_somebody_else_did_and_took_back_stands_in_nobodys_way(harbour: World) -> None:
    mine, theirs = mark(harbour, 0, 0, 1), mark(harbour, 0, 0, -1)
    send(harbour, mine)
    send(harbour, theirs, undo(theirs), role="reviewer")
    [result] = send(harbour, undo(mine))
    assert (result["status"], result["cells"][0]["value"]) == ("applied", 0)
    assert not Mark.objects.exists()


def test_an_undo_that_cannot_be_says_whose_change_stands_and_what_it_is(harbour: World) -> None:
    mine = mark(harbour, 0, 0, 1)
    send(harbour, mine)
    send(harbour, mark(harbour, 0, 0, -1), role="reviewer")
    [result] = send(harbour, undo(mine))
    assert (result["status"], result["skipped"]) == ("conflict", 1)
    assert result["detail"] == "The cell stays as it is: reviewer of harbour marked it absent since."
    assert result["cells"][0]["value"] == -1


def test_an_undo_in_part_says_how_many_stay_and_who_changed_them(harbour: World) -> None:
    close = op("close", image=harbour.images[0].pk)
    send(harbour, close, mark(harbour, 0, 2, 1))
    send(harbour, mark(harbour, 0, 1, 1), role="reviewer")
    [result] = send(harbour, undo(close))
    assert (result["status"], result["skipped"]) == ("applied", 2)
    assert result["detail"] == "2 of 3 cells stay as they are: reviewer of harbour and you changed them since."
    assert not Checked.objects.exists()


def test_ones_own_mark_behind_somebody_elses_comes_back_too(harbour: World) -> None:
    send(harbour, mark(harbour, 0, 0, 1))
    send(harbour, mark(harbour, 0, 0, -1), role="reviewer")
    before = picture(harbour)
    again = mark(harbour, 0, 0, 1)
    send(harbour, again)
    send(harbour, undo(again))
    assert picture(harbour) == before, "my first mark stands behind the reviewer's, as before"


def test_cant_tell_of_a_marked_cell_is_one_act_and_one_undo(harbour: World) -> None:
    send(harbour, mark(harbour, 0, 0, 1))
    before = picture(harbour)
    image, label = harbour.images[0].pk, harbour.labels[0].pk
    unsure = op("cant_tell", image=image, label=label, on=True, value=0, base=1)
    [result] = send(harbour, unsure)
    assert (result["status"], result["cells"][0]["value"]) == ("applied", 0)
    assert CantTell.objects.count() == 1
    send(harbour, undo(unsure))
    assert picture(harbour) == before
    [stale] = send(harbour, unsure | {"id": str(uuid.uuid4()), "base": 0})
    assert stale["status"] == "conflict"


def test_the_second_key_is_no_conflict_when_it_names_the_first(harbour: World) -> None:
    first = mark(harbour, 0, 0, 1, base=0)
    second = mark(harbour, 0, 0, -1, base=0, after=[first["id"]])
    assert [one["status"] for one in send(harbour, first, second)] == ["applied", "applied"]
    third = mark(harbour, 0, 0, 1, base=0, after=[second["id"]])
    [result] = send(harbour, third)
    assert (result["status"], result["cells"][0]["version"]) == ("applied", 3)
    late = mark(harbour, 0, 0, -1, base=0, after=[second["id"]])
    assert send(harbour, late)[0]["status"] == "conflict", "made on top of what is no longer there"


def test_a_key_after_one_that_met_somebody_elses_change_meets_it_too(harbour: World) -> None:
    send(harbour, mark(harbour, 0, 0, 1, base=0), role="reviewer")
    first = mark(harbour, 0, 0, -1, base=0)
    second = op("cant_tell", image=harbour.images[0].pk, label=harbour.labels[0].pk, on=True, value=0, base=0)
    results = send(harbour, first, second | {"after": [first["id"]]})
    assert [one["status"] for one in results] == ["conflict", "conflict"]


def test_a_page_made_on_top_of_an_undo_in_the_same_batch_is_written(harbour: World) -> None:
    first = op("page", cells=[{"image": harbour.images[0].pk, "label": harbour.labels[0].pk, "value": 1, "base": 0}])
    back = undo(first)
    cells = [{"image": harbour.images[0].pk, "label": harbour.labels[0].pk, "value": -1, "base": 0}]
    again = op("page", cells=cells, after=[back["id"]])
    assert [one["status"] for one in send(harbour, first, back, again)] == ["applied"] * 3
    assert Mark.objects.get().value == -1


def test_a_blind_answer_is_an_operation_and_its_undo_withdraws_it_with_its_mark(harbour: World) -> None:
    question = ask_blind(harbour, 0, 0, "annotator")
    before = picture(harbour)
    said = op("blind", question=question.pk, value=1)
    [result] = send(harbour, said)
    assert send(harbour, said) == [result]
    assert (result["status"], result["cells"][0]["value"], result["cells"][0]["source"]) == ("applied", 1, "audit")
    [other] = send(harbour, op("blind", question=question.pk, value=-1))
    assert other["status"] == "conflict"
    back = undo(said)
    assert send(harbour, back)[0]["status"] == "applied"
    assert picture(harbour) == before
    asked = harbour.get("audit/next/", role="annotator").json()
    assert [one["id"] for one in asked] == [question.pk], "it is open again, and asked again"
    send(harbour, undo(back))
    assert Mark.objects.get().source == "audit"
    question.refresh_from_db()
    assert question.answer == 1


def test_an_undo_leaves_a_blind_answer_that_was_given_anew(harbour: World) -> None:
    question = ask_blind(harbour, 0, 0, "annotator")
    said = op("blind", question=question.pk, value=1)
    back = undo(said)
    send(harbour, said, back, op("blind", question=question.pk, value=0))
    [result] = send(harbour, undo(back))
    assert (result["status"], result["detail"]) == ("conflict", "This question was answered anew since.")
    question.refresh_from_db()
    assert question.answer == 0


def test_nobody_answers_a_question_of_somebody_else_or_of_what_is_gone(harbour: World) -> None:
    question = ask_blind(harbour, 0, 0, "annotator")
    [theirs] = send(harbour, op("blind", question=question.pk, value=1), role="reviewer")
    assert (theirs["status"], theirs["detail"]) == ("rejected", f"Nobody asked you question {question.pk}.")
    harbour.delete(f"images/{harbour.images[0].pk}/")
    [gone] = send(harbour, op("blind", question=question.pk, value=1))
    assert gone["status"] == "parked"
    assert not Mark.objects.exists()


@dataclass(eq=False)
class State:
    """One state a cell was in: whose mark speaks, and what everybody's marks are."""

    rows: dict[str, tuple[int, str]] = field(default_factory=dict)
    speaks: str | None = None


@dataclass
class Act:
    """An operation that was applied: from which state to which it took each cell, and what it did beside."""

    operation: dict[str, Any]
    moved: dict[Key, tuple[State, State]]
    receipts: list[tuple[Any, bool]] = field(default_factory=list)
    is_undone: bool = False


class People(RuleBasedStateMachine):
    """Two people at one project; each keeps the acts that `U` walks back through, as the page does."""

    roles: tuple[str, ...] = PEOPLE
    worlds = 0

    def __init__(self) -> None:
        super().__init__()
        People.worlds += 1
        self.world = make_world(f"undo-{People.worlds}", images=3)
        self.cells = {(i, k): State() for i in range(3) for k in range(3)}
        self.receipts: dict[str, set[Any]] = {role: set() for role in PEOPLE}
        self.acts: dict[str, list[Act]] = {role: [] for role in PEOPLE}
        self.sent: list[tuple[str, dict[str, Any], dict[str, Any]]] = []
        self.start = picture(self.world)

    def send(self, role: str, *operations: dict[str, Any]) -> list[dict[str, Any]]:
        results = send(self.world, *operations, role=role)
        self.sent += [(role, one, result) for one, result in zip(operations, results, strict=True)]
        return results

    # --- what a person does; each gives the operation and what the model makes of it ---

    def _put(self, role: str, key: Key, value: int, source: str) -> tuple[State, State] | None:
        old = self.cells[key]
        now = old.rows[old.speaks][0] if old.speaks else 0
        if (value == 0 and old.speaks is None) or (old.speaks == role and now == value):
            return None
        rows = {who: row for who, row in old.rows.items() if who != role}
        rows |= {role: (value, source)} if value else {}
        new = State(rows, role if value else None)
        self.cells[key] = new
        return old, new

    def _turn(self, role: str, receipt: Any, on: bool) -> list[tuple[Any, bool]]:
        mine = self.receipts[role]
        if (receipt in mine) == on:
            return []
        (mine.add if on else mine.discard)(receipt)
        return [(receipt, on)]

    def act(self, role: str, kind: str, image: int, label: int, value: int) -> Act:
        pictures, labels = self.world.images, self.world.labels
        moved: dict[Key, Any] = {}
        receipts: list[tuple[Any, bool]] = []
        if kind == "mark":
            operation = mark(self.world, image, label, value)
            moved[image, label] = self._put(role, (image, label), value, "human")
            receipts += self._turn(role, ("cant_tell", image, label), False) if value else []
        elif kind == "page":
            said = value or 1
            cells = [{"image": one.pk, "label": labels[label].pk, "value": said} for one in pictures]
            operation = op("page", cells=cells)
            for place in range(3):
                if self.cells[place, label].speaks is None:
                    moved[place, label] = self._put(role, (place, label), said, "page")
        elif kind == "close":
            operation = op("close", image=pictures[image].pk)
            if value == 1:
                # What is suggested present is taken as that, the rest is absent.
                operation["cells"] = [{"image": pictures[image].pk, "label": labels[label].pk, "value": 1}]
                if self.cells[image, label].speaks is None:
                    moved[image, label] = self._put(role, (image, label), 1, "accepted")
                    receipts += self._turn(role, ("cant_tell", image, label), False)
            for place in range(3):
                open_ = self.cells[image, place].speaks is None
                if open_ and ("cant_tell", image, place) not in self.receipts[role]:
                    moved[image, place] = self._put(role, (image, place), -1, "closed")
            receipts += self._turn(role, ("checked", image), True)
        elif kind == "cant_tell":
            operation = op("cant_tell", image=pictures[image].pk, label=labels[label].pk, on=True, value=0)
            moved[image, label] = self._put(role, (image, label), 0, "human")
            receipts += self._turn(role, ("cant_tell", image, label), True)
        else:
            operation = op("checked", image=pictures[image].pk, on=value >= 0)
            receipts += self._turn(role, ("checked", image), value >= 0)
        return Act(operation, {key: turn for key, turn in moved.items() if turn}, receipts)

    def take_back(self, role: str, act: Act) -> tuple[Act, bool]:
        """The undo as an act of its own, and whether anything of it could be."""
        moved: dict[Key, tuple[State, State]] = {}
        for key, (old, new) in act.moved.items():
            if self.cells[key] is new:
                self.cells[key] = old
                moved[key] = (new, old)
        receipts = [turn for receipt, on in act.receipts for turn in self._turn(role, receipt, not on)]
        blocked = act.moved and not moved and not receipts
        return Act(undo(act.operation), moved, receipts), not blocked

    # --- rules ---

    @rule(data=st.data())
    def new_acts(self, data: st.DataObject) -> None:
        """Some acts of one person in one batch, as after a time without network."""
        role = data.draw(st.sampled_from(self.roles))
        kinds = st.sampled_from(["mark", "mark", "mark", "page", "close", "cant_tell", "checked"])
        place, value = st.integers(0, 2), st.sampled_from([-1, 0, 1])
        made = data.draw(st.lists(st.tuples(kinds, place, place, value), min_size=1, max_size=4))
        self.acts[role] = [act for act in self.acts[role] if not act.is_undone]
        new = [self.act(role, *one) for one in made]
        results = self.send(role, *[act.operation for act in new])
        for act, result in zip(new, results, strict=True):
            # A page whose cells were all marked meanwhile wrote nothing: it never was an act.
            if result["status"] == "applied":
                self.acts[role].append(act)
            else:
                assert not act.moved, result

    @rule(data=st.data(), times=st.integers(1, 3))
    def undos(self, data: st.DataObject, times: int) -> None:
        self.turns(data.draw(st.sampled_from(self.roles)), times, back=True)

    @rule(data=st.data(), times=st.integers(1, 3))
    def redos(self, data: st.DataObject, times: int) -> None:
        self.turns(data.draw(st.sampled_from(self.roles)), times, back=False)

    def turns(self, role: str, times: int, *, back: bool) -> int:
        """Walk so many acts back (or forward), in one batch; how many there were."""
        acts = self.acts[role]
        chosen = [a for a in reversed(acts) if not a.is_undone] if back else [a for a in acts if a.is_undone]
        told = []
        for act in chosen[:times]:
            turned, is_done = self.take_back(role, act)
            told.append((turned.operation, is_done, len(act.moved) - len(turned.moved)))
            if is_done:
                turned.is_undone = not act.is_undone
                acts[acts.index(act)] = turned
            else:
                acts.remove(act)
        results = self.send(role, *[operation for operation, _, _ in told]) if told else []
        for (_, is_done, left), result in zip(told, results, strict=True):
            assert (result["status"], result["skipped"]) == ("applied" if is_done else "conflict", left), result
            assert bool(result["detail"]) == bool(left), result
        return len(told)

    @rule(seed=st.integers(0, 2**16))
    def replays(self, seed: int) -> None:
        """An answer was lost: some operations come again, in their order, and are answered as before."""
        if not self.sent:
            return
        chance = random.Random(seed)
        again = chance.choice(self.sent)
        role = again[0]
        some = [one for one in self.sent if one[0] == role and (one is again or chance.random() < 0.3)][-50:]
        assert send(self.world, *[one for _, one, _ in some], role=role) == [result for _, _, result in some]

    @invariant()
    def everything_is_as_the_model_says(self) -> None:
        ids = {role: self.world[role].pk for role in PEOPLE}
        images, labels = [one.pk for one in self.world.images], [one.pk for one in self.world.labels]
        marks = [
            (images[i], labels[k], ids[role], value, role == state.speaks, source, 1)
            for (i, k), state in self.cells.items()
            for role, (value, source) in state.rows.items()
        ]
        given = [(role, *receipt) for role, mine in self.receipts.items() for receipt in mine]
        cant = [(images[at[0]], labels[at[1]], ids[role]) for role, kind, *at in given if kind == "cant_tell"]
        checked = [(images[at[0]], "", ids[role]) for role, kind, *at in given if kind == "checked"]
        assert picture(self.world) == (sorted(marks), sorted(cant), sorted(checked), [])

    def teardown(self) -> None:
        while any(self.turns(role, 3, back=True) for role in self.roles):
            self.everything_is_as_the_model_says()
        if len(self.roles) == 1:
            assert picture(self.world) == self.start
        history = MarkEvent.objects.filter(project=self.world.project).order_by("version")
        sums: dict[Key, int] = {}
        for event in history:
            key = (event.image_id, event.label_id)
            assert sums.get(key, 0) == event.old
            sums[key] = event.new


class Alone(People):
    """One person alone: undoing everything leaves exactly what was there before."""

    roles = PEOPLE[:1]


@pytest.mark.slow
@pytest.mark.parametrize("machine", [Alone, People])
def test_any_acts_undos_and_redos_keep_to_the_model(db: None, machine: type[People]) -> None:
    suppress = [HealthCheck.too_slow, HealthCheck.data_too_large]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=suppress,
            phases=(Phase.reuse, Phase.generate),
        ),
    )
