"""Which pictures, labels and marks a snapshot holds, and what it says of them besides: its query in one spelling."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from annotator.errors import Invalid
from annotator.formats.sheet import EXTRAS
from annotator.models import Image, Label, Mark, Project, Source, User

STATES = (1, -1, 0)
KEYS = (
    "sources", "include_flagged", "labels", "people", "since", "until", "where", "metadata", "only_known", "split",
    "extras",
)  # fmt: skip


def checked_query(query: dict[str, Any], project: Project) -> dict[str, Any]:
    """The query in one spelling: every key, all of everything where nothing was said. Raises Invalid.

    `labels` and those of `where` are ids; `people` user names whose marks count; `since` and `until` moments between
    which a mark was last changed; `metadata` what a picture's metadata must say; `split` name -> share in per cent.
    """
    if unknown := set(query) - set(KEYS):
        raise Invalid(f"A snapshot's query knows {', '.join(sorted(KEYS))}, not {', '.join(sorted(unknown))}.")
    labels = set(Label.objects.filter(project=project, deleted_at=None).values_list("pk", flat=True))
    return {
        "sources": some_of("sources", query.get("sources"), Source.values, required=True),
        "include_flagged": yes_or_no("include_flagged", query),
        "labels": label_ids(query.get("labels"), labels),
        "people": some_of("people", query.get("people"), sorted(User.objects.values_list("username", flat=True))),
        "since": moment("since", query.get("since")),
        "until": moment("until", query.get("until")),
        "where": [condition(one, labels) for one in listed("where", query.get("where"))],
        "metadata": texts("metadata", query.get("metadata")),
        "only_known": yes_or_no("only_known", query),
        "split": shares(query.get("split")),
        "extras": [name for name in EXTRAS if name in some_of("extras", query.get("extras"), EXTRAS)],
    }


def listed(key: str, value: Any) -> list[Any]:
    """A list, or nothing."""
    if value is not None and not isinstance(value, list):
        raise Invalid(f"'{key}' must be a list.")
    return value or []


def some_of(key: str, value: Any, known: Any, *, required: bool = False) -> list[str]:
    """Some of the known words, sorted; of what is `required` all when nothing was said, otherwise none."""
    found = listed(key, value)
    if value is None and required:
        return sorted(known)
    strangers = [one for one in found if not isinstance(one, str) or one not in known]
    if strangers or (required and not found):
        raise Invalid(f"'{key}' must be a list of some of {', '.join(known)}. Not among them: {strangers}.")
    return sorted(set(found))


def yes_or_no(key: str, query: dict[str, Any]) -> bool:
    """A switch; off when nothing was said."""
    value = query.get(key, False)
    if not isinstance(value, bool):
        raise Invalid(f"'{key}' must be true or false.")
    return value


def label_ids(value: Any, known: set[int]) -> list[int]:
    """Some labels of the project by id; none said: all."""
    found = listed("labels", value)
    if strangers := [one for one in found if isinstance(one, bool) or one not in known]:
        raise Invalid(f"'labels' names labels that this project does not have: {strangers}.")
    return sorted(set(found))


def moment(key: str, value: Any) -> str | None:
    """A moment as ISO 8601 says it; without a zone it is the server's."""
    if value is None:
        return None
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None:
        raise Invalid(f"'{key}' must be a moment such as 2026-05-31T18:00:00Z.")
    return (found if timezone.is_aware(found) else timezone.make_aware(found)).isoformat()


def condition(value: Any, known: set[int]) -> dict[str, Any]:
    """{"label": id, "value": 1, -1 or 0}."""
    if (
        not isinstance(value, dict)
        or set(value) != {"label", "value"}
        or value["label"] not in known
        or value["value"] not in STATES
    ):
        raise Invalid("Each of 'where' must name a label of this project by its id and a value, 1, -1 or 0.")
    return {"label": value["label"], "value": int(value["value"])}


def texts(key: str, value: Any) -> dict[str, str]:
    """An object of texts."""
    if value is not None and not (
        isinstance(value, dict) and all(isinstance(one, str) for pair in value.items() for one in pair)
    ):
        raise Invalid(f"'{key}' must be an object of names and texts.")
    return dict(sorted((value or {}).items()))


def shares(value: Any) -> dict[str, float]:
    """Parts and their shares, 100 in all, in the order that was given; {} for none."""
    if value is None or value == {}:
        return {}
    fair = (
        isinstance(value, dict)
        and all(isinstance(name, str) and name.strip() for name in value)
        and all(isinstance(one, (int, float)) and not isinstance(one, bool) and one > 0 for one in value.values())
    )
    if not fair or abs(sum(value.values()) - 100) > 1e-6:
        raise Invalid('\'split\' must give each part its share in per cent, 100 in all: {"train": 80, "test": 20}.')
    return {name: float(one) for name, one in value.items()}


def images_of(project: Project, query: dict[str, Any]) -> "QuerySet[Image]":
    """The pictures that a query asks for, by row; what it says of metadata and of what is known comes later."""
    images = Image.objects.filter(project=project, deleted_at=None).order_by("row")
    if not query["include_flagged"]:
        images = images.filter(flagged="")
    for one in query.get("where", ()):
        said = Mark.objects.filter(image=OuterRef("pk"), label_id=one["label"], resolved=True)
        images = images.filter(Exists(said.filter(value=one["value"])) if one["value"] else ~Exists(said))
    return images


def marks_of(project: Project, query: dict[str, Any]) -> "QuerySet[Mark]":
    """The marks that a query believes."""
    marks = Mark.objects.filter(project=project, resolved=True, source__in=query["sources"]).order_by()
    if query.get("people"):
        marks = marks.filter(annotator__username__in=query["people"])
    if query.get("since"):
        marks = marks.filter(updated_at__gte=datetime.fromisoformat(query["since"]))
    if query.get("until"):
        marks = marks.filter(updated_at__lt=datetime.fromisoformat(query["until"]))
    return marks


def labels_of(project: Project, query: dict[str, Any]) -> "QuerySet[Label]":
    """The labels that a query asks for, in column order."""
    labels = Label.objects.filter(project=project, deleted_at=None).order_by("column")
    return labels.filter(pk__in=query["labels"]) if query.get("labels") else labels
