"""Answers to blind questions, as one batch of operations gives and withdraws them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from annotator.models import AuditQuestion

# [question, answer before, answer after]; None = not answered
Turn = list[Any]


class Answers:
    """The questions that a batch names, changed in memory and written at once."""

    def __init__(self, project_id: int, user_id: int, now: datetime) -> None:
        self.project_id, self.user_id, self.now = project_id, user_id, now
        self.questions: dict[int, AuditQuestion] = {}
        self.changed: list[Turn] = []
        self.touched: set[int] = set()

    def load(self, ids: Iterable[int]) -> None:
        """Read these questions, as far as they were asked of this person."""
        wanted = set(ids)
        if wanted:
            mine = AuditQuestion.objects.filter(project_id=self.project_id, asked_of_id=self.user_id)
            self.questions = mine.in_bulk(wanted)

    def begin(self) -> None:
        """From here on, `changed` lists what the next operation does."""
        self.changed = []

    def question(self, pk: int) -> AuditQuestion | None:
        """The question, if it was asked of this person."""
        return self.questions.get(pk)

    def give(self, question: AuditQuestion, answer: int | None) -> None:
        """Answer the question; None withdraws the answer."""
        self.changed.append([question.pk, question.answer, answer])
        question.answer = answer
        question.answered_at = None if answer is None else self.now
        self.touched.add(question.pk)

    def take_back(self, turns: Iterable[Turn]) -> bool:
        """Reverse what an operation did to answers, as far as it still stands; whether anything moved."""
        moved = False
        for pk, before, after in turns:
            question = self.questions.get(pk)
            if question is not None and question.answer == after:
                self.give(question, before)
                moved = True
        return moved

    def write(self) -> None:
        """Write the changed ones."""
        for pk in self.touched:
            question = self.questions[pk]
            AuditQuestion.objects.filter(pk=pk).update(answer=question.answer, answered_at=question.answered_at)
