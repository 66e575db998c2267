"""What a plan would do, counted; and what must be asked of marks that people made."""

from collections import Counter
from typing import Any

from annotator.models import User
from annotator.planning.questions import Ask, Choice
from annotator.planning.standing import EARLIER, FREE, PEOPLE, SAME, UNSURE, WITHDRAWN
from annotator.planning.words import ALL, IMPORTED, Policy, Said, Words
from annotator.words import counted

LABELS_TOLD = 1_000
CELLS = "cell"


def people_of(counts: Counter[int]) -> list[dict[str, Any]]:
    """[{"name", "count"}] of the people whose words these are, the most first."""
    names = {one.pk: str(one) for one in User.objects.filter(pk__in=counts)}
    return [{"name": names.get(pk, "somebody"), "count": count} for pk, count in counts.most_common()]


def spoken(people: list[dict[str, Any]]) -> str:
    """ "Anna 3, Ben 2"."""
    return ", ".join(f"{one['name']} {one['count']:,}" for one in people[:8])


def asked_of(words: Words) -> list[Ask]:
    """What must be agreed to; each has a proposal that leaves people's words as they are."""
    found = []
    if earlier := words.count(EARLIER):
        text = f"The table says otherwise than earlier imports of {counted(earlier, CELLS)}. Correct them?"
        choices = (Choice("correct", "Correct them"), Choice("leave", "Leave them as they are"))
        found.append(Ask("earlier", text, choices, "correct"))
    if people := words.people(PEOPLE):
        text = (
            f"The table says otherwise than people of {counted(people.total(), CELLS)} ({spoken(people_of(people))})."
        )
        choices = (Choice("keep", "People's marks stay"), Choice("override", "The table overrides them"))
        found.append(Ask("people", text, choices, "keep"))
    if withdrawn := words.people(WITHDRAWN):
        who = spoken(people_of(withdrawn))
        text = (
            f"The table says something of {counted(withdrawn.total(), CELLS)} that people set back to unknown ({who})."
        )
        choices = (Choice("leave", "They stay unknown"), Choice("mark", "Mark them again"))
        found.append(Ask("withdrawn", text, choices, "leave"))
    if unsure := words.people(UNSURE):
        who = spoken(people_of(unsure))
        text = f"The table says something of {counted(unsure.total(), CELLS)} of which people could not tell ({who})."
        choices = (Choice("leave", "They stay unknown"), Choice("mark", "Mark them"))
        found.append(Ask("unsure", text, choices, "leave"))
    if question := asked_of_blanks(words):
        found.append(question)
    return found


def asked_of_blanks(words: Words) -> Ask | None:
    """Whether blanks and unknowns of the table take marks back."""
    imported, people = words.blanks(EARLIER).total(), words.blanks(PEOPLE)
    if not imported + people.total():
        return None
    whose = [f"{imported:,} imported"] * bool(imported) + [spoken(people_of(people))] * bool(people)
    told = counted(imported + people.total(), "marked cell")
    text = f"The table says unknown of {told} ({', '.join(whose)}). Set them back to unknown?"
    choices = [Choice("leave", "Leave the marks")]
    choices += [Choice(IMPORTED, "Set imported ones back")] if imported and people else []
    choices += [Choice(ALL if people else IMPORTED, "Set all of them back" if people else "Set them back")]
    return Ask("withdraw", text, tuple(choices), "leave")


def consequences(words: Words, policy: Policy) -> dict[str, Any]:
    """Cells that would become present, absent, can't tell, unknown; that stay; and whose words are met."""
    told = [of_label(said, policy) for said in words.labels]
    keys = ("present", "absent", "cant_tell", "same", "unknown", "kept", "cleared")
    total = {key: sum(one[key] for one in told) for key in keys}
    return {
        **total,
        "corrected": words.count(EARLIER) if policy.writes(EARLIER) else 0,
        "people": {"overridden": policy.writes(PEOPLE), "by": people_of(words.people(PEOPLE))},
        "withdrawn": {"marked": policy.writes(WITHDRAWN), "by": people_of(words.people(WITHDRAWN))},
        "unsure": {"marked": policy.writes(UNSURE), "by": people_of(words.people(UNSURE))},
        "labels": told[:LABELS_TOLD],
    }


def of_label(said: Said, policy: Policy) -> dict[str, Any]:
    """The same for one label."""
    kinds = (FREE, EARLIER, PEOPLE, WITHDRAWN, UNSURE)
    written = {value: sum(said.count(kind, value) for kind in kinds if policy.writes(kind)) for value in (1, -1, 2)}
    kept = sum(said.count(kind) for kind in kinds if not policy.writes(kind))
    marked_again = sum(said.count(kind, v) for kind in (WITHDRAWN, UNSURE) if policy.writes(kind) for v in (1, -1))
    cleared = sum(int((said.blank_kinds == kind).sum()) for kind in (EARLIER, PEOPLE) if policy.clears(kind))
    return {
        "name": said.name,
        "is_new": said.label == 0,
        "present": written[1],
        "absent": written[-1],
        "cant_tell": written[2],
        "same": said.count(SAME),
        "unknown": said.unknown - marked_again + cleared,
        "kept": kept,
        "cleared": cleared,
    }
