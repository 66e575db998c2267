"""Members of a project, their roles, and the links that let them in."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.actions import members as actions
from annotator.actions.invitations import invite_lines
from annotator.actions.links import make_link_for, withdraw_links_of_leads
from annotator.api.base import ProjectView
from annotator.api.shapes import Person
from annotator.api.text import Choice, Line, Lines
from annotator.limits import SHOWN_NAME, USER_NAME
from annotator.models import Member, Role, User
from annotator.policy import Action
from annotator.queries.members import access_of, members_of


class MemberShape(serializers.ModelSerializer):
    """One person's role in one project. Leads also read how the person comes in; for others those entries are null."""

    user = Person(read_only=True)
    why_no_link = serializers.CharField(
        read_only=True, allow_null=True, help_text="Why you may make no sign-in link for them; empty when you may."
    )
    link_until = serializers.DateTimeField(read_only=True, allow_null=True, help_text="When an unused link ends.")
    has_entered = serializers.BooleanField(read_only=True, allow_null=True)

    class Meta:
        model = Member
        ref_name = "Member"
        fields = ("id", "user", "role", "joined_at", "why_no_link", "link_until", "has_entered")


class Invitation(serializers.Serializer):
    """Whom to add, and as what; a person without an account gets one."""

    username = Line(max_length=USER_NAME)
    role = Choice(Role.choices)
    display_name = Line(required=False, allow_blank=True, max_length=SHOWN_NAME, default="")


class Invitations(serializers.Serializer):
    """Whom to add: a user name, an e-mail address, `Jo Smith <jo@example.org>` or a name a line, perhaps `, role`."""

    lines = Lines(max_length=40_000)
    role = Choice(Role.choices, default=Role.ANNOTATOR, help_text="Of lines that say none.")


class Invited(MemberShape):
    """A new member; `one_time_link` signs a new person in once, within a day, and is shown this once."""

    one_time_link = serializers.CharField(allow_null=True)

    class Meta(MemberShape.Meta):
        ref_name = "Invited"
        fields = (*MemberShape.Meta.fields, "one_time_link")  # type: ignore[assignment]


class InvitedLine(Invited):
    """What became of a line; `is_new` is false for somebody who was a member before."""

    is_new = serializers.BooleanField()

    class Meta(Invited.Meta):
        ref_name = "InvitedLine"
        fields = (*Invited.Meta.fields, "is_new")  # type: ignore[assignment]


class MemberLink(serializers.Serializer):
    """A fresh sign-in link; it is shown this once, and replaces the ones before."""

    one_time_link = serializers.CharField()
    link_until = serializers.DateTimeField()


def members_json(members: list[Member], reader: User, role: Role) -> list[dict[str, Any]]:
    """Members as a person of this role may see them."""
    access = access_of([member.user for member in members], reader) if role == Role.LEAD else {}
    shown = []
    for member in members:
        mine = access.get(member.user_id)
        shown.append(
            {
                "id": member.pk,
                "user": Person(member.user).data,
                "role": member.role,
                "joined_at": member.joined_at,
                "why_no_link": mine.why_no_link if mine else None,
                "link_until": mine.link_until if mine else None,
                "has_entered": mine.has_entered if mine else None,
            }
        )
    return shown


def address_of(request: Request, secret: str | None) -> str | None:
    """The link that carries the secret."""
    return request.build_absolute_uri(f"/enter/{secret}/") if secret else None


class MemberList(ProjectView):
    """Who works on this project."""

    rules = {"GET": Action.VIEW, "POST": Action.MEMBERS}
    serializer_class = MemberShape
    pagination_class = None

    @extend_schema(operation_id="members", responses=MemberShape(many=True))
    def get(self, request: Request, project: int) -> Response:
        """All members, by role and name."""
        return Response(members_json(members_of(self.project), self.user, self.role))

    @extend_schema(operation_id="invite", request=Invitation, responses={201: Invited})
    def post(self, request: Request, project: int) -> Response:
        """Add a person."""
        asked = Invitation(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        role = Role(wanted["role"])
        member, secret = actions.add_member(self.project, self.user, wanted["username"], role, wanted["display_name"])
        shown = members_json([member], self.user, self.role)[0]
        return Response({**shown, "one_time_link": address_of(request, secret)}, status=status.HTTP_201_CREATED)


class MemberLines(ProjectView):
    """Many people at once."""

    rules = {"POST": Action.MEMBERS}
    serializer_class = Invitations
    pagination_class = None

    @extend_schema(operation_id="invite_many", request=Invitations, responses={201: InvitedLine(many=True)})
    def post(self, request: Request, project: int) -> Response:
        """Add everybody in the lines, or nobody: a line that cannot be read is named."""
        asked = Invitations(data=request.data)
        asked.is_valid(raise_exception=True)
        role = Role(asked.validated_data["role"])
        made = invite_lines(self.project, self.user, asked.validated_data["lines"], role)
        shown = members_json([one.member for one in made], self.user, self.role)
        lines = [
            {**member, "one_time_link": address_of(request, one.secret), "is_new": one.is_new}
            for one, member in zip(made, shown, strict=True)
        ]
        return Response(lines, status=status.HTTP_201_CREATED)


class MemberLinkView(ProjectView):
    """The sign-in link of a member whose own was lost, or whose password is."""

    rules = {"POST": Action.MEMBERS, "DELETE": Action.MEMBERS}
    serializer_class = MemberLink

    @extend_schema(operation_id="make_member_link", request=None, responses={201: MemberLink})
    def post(self, request: Request, project: int, member: int) -> Response:
        """Make a fresh link. 403, with the reason, for people whom a link of yours would let you act as elsewhere."""
        found = actions.get_member(self.project, member)
        secret = make_link_for(found.user, self.user)
        until = access_of([found.user], self.user)[found.user_id].link_until
        shown = {"one_time_link": address_of(request, secret), "link_until": until}
        return Response(MemberLink(shown).data, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="withdraw_member_link", responses={204: None})
    def delete(self, request: Request, project: int, member: int) -> Response:
        """Withdraw links of this person that leads made and nobody used."""
        withdraw_links_of_leads(actions.get_member(self.project, member).user)
        return Response(status=status.HTTP_204_NO_CONTENT)


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
        changed = actions.change_role(found, Role(asked.validated_data.get("role", found.role)))
        return Response(members_json([changed], self.user, self.role)[0])

    @extend_schema(operation_id="remove_member", responses={204: None})
    def delete(self, request: Request, project: int, member: int) -> Response:
        """Take the member out; their marks stay."""
        actions.remove_member(actions.get_member(self.project, member))
        return Response(status=status.HTTP_204_NO_CONTENT)


urlpatterns = [
    path("projects/<id:project>/members/", MemberList.as_view(), name="members"),
    path("projects/<id:project>/members/lines/", MemberLines.as_view(), name="member-lines"),
    path("projects/<id:project>/members/<id:member>/link/", MemberLinkView.as_view(), name="member-link"),
    path("projects/<id:project>/members/<id:member>/", MemberDetail.as_view(), name="member"),
]
