"""Every table for superusers to look at. Writing goes through the app's own actions, so most are read-only here."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model
from django.http import HttpRequest

from annotator import models


class ReadOnly(admin.ModelAdmin):
    """A table to look at: nothing is added, changed or deleted here."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows come from the app."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are changed by the app."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Deleting here would go around the history."""
        return False


COLUMNS: dict[type[Model], tuple[str, ...]] = {
    models.Label: ("name", "project", "column", "group", "key", "rule_version", "deleted_at"),
    models.LabelRevision: ("label", "rule_version", "name", "changed_by", "changed_at"),
    models.Image: ("file_name", "project", "row", "width", "height", "flagged", "deleted_at"),
    models.Import: ("id", "project", "step", "created_by", "created_at"),
    models.ImportedImage: ("name", "origin", "image", "brought"),
    models.Lease: ("image", "project", "annotator", "expires_at"),
    models.Mark: ("project", "image", "label", "value", "annotator", "source", "version", "updated_at"),
    models.MarkEvent: ("project", "image", "label", "old", "new", "annotator", "source", "at"),
    models.CantTell: ("project", "image", "label", "annotator", "at"),
    models.Checked: ("project", "image", "group", "annotator", "at"),
    models.Operation: ("id", "project", "annotator", "kind", "undone_by", "at"),
    models.Member: ("project", "user", "role", "joined_at"),
    models.Job: ("id", "project", "kind", "state", "attempt", "created_at", "started_at", "finished_at"),
    models.TrainingRun: ("job", "level", "trigger", "known"),
    models.ModelVersion: ("project", "number", "method", "note", "created_at", "promoted_at"),
    models.AuditQuestion: ("project", "image", "label", "answer", "asked_of", "asked_at", "answered_at"),
    models.Event: ("project", "seq", "kind", "at"),
    models.Snapshot: ("project", "number", "matrix_sha256", "created_by", "created_at", "finished_at"),
}
FILTERS: dict[type[Model], tuple[str, ...]] = {
    models.Job: ("kind", "state"),
    models.Mark: ("source", "value"),
    models.MarkEvent: ("source",),
    models.Member: ("role",),
    models.Event: ("kind",),
}


def register() -> None:
    """One read-only page a table."""
    for table, columns in COLUMNS.items():
        related = tuple(
            name for name in columns if name in {"project", "image", "label", "annotator", "user", "job", "asked_of"}
        )
        settings = {
            "list_display": columns,
            "list_filter": FILTERS.get(table, ()),
            "list_select_related": related or False,
            "ordering": ("-pk",),
        }
        admin.site.register(table, type(f"{table.__name__}Admin", (ReadOnly,), settings))


@admin.register(models.User)
class PersonAdmin(UserAdmin):
    """Accounts are the one thing that is edited as a row."""

    list_display = ("username", "display_name", "email", "is_staff", "is_active", "last_login")
    fieldsets = (*(UserAdmin.fieldsets or ()), ("Tern", {"fields": ("display_name",)}))


@admin.register(models.ApiToken, models.SignInLink)
class SecretAdmin(ReadOnly):
    """Only when and whose: not even the digests are shown."""

    list_display = ("user", "created_at")
    fields = ("user", "created_at")
    list_select_related = ("user",)


register()
