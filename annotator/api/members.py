"""Members of a project and their roles."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions import members as actions
from annotator.api.base import ProjectView
from annotator.api.shapes import Person
from annotator.api.text import Line
from annotator.models import Member, Role
from annotator.policy import Action


class MemberShape(serializers.ModelSerializer):
    """One person's role in one project."""

    user = Person(read_only=True)

    class Meta:
        model = Member
        ref_name = "Member"
        fields = ("id", "user", "role", "joined_at")


class Invitation(serializers.Serializer):
    """Whom to add, and as what; a person without an account gets one."""

    username = Line(max_length=150)
    role = serializers.ChoiceField(Role.choices)
    display_name = Line(required=False, allow_blank=True, max_length=80, default="")


class Invited(MemberShape):
    """A new member; `one_time_link` signs a new person in once, within a day, and is shown this once."""

    one_time_link = serializers.CharField(allow_null=True)

    class Meta(MemberShape.Meta):
        ref_name = "Invited"
        fields = (*MemberShape.Meta.fields, "one_time_link")  # type: ignore[assignment]


class MemberList(ProjectView):
    """Who works on this project."""

    rules = {"GET": Action.VIEW, "POST": Action.MEMBERS}
    serializer_class = MemberShape
    pagination_class = None

    @extend_schema(operation_id="members", responses=MemberShape(many=True))
    def get(self, request: Request, project: int) -> Response:
        """All members, by role and name."""
        members = Member.objects.filter(project=self.project).select_related("user").order_by("role", "user__username")
        return Response(MemberShape(members, many=True).data)

    @extend_schema(operation_id="invite", request=Invitation, responses={201: Invited})
    def post(self, request: Request, project: int) -> Response:
        """Add a person."""
        asked = Invitation(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        role = Role(wanted["role"])
        member, secret = actions.add_member(self.project, self.user, wanted["username"], role, wanted["display_name"])
        link = request.build_absolute_uri(f"/enter/{secret}/") if secret else None
        return Response({**MemberShape(member).data, "one_time_link": link}, status=status.HTTP_201_CREATED)


class MemberDetail(ProjectView):
    """One member."""

    rules = {"PATCH": Action.MEMBERS, "DELETE": Action.MEMBERS}
    serializer_class = MemberShape

    @extend_schema(operation_id="change_role", responses=MemberShape)
    def patch(self, request: Request, project: int, member: int) -> Response:
        """Give the member another role."""
        found = actions.get_member(self.project, member)
        asked = MemberShape(found, data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        return Response(
            MemberShape(actions.change_role(found, Role(asked.validated_data.get("role", found.role)))).data
        )

    @extend_schema(operation_id="remove_member", responses={204: None})
    def delete(self, request: Request, project: int, member: int) -> Response:
        """Take the member out; their marks stay."""
        actions.remove_member(actions.get_member(self.project, member))
        return Response(status=status.HTTP_204_NO_CONTENT)


urlpatterns = [
    path("projects/<id:project>/members/", MemberList.as_view(), name="members"),
    path("projects/<id:project>/members/<id:member>/", MemberDetail.as_view(), name="member"),
]
