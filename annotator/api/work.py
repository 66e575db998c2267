"""The annotator's loop: the next image, its lease, and the sync of what was marked."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions import leases
from annotator.actions.ask import Request as Asked
from annotator.actions.ask import next_images
from annotator.actions.marks import sync
from annotator.actions.operations import KINDS, MAX_CELLS, MAX_OPERATIONS, parse
from annotator.api.base import ProjectView
from annotator.api.shapes import ImageDetail
from annotator.errors import Conflict, Invalid
from annotator.models import Source
from annotator.models.project import QueueMode
from annotator.policy import Action
from annotator.queries.images import get_image

MAX_NEXT = 3
MAX_EXCLUDED = 500


class NextQuery(serializers.Serializer):
    """How the next images are chosen."""

    mode = serializers.ChoiceField(QueueMode.choices, required=False, help_text="The project's own when left out.")
    after = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1, help_text="The image just left.")
    exclude = serializers.RegexField(
        r"^[0-9]{1,18}(,[0-9]{1,18})*\Z", required=False, help_text="Images the page still holds: 4,8,15"
    )
    count = serializers.IntegerField(default=1, min_value=1, max_value=MAX_NEXT)


class Next(serializers.Serializer):
    """The next images, leased to you; `reason` says why there is none."""

    images = ImageDetail(many=True)
    remaining = serializers.IntegerField()
    reason = serializers.CharField(allow_null=True)
    mode = serializers.ChoiceField(QueueMode.choices)


class LeaseRequest(serializers.Serializer):
    """Keep an image open for longer, or give it back."""

    image = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    release = serializers.BooleanField(default=False)


class LeaseAnswer(serializers.Serializer):
    """Whether you hold the image now."""

    image = serializers.IntegerField()
    held = serializers.BooleanField()


class PageCell(serializers.Serializer):
    """One cell of a page of tiles."""

    image = serializers.IntegerField()
    label = serializers.IntegerField()  # type: ignore[assignment]
    value = serializers.IntegerField(min_value=-1, max_value=1)
    base = serializers.IntegerField(required=False, allow_null=True)


class Operation(serializers.Serializer):
    """One thing a person did. Which fields it needs depends on its kind."""

    id = serializers.UUIDField(help_text="Made by the client; the same id always gets the same answer.")
    kind = serializers.ChoiceField(KINDS)
    image = serializers.IntegerField(required=False, allow_null=True)
    label = serializers.IntegerField(required=False, allow_null=True)  # type: ignore[assignment]
    value = serializers.IntegerField(required=False, allow_null=True, min_value=-1, max_value=1)
    base = serializers.IntegerField(required=False, allow_null=True, help_text="Version seen; null = do not check.")
    source = serializers.ChoiceField(["human", "page", "accepted", "closed"], required=False)  # type: ignore[assignment]
    cells = PageCell(many=True, required=False, max_length=MAX_CELLS)  # type: ignore[call-arg]
    on = serializers.BooleanField(required=False, help_text="For the receipts: say it, or take it back.")
    group = serializers.CharField(required=False, allow_blank=True, help_text="For 'checked': one label group only.")
    of = serializers.UUIDField(required=False, allow_null=True, help_text="For 'undo': the operation to undo.")
    question = serializers.IntegerField(required=False, allow_null=True, help_text="For 'blind': the question.")
    after = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        help_text="Own operations this was made on top of: a cell as they left it was seen so, whatever its version.",
    )


class Operations(serializers.Serializer):
    """A batch, applied in order."""

    operations = Operation(many=True, max_length=MAX_OPERATIONS)  # type: ignore[call-arg]


class CellState(serializers.Serializer):
    """A cell after an operation."""

    image = serializers.IntegerField()
    label = serializers.IntegerField()  # type: ignore[assignment]
    value = serializers.IntegerField(min_value=-1, max_value=1)
    version = serializers.IntegerField()
    by = serializers.IntegerField(allow_null=True)
    at = serializers.DateTimeField(allow_null=True)
    source = serializers.ChoiceField(Source.choices, allow_null=True)  # type: ignore[assignment]


class OperationResult(serializers.Serializer):
    """What became of an operation. A conflict shows the current cells; a parked one is kept, its target is gone."""

    id = serializers.CharField()
    status = serializers.ChoiceField(["applied", "conflict", "parked", "rejected"])
    detail = serializers.CharField(allow_blank=True)
    cells = CellState(many=True)
    skipped = serializers.IntegerField()


class SyncAnswer(serializers.Serializer):
    """One result for each operation, in order, and the number of the last event."""

    results = OperationResult(many=True)
    event_seq = serializers.IntegerField()


class NextView(ProjectView):
    """What to look at next."""

    rules = {"GET": Action.ASK_NEXT}
    serializer_class = Next
    pagination_class = None

    @extend_schema(operation_id="next", parameters=[NextQuery], responses=Next)
    def get(self, request: Request, project: int) -> Response:
        """The next images with all cells and suggestions, leased to you."""
        asked = NextQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        exclude = {int(part) for part in wanted.get("exclude", "").split(",") if part}
        if len(exclude) > MAX_EXCLUDED:
            raise Invalid(f"At most {MAX_EXCLUDED} images can be excluded.", {"exclude": ["Too many."]})
        mode = wanted.get("mode") or self.project.queue_mode
        return Response(
            next_images(self.project, self.user.pk, Asked(mode, wanted["count"], wanted.get("after"), exclude))
        )


class LeaseView(ProjectView):
    """The lease on an image."""

    rules = {"POST": Action.ASK_NEXT}
    needs_version = False
    serializer_class = LeaseRequest

    @extend_schema(operation_id="lease", responses=LeaseAnswer)
    def post(self, request: Request, project: int) -> Response:
        """Keep the image for longer, or give it back; a conflict when somebody else has it open."""
        asked = LeaseRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        image = get_image(self.project, asked.validated_data["image"])
        if asked.validated_data["release"]:
            leases.release(self.project.pk, self.user.pk, image.pk)
        elif not leases.claim(self.project.pk, self.user.pk, [image.pk], self.project.lease_seconds):
            raise Conflict("Somebody else has this image open. You can still mark it; ask for the next one otherwise.")
        return Response({"image": image.pk, "held": not asked.validated_data["release"]})


class SyncView(ProjectView):
    """The one way in for marks."""

    rules = {"POST": Action.MARK}
    needs_version = False
    serializer_class = Operations

    @extend_schema(operation_id="sync", request=Operations, responses=SyncAnswer)
    def post(self, request: Request, project: int) -> Response:
        """Apply a batch of operations; sending it again gives the identical answer and changes nothing."""
        body: Any = request.data
        return Response(sync(self.project.pk, self.user.pk, parse(body)))


urlpatterns = [
    path("projects/<id:project>/next/", NextView.as_view(), name="next"),
    path("projects/<id:project>/lease/", LeaseView.as_view(), name="lease"),
    path("projects/<id:project>/sync/", SyncView.as_view(), name="sync"),
]
