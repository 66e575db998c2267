"""Labels: added, renamed, ruled, keyed, removed and brought back. A column is given once and never used again."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.actions.training import request_scores
from annotator.errors import Conflict, Invalid, NotFound
from annotator.limits import DAYS_TO_TAKE_BACK, still_there_since
from annotator.models import Label, LabelRevision, Project, User
from annotator.news.kinds import LabelsNews
from annotator.news.publish import lock_project, publish

# Letters that mean something else in the image view. Written from the page's table of keys by the test of that table.
RESERVED_KEYS = frozenset(json.loads((Path(__file__).parents[1] / "reserved_keys.json").read_text()))
MEANING = ("name", "synonyms", "rule")


def get_label(project: Project, label_id: int, *, deleted: bool = False) -> Label:
    """The living (or the deleted) label; NotFound otherwise."""
    label = Label.objects.filter(project=project, pk=label_id, deleted_at__isnull=not deleted).first()
    if label is None:
        raise NotFound(f"This project has no {'deleted ' if deleted else ''}label {label_id}.")
    return label


def refuse_clashes(project_id: int, label_id: int | None, name: str | None, key: str | None) -> None:
    """Conflict, naming the rival, when another living label has this name or key; Invalid for a reserved key."""
    others = Label.objects.filter(project_id=project_id, deleted_at=None)
    if label_id is not None:
        others = others.exclude(pk=label_id)
    if name is not None:
        rival = others.filter(name__iexact=name).first()
        if rival is not None:
            raise Conflict(
                f"There is a label '{rival.name}' already.", {"name": [f"'{rival.name}' exists; choose another name."]}
            )
    if key:
        if key.lower() in RESERVED_KEYS:
            taken = ", ".join(sorted(RESERVED_KEYS))
            raise Invalid(f"The key '{key}' is used by the page.", {"key": [f"These keys are reserved: {taken}."]})
        rival = others.filter(key=key).first()
        if rival is not None:
            raise Conflict(
                f"The key '{key}' belongs to '{rival.name}'.", {"key": [f"Taken by '{rival.name}'; choose another."]}
            )


def note_revision(label: Label, user: User | None) -> None:
    """Keep what the label means at this rule version."""
    LabelRevision.objects.create(
        label=label,
        rule_version=label.rule_version,
        name=label.name,
        synonyms=label.synonyms,
        rule=label.rule,
        changed_by=user,
    )


@transaction.atomic
def create_label(project_id: int, user: User | None, name: str, **fields: Any) -> Label:
    """Add a label at the next free column; it starts unknown on every image."""
    project = lock_project(project_id)
    refuse_clashes(project_id, None, name, fields.get("key"))
    label = Label.objects.create(project_id=project_id, column=project.next_column, name=name, **fields)
    Project.objects.filter(pk=project_id).update(next_column=project.next_column + 1)
    note_revision(label, user)
    publish(project_id, LabelsNews())
    request_scores(project_id)
    return label


@transaction.atomic
def change_label(label: Label, user: User, **fields: Any) -> Label:
    """Change some fields. A new name, synonym or rule makes a new rule version, which later marks remember."""
    lock_project(label.project_id)
    label.refresh_from_db()
    refuse_clashes(label.project_id, label.pk, fields.get("name"), fields.get("key"))
    means_more = any(name in fields and fields[name] != getattr(label, name) for name in MEANING)
    for name, value in fields.items():
        setattr(label, name, value)
    if means_more:
        label.rule_version += 1
    label.save()
    if means_more:
        note_revision(label, user)
    publish(label.project_id, LabelsNews())
    return label


@transaction.atomic
def delete_label(label: Label) -> None:
    """Take the label out of sight; its marks stay and it can be brought back for a while."""
    lock_project(label.project_id)
    Label.objects.filter(pk=label.pk, deleted_at=None).update(deleted_at=timezone.now(), key="")
    publish(label.project_id, LabelsNews())


@transaction.atomic
def restore_label(label: Label) -> Label:
    """Bring a deleted label back with all its marks; Conflict when its name was given away meanwhile."""
    lock_project(label.project_id)
    refuse_clashes(label.project_id, label.pk, label.name, None)
    Label.objects.filter(pk=label.pk, deleted_at__gt=still_there_since()).update(deleted_at=None)
    publish(label.project_id, LabelsNews())
    label.refresh_from_db()
    if label.deleted_at is not None:
        raise Conflict(f"This label was deleted more than {DAYS_TO_TAKE_BACK} days ago and cannot be brought back.")
    return label
