"""Questions of a plan: some have a proposal that holds when nobody answers, the others must be answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotator.errors import Invalid
from annotator.tables import parts

Answers = Mapping[str, str]

# What the short answers of tables say in full.
TEXTS = {
    "present": "Present",
    "absent": "Absent",
    "unknown": "Unknown: nothing is said",
    "cant_tell": "Can't tell: somebody looked and could not decide",
    "yes": "Yes",
    "no": "No, leave them out",
    "one": "One label",
    "several": "Several labels",
    "none": "None of them",
    "label": "A label",
    "metadata": "Something else about the picture",
    "each": "Each value of each column is a label",
}


@dataclass(frozen=True)
class Choice:
    """One answer, and what it says."""

    value: str
    text: str


@dataclass(frozen=True)
class Ask:
    """A question. `proposed` holds until somebody answers; "" when only a person knows, and must say."""

    id: str
    text: str
    choices: tuple[Choice, ...]
    proposed: str = ""

    def answer(self, given: Answers) -> str | None:
        """What holds: what was given, else what is proposed. Raises Invalid for an answer that is no choice."""
        answer = given.get(self.id)
        if answer is None:
            return self.proposed or None
        if answer not in {one.value for one in self.choices}:
            choices = ", ".join(one.value for one in self.choices)
            raise Invalid(f"{answer!r} is no answer to {self.id!r}. It is one of: {choices}.")
        return answer

    def as_json(self, given: Answers) -> dict[str, Any]:
        """As the plan tells it."""
        return {
            "id": self.id,
            "text": self.text,
            "choices": [{"value": one.value, "text": one.text} for one in self.choices],
            "proposed": self.proposed,
            "answer": self.answer(given),
        }


def of_table(question: parts.Question, names: Mapping[str, str] | None = None) -> Ask:
    """A table's question; `names` says what its choices are called. It has no proposal: it is about what is meant."""
    known = names or {}
    choices = tuple(Choice(one, known.get(one) or TEXTS.get(one, one)) for one in question.choices)
    return Ask(question.id, question.text, choices)
