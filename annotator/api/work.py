"""The annotator's loop: the next image, its lease, and the sync of what was marked."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions import together
from annotator.actions.ask import Request as Asked
from annotator.actions.ask import next_images
from annotator.actions.marks import sync
from annotator.actions.operations import KINDS, parse
from annotator.api.base import ProjectView
from annotator.api.shapes import ImageDetail, Person
from annotator.errors import Invalid
from annotator.limits import (
    ACT_CELLS,
    IMAGES_AHEAD,
    IMAGES_EXCLUDED,
    IMAGES_KEPT,
    LARGEST_ID,
    OPERATIONS_AT_ONCE,
)  # fmt: skip
from annotator.models import Source
from annotator.models.project import QueueMode
from annotator.policy import Action
from annotator.queries.images import get_image

IDS = r"^[0-9]{1,18}(,[0-9]{1,18})*\Z"


class NextQuery(serializers.Serializer):
    """How the next images are chosen."""

    mode = serializers.ChoiceField(QueueMode.choices, required=False, help_text="The project's own when left out.")
    after = serializers.RegexField(IDS, required=False, help_text="Images left behind, to be given back: 16,23")
    exclude = serializers.RegexField(IDS, required=False, help_text="Images the page still holds: 4,8,15")
    count = serializers.IntegerField(default=1, min_value=1, max_value=IMAGES_AHEAD)


class Next(serializers.Serializer):
    """The next images, leased to you; `reason` says why there is none."""

    images = ImageDetail(many=True)
    again = serializers.ListField(child=serializers.IntegerField(), help_text="Those you left for later before.")
    remaining = serializers.IntegerField()
    reason = serializers.CharField(allow_null=True)
    mode = serializers.ChoiceField(QueueMode.choices)


class LeaseRequest(serializers.Serializer):
    """Keep an image open for longer, or give it back."""

    image = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    ahead = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), max_length=IMAGES_KEPT, default=list,
        help_text="Images that stand ready, to be kept as well.",
    )  # fmt: skip
    tell = serializers.BooleanField(default=False, help_text="Tell whoever has it open that you look at it too.")
    release = serializers.BooleanField(default=False)


class LeaseAnswer(serializers.Serializer):
    """Whether you hold the image now, and who holds it if you do not."""

    image = serializers.IntegerField()
    held = serializers.BooleanField()
    holder = Person(allow_null=True)


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
    cells = PageCell(  # type: ignore[call-arg]
        many=True,
        required=False,
        max_length=ACT_CELLS,
        help_text="For 'page': the marks. For 'close': suggestions taken as present; the rest of the image is absent.",
    )
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

    operations = Operation(many=True, max_length=OPERATIONS_AT_ONCE)  # type: ignore[call-arg]


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


def ids_of(query: dict[str, Any], name: str) -> tuple[int, ...]:
    """The image ids of a parameter."""
    ids = tuple(int(part) for part in query.get(name, "").split(",") if part)
    if len(ids) > IMAGES_EXCLUDED:
        raise Invalid(f"At most {IMAGES_EXCLUDED} images can be named under {name!r}.", {name: ["Too many."]})
    return ids


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
        after, exclude = ids_of(wanted, "after"), ids_of(wanted, "exclude")
        mode = wanted.get("mode") or self.project.queue_mode
        return Response(next_images(self.project, self.user.pk, Asked(mode, wanted["count"], after, set(exclude))))


class LeaseView(ProjectView):
    """The lease on an image."""

    rules = {"POST": Action.ASK_NEXT}
    needs_version = False
    serializer_class = LeaseRequest

    @extend_schema(operation_id="lease", responses=LeaseAnswer)
    def post(self, request: Request, project: int) -> Response:
        """Keep the image for longer, or give it back; what somebody else has open can be marked all the same."""
        asked = LeaseRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        image = get_image(self.project, wanted["image"])
        if wanted["release"]:
            together.give_back(self.project, self.user, image.pk)
            return Response({"image": image.pk, "held": False, "holder": None})
        holder = together.keep_open(self.project, self.user, image.pk, wanted["ahead"], wanted["tell"])
        return Response(LeaseAnswer({"image": image.pk, "held": holder is None, "holder": holder}).data)


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
