"""Pictures as pictures: listed with their state, set aside with a reason, deleted and brought back, many at once."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions.images import delete_images, flag_images, restore_images
from annotator.api.base import ProjectView
from annotator.api.text import Line
from annotator.errors import Invalid
from annotator.limits import LARGEST_ID, REASON
from annotator.policy import Action, require
from annotator.queries.pictures import STATES, Asked, pictures

MOST_AT_ONCE = 1_000


class PicturesQuery(serializers.Serializer):
    """Which pictures."""

    state = serializers.ChoiceField(STATES, default="all", help_text="'deleted' is for leads.")
    search = Line(required=False, allow_blank=True, max_length=200, default="", help_text="Part of the file name.")
    after = serializers.IntegerField(
        default=-1, min_value=-1, max_value=2**31 - 1, help_text="'next' of the page before."
    )
    limit = serializers.IntegerField(default=60, min_value=1, max_value=200)


class PictureWork(serializers.Serializer):
    """How many of the marks that stand on a picture are this person's."""

    person = serializers.IntegerField()
    name = serializers.CharField()
    marks = serializers.IntegerField()


class Picture(serializers.Serializer):
    """A picture: `flagged` is why it cannot be used, '' when it can; `days_left` counts while it is deleted."""

    id = serializers.IntegerField()
    row = serializers.IntegerField()
    file_name = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    thumbnail = serializers.CharField()
    flagged = serializers.CharField(allow_blank=True)
    flagged_by = serializers.IntegerField(allow_null=True)
    flagged_at = serializers.DateTimeField(allow_null=True)
    deleted_by = serializers.IntegerField(allow_null=True)
    deleted_at = serializers.DateTimeField(allow_null=True)
    days_left = serializers.IntegerField(allow_null=True)
    work = PictureWork(many=True)


class PictureCounts(serializers.Serializer):
    """How many pictures are in each state; `all` is what is not deleted."""

    all = serializers.IntegerField()
    usable = serializers.IntegerField()
    flagged = serializers.IntegerField()
    deleted = serializers.IntegerField()


class PictureList(serializers.Serializer):
    """A page of pictures; go on with after=`next` until it is null."""

    counts = PictureCounts()
    results = Picture(many=True)
    next = serializers.IntegerField(allow_null=True)


class PictureAct(serializers.Serializer):
    """What to do to pictures. Flags need a `reason`; deleting and bringing back are for leads."""

    act = serializers.ChoiceField(["flag", "unflag", "delete", "restore"])
    images = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), min_length=1, max_length=MOST_AT_ONCE
    )
    reason = Line(required=False, allow_blank=True, max_length=REASON, default="")


class PictureChanged(serializers.Serializer):
    """The pictures that are another thing now; the others were so already."""

    changed = serializers.ListField(child=serializers.IntegerField())


class Pictures(ProjectView):
    """The pictures of a project."""

    rules = {"GET": Action.VIEW, "POST": Action.MARK}
    serializer_class = PictureList
    needs_version = False
    pagination_class = None

    @extend_schema(operation_id="pictures", parameters=[PicturesQuery], responses=PictureList)
    def get(self, request: Request, project: int) -> Response:
        """One page of pictures of one state, with whose marks they hold."""
        asked = PicturesQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = Asked(**asked.validated_data)
        if wanted.state == "deleted":
            require(self.role, Action.DELETE)
        return Response(PictureList(pictures(self.project, wanted)).data)

    @extend_schema(operation_id="change_pictures", request=PictureAct, responses=PictureChanged)
    def post(self, request: Request, project: int) -> Response:
        """Set pictures aside with a reason, take that back, delete them, or bring them back, as one act."""
        asked = PictureAct(data=request.data)
        asked.is_valid(raise_exception=True)
        act, images, reason = (asked.validated_data[name] for name in ("act", "images", "reason"))
        if act in ("delete", "restore"):
            require(self.role, Action.DELETE)
        if act == "flag" and not reason:
            raise Invalid("Say why these pictures cannot be used.", {"reason": ["A flag needs a reason."]})
        match act:
            case "flag" | "unflag":
                changed = flag_images(self.project.pk, self.user, images, reason if act == "flag" else "")
            case "delete":
                changed = delete_images(self.project.pk, self.user, images)
            case _:
                changed = restore_images(self.project.pk, images)
        return Response({"changed": changed})


urlpatterns = [path("projects/<id:project>/pictures/", Pictures.as_view(), name="pictures")]
