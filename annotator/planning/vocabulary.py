"""Which label of the project each label of a table is: the same, one it resembles, or a new one."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from annotator.limits import NAME
from annotator.models import Label, LabelRevision
from annotator.planning.questions import Answers, Ask, Choice
from annotator.tables.labels import folded as bare
from annotator.tables.labels import tidy

# So many labels are named for a new name that resembles them, and so much alike they have to be ("sae" and "sea").
MOST_LIKE, ALIKE = 3, 0.66
# In a table of very many new labels, those that only resemble others are told, not asked about.
MOST_ASKED = 24
NEW, LEAVE, USE = "new", "leave", "use:"


@dataclass
class Vocabulary:
    """`targets` [labels of the table]: id of a label, 0 for one to be made, None for one that is left out."""

    targets: list[int | None] = field(default_factory=list)
    new: list[dict[str, Any]] = field(default_factory=list)
    questions: list[Ask] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def folded(name: str) -> str:
    """Names that differ only in case or outer blanks mean the same label."""
    return tidy(name).casefold()


def problem_of(name: str) -> str:
    """Why a label cannot be called so, or ""."""
    if len(name.strip()) > NAME:
        return f"The label name {name[:40]!r}… has {len(name)} letters; at most {NAME} are allowed."
    if not name.strip() or any(ord(letter) < 32 or ord(letter) == 127 for letter in name.strip()):
        return f"The label name {name!r} is empty or holds control characters."
    return ""


class Words:
    """The labels of a project by what they are called, were called and are also called."""

    def __init__(self, project_id: int) -> None:
        labels = Label.objects.filter(project_id=project_id, deleted_at=None).order_by("column")
        rows = list(labels.values_list("pk", "name", "synonyms"))
        self.names = {pk: name for pk, name, _ in rows}
        self.by_name = {folded(name): pk for pk, name, _ in rows}
        self.by_synonym = {folded(word): pk for pk, _, synonyms in rows for word in synonyms}
        former = LabelRevision.objects.filter(label__in=self.names).values_list("label_id", "name")
        self.by_former = {folded(name): pk for pk, name in former}
        self.by_look = {bare(name): pk for pk, name in self.names.items()}
        self.squeezed = {squeezed(word): pk for pk, name, synonyms in rows for word in (*synonyms, name)}

    def like(self, name: str) -> list[int]:
        """Labels that differ from the name in few letters, the likeliest first."""
        words = get_close_matches(squeezed(name), self.squeezed, MOST_LIKE, ALIKE)
        return list(dict.fromkeys(self.squeezed[word] for word in words))

    def as_new(self, name: str) -> dict[str, Any]:
        """A name for a new label, and the names of labels that it may be a misspelling of."""
        return {"name": name.strip(), "like": [self.names[pk] for pk in self.like(name)]}


def squeezed(name: str) -> str:
    """A name without what people write now so, now so: case, blanks, hyphens, and the s of a plural."""
    letters = "".join(letter for letter in folded(name) if letter.isalnum())
    return letters.removesuffix("s") or letters


def vocabulary(project_id: int, names: list[str], given: Answers) -> Vocabulary:
    """Find the table's labels among those of the project."""
    words, found = Words(project_id), Vocabulary()
    taken: dict[int | str, str] = {}
    for name in names:
        target = target_of(name, words, found, given)
        key = target or folded(name)
        if target is not None and key in taken:
            found.errors.append(f"{name!r} and {taken[key]!r} are one label here. Keep one column of them.")
            target = None
        elif target is not None:
            taken[key] = name
        found.targets.append(target)
        if target == 0:
            found.new.append(words.as_new(name))
    return found


def target_of(name: str, words: Words, found: Vocabulary, given: Answers) -> int | None:
    """Id of the label that the name means, 0 for a new one, None for none."""
    if (pk := words.by_name.get(folded(name))) is not None:
        return pk
    if problem := problem_of(name):
        found.errors.append(problem)
        return None
    question = question_of(name, words, len(found.questions))
    if question is None:
        return 0
    found.questions.append(question)
    answer = question.answer(given)
    if answer in (None, LEAVE):
        return None
    return 0 if answer == NEW else int(str(answer).removeprefix(USE))


def question_of(name: str, words: Words, asked: int) -> Ask | None:
    """What to ask of a name that no label has; None when nothing resembles it."""
    former = words.by_synonym.get(folded(name)) or words.by_former.get(folded(name))
    look = words.by_look.get(bare(name))
    like = [former] if former else [look] if look else words.like(name) if asked < MOST_ASKED else []
    if not like:
        return None
    if former:
        text = f"{name!r} is another or a former name of {words.names[former]!r}. Is it that label?"
    elif look:
        text = f"{name!r} differs from {words.names[look]!r} only in accents, signs or form. Is it that label?"
    else:
        text = f"There is no label {name!r}. Did you mean {words.names[like[0]]!r}?"
    uses = [Choice(f"{USE}{pk}", f"It is {words.names[pk]!r}") for pk in like]
    choices = (*uses, Choice(NEW, f"A new label, {name!r}"), Choice(LEAVE, "Leave it out"))
    # Nothing is proposed where two names could well be one: only a person knows.
    return Ask(f"label:{name}", text, choices, uses[0].value if former else "" if look else NEW)
