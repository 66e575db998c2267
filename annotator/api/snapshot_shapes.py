"""The shapes of snapshots, of what is asked for in them, and of what is different between two."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotator.formats import CHOICES, STANDARD
from annotator.formats.sheet import EXTRAS
from annotator.models import Snapshot, Source


class SnapshotFile(serializers.Serializer):
    """One file of a snapshot."""

    name = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.CharField()


class SnapshotShape(serializers.ModelSerializer):
    """An export that never changes; `files` is empty until `finished_at` is set."""

    files = serializers.SerializerMethodField()
    query = serializers.DictField()
    formats = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Snapshot
        ref_name = "Snapshot"
        fields = (
            "id", "number", "formats", "query", "matrix_sha256", "files", "job", "created_at", "finished_at"
        )  # fmt: skip

    @extend_schema_field(SnapshotFile(many=True))
    def get_files(self, snapshot: Snapshot) -> list[dict[str, Any]]:
        """Name, size, checksum and address of each file."""
        return [
            {"name": name, **facts, "url": reverse("snapshot-file", args=(snapshot.project_id, snapshot.number, name))}
            for name, facts in snapshot.manifest.get("files", {}).items()
        ]


class Where(serializers.Serializer):
    """Only pictures on which this label is present (1), absent (-1) or unknown (0)."""

    label = serializers.IntegerField()  # type: ignore[assignment]
    value = serializers.IntegerField(min_value=-1, max_value=1)


class SnapshotQuery(serializers.Serializer):
    """Which pictures, labels and marks a snapshot holds; what is left out asks for everything."""

    sources = serializers.ListField(child=serializers.ChoiceField(Source.choices), required=False)
    include_flagged = serializers.BooleanField(required=False, help_text="Pictures set aside with a reason too.")
    labels = serializers.ListField(child=serializers.IntegerField(), required=False, help_text="Ids.")
    people = serializers.ListField(child=serializers.CharField(), required=False, help_text="User names.")
    since = serializers.CharField(required=False, help_text="Marks last changed at this moment or later, ISO 8601.")
    until = serializers.CharField(required=False, help_text="Marks last changed before this moment, ISO 8601.")
    where = Where(many=True, required=False)
    metadata = serializers.DictField(child=serializers.CharField(), required=False)
    only_known = serializers.BooleanField(required=False, help_text="Not the pictures of which nothing is known.")
    split = serializers.DictField(
        child=serializers.FloatField(),
        required=False,
        help_text="Part: share in per cent. Groups stay whole.",
    )
    extras = serializers.ListField(
        child=serializers.ChoiceField(list(EXTRAS)), required=False, help_text="What is told besides the states."
    )


class SnapshotRequest(serializers.Serializer):
    """Which formats, and of what."""

    formats = serializers.ListField(child=serializers.ChoiceField(CHOICES), default=list(STANDARD), min_length=1)
    query = SnapshotQuery(required=False)


class FormatShape(serializers.Serializer):
    """A format of snapshots: what stands in it, and what it has no word for."""

    name = serializers.ChoiceField(CHOICES)
    title = serializers.CharField()
    says = serializers.CharField()
    loses = serializers.ListField(child=serializers.CharField(), help_text="Of absent, cant_tell and hash.")
    extras = serializers.ListField(child=serializers.CharField(), help_text="What it can tell besides the states.")
    standard = serializers.BooleanField(help_text="Whether a snapshot has it when no formats are named.")


class ChangeShape(serializers.Serializer):
    """One cell that differs between two snapshots; `image` is null for a picture that is no longer there at all."""

    image = serializers.IntegerField(allow_null=True)
    file_name = serializers.CharField()
    sha256 = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    by = serializers.CharField(allow_blank=True, help_text="Who changed it last; empty when nothing tells.")
    at = serializers.CharField(allow_blank=True)


class ChangeCount(serializers.Serializer):
    """How many cells changed so."""

    before = serializers.IntegerField()
    after = serializers.IntegerField()
    count = serializers.IntegerField()


class DifferenceShape(serializers.Serializer):
    """What is different in the later of two snapshots. `cells` are the first ones; the CSV has all."""

    pictures_added = serializers.IntegerField()
    pictures_removed = serializers.IntegerField()
    labels_added = serializers.ListField(child=serializers.CharField())
    labels_removed = serializers.ListField(child=serializers.CharField())
    counts = ChangeCount(many=True)
    count = serializers.IntegerField()
    cells = ChangeShape(many=True)
    csv = serializers.CharField()
