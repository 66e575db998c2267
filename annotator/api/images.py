"""Images of a project: lists by label and score, one with all its cells, flags, history."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from annotator.actions.images import delete_images, flag_images, restore_image
from annotator.api.base import ProjectView
from annotator.api.shapes import ImageBrief, ImageDetail
from annotator.api.text import Line
from annotator.limits import IMAGES_AT_ONCE, REASON
from annotator.models import Source
from annotator.policy import Action
from annotator.queries.image_list import Wanted, list_images
from annotator.queries.images import details, get_image, history


class ImagesQuery(serializers.Serializer):
    """Which images, in which order."""

    label = serializers.IntegerField(required=False, min_value=1)  # type: ignore[assignment]
    state = serializers.ChoiceField(["present", "absent", "unknown", "cant_tell"], required=False)
    min_score = serializers.FloatField(required=False, min_value=0, max_value=1)
    max_score = serializers.FloatField(required=False, min_value=0, max_value=1)
    search = Line(required=False, max_length=200, help_text="Part of the file name.")
    flagged = serializers.BooleanField(required=False, allow_null=True, default=None)
    order = serializers.ChoiceField(["row", "score", "uncertainty"], default="row")
    limit = serializers.IntegerField(default=30, min_value=1, max_value=IMAGES_AT_ONCE)
    cursor = serializers.CharField(required=False, max_length=200)


class ImagePage(serializers.Serializer):
    """One page of a list; follow `next` until it is null."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ImageBrief(many=True)


class Flag(serializers.Serializer):
    """Why the image cannot be used; '' when it can."""

    flagged = Line(allow_blank=True, max_length=REASON)


class HistoryEntry(serializers.Serializer):
    """One change of one cell."""

    label = serializers.IntegerField()  # type: ignore[assignment]
    by = serializers.IntegerField()
    old = serializers.IntegerField(min_value=-1, max_value=1)
    new = serializers.IntegerField(min_value=-1, max_value=1)
    source = serializers.ChoiceField(Source.choices)  # type: ignore[assignment]
    at = serializers.DateTimeField()
    version = serializers.IntegerField()


class ImageList(ProjectView):
    """Images by label, state, score and name."""

    rules = {"GET": Action.VIEW}
    serializer_class = ImagePage
    pagination_class = None

    @extend_schema(operation_id="images", parameters=[ImagesQuery], responses=ImagePage)
    def get(self, request: Request, project: int) -> Response:
        """One page of images."""
        asked = ImagesQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        page = list_images(self.project, Wanted(**asked.validated_data))
        address = request.build_absolute_uri()
        for way in ("next", "previous"):
            page[way] = replace_query_param(address, "cursor", page[way]) if page[way] else None
        return Response(page)


class ImageView(ProjectView):
    """One image."""

    rules = {"GET": Action.VIEW, "PATCH": Action.MARK, "DELETE": Action.DELETE}
    serializer_class = ImageDetail

    def shown(self, image_id: int) -> Response:
        """The image as the API shows it."""
        return Response(details(self.project, self.user.pk, [get_image(self.project, image_id).pk])[0])

    @extend_schema(operation_id="image", responses=ImageDetail)
    def get(self, request: Request, project: int, image: int) -> Response:
        """The image with the state and suggestion of every label."""
        return self.shown(image)

    @extend_schema(operation_id="flag_image", request=Flag, responses=ImageDetail)
    def patch(self, request: Request, project: int, image: int) -> Response:
        """Flag it as unusable with a reason, or take the flag away."""
        asked = Flag(data=request.data)
        asked.is_valid(raise_exception=True)
        flag_images(self.project.pk, self.user, [get_image(self.project, image).pk], asked.validated_data["flagged"])
        return self.shown(image)

    @extend_schema(operation_id="delete_image", responses={204: None})
    def delete(self, request: Request, project: int, image: int) -> Response:
        """Delete it; its marks stay and it can be brought back for a while, see the list of pictures."""
        delete_images(self.project.pk, self.user, [get_image(self.project, image).pk])
        return Response(status=status.HTTP_204_NO_CONTENT)


class ImageRestore(ProjectView):
    """Bring a deleted image back."""

    rules = {"POST": Action.DELETE}
    serializer_class = ImageDetail

    @extend_schema(operation_id="restore_image", request=None, responses=ImageDetail)
    def post(self, request: Request, project: int, image: int) -> Response:
        """With all its marks."""
        restore_image(self.project.pk, image)
        return Response(details(self.project, self.user.pk, [image])[0])


class HistoryView(ProjectView):
    """What was done to an image."""

    rules = {"GET": Action.VIEW}
    serializer_class = HistoryEntry
    pagination_class = None

    @extend_schema(operation_id="history", responses=HistoryEntry(many=True))
    def get(self, request: Request, project: int, image: int) -> Response:
        """Every change, oldest first; annotators see their own, reviewers and leads everybody's."""
        return Response(history(self.project, image, self.user.pk, self.role))


urlpatterns = [
    path("projects/<id:project>/images/", ImageList.as_view(), name="images"),
    path("projects/<id:project>/images/<id:image>/", ImageView.as_view(), name="image"),
    path("projects/<id:project>/images/<id:image>/restore/", ImageRestore.as_view(), name="restore-image"),
    path("projects/<id:project>/images/<id:image>/history/", HistoryView.as_view(), name="history"),
]
