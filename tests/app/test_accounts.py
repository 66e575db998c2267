"""Ways in: passwords, lost links, many people at once; and what a lead's link must never open."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from annotator.actions.links import make_sign_in_link
from annotator.models import Member, Role, SignInLink, User
from tests.world import PASSWORD, Answer, World, signed_in

pytestmark = [pytest.mark.database, pytest.mark.django_db]
JSON = "application/json"
OTHER = "a tern over grey water"


@pytest.fixture(autouse=True)
def _no_throttle_left() -> None:
    cache.clear()


def invite(world: World, name: str, role: str = "annotator", by: str = "lead") -> Any:
    answer = world.post("members/", {"username": name, "role": role}, role=by)
    assert answer.status_code == 201, answer.content
    return answer.json()


def enter(link: str) -> Client:
    """A browser that came in by the link, as a person does: it looks, then presses the button."""
    client = Client(enforce_csrf_checks=True)
    path = link.removeprefix("http://testserver")
    assert client.get(path).status_code == 200
    answer = client.post(path, headers={"X-CSRFToken": client.cookies["csrftoken"].value})
    assert (answer.status_code, answer["Location"]) == (302, "/password")
    return client


def choose(client: Client, new: str, old: str = "") -> Answer:
    csrf = client.get("/api/session/").json()["csrf"]
    body = {"old_password": old, "new_password": new}
    return client.post("/api/session/password/", body, content_type=JSON, headers={"X-CSRFToken": csrf})


def name_of(client: Client) -> str | None:
    user = client.get("/api/session/").json()["user"]
    return user and user["username"]


def signs_in(name: str, password: str) -> bool:
    cache.clear()
    body = {"username": name, "password": password}
    return Client().post("/api/session/", body, content_type=JSON).status_code == 200


def fresh_link(world: World, member: int, by: str = "lead") -> Answer:
    return world.post(f"members/{member}/link/", role=by)


@pytest.mark.slow
def test_an_invited_person_chooses_a_password_and_comes_back_by_it(harbour: World) -> None:
    amir = enter(invite(harbour, "amir")["one_time_link"])
    session = amir.get("/api/session/").json()
    assert (session["has_password"], session["needs_old_password"]) == (False, False)
    assert choose(amir, OTHER).status_code == 200
    assert name_of(amir) == "amir"
    assert signs_in("amir", OTHER)


def test_a_password_that_is_easy_to_guess_is_refused_by_name(harbour: World) -> None:
    amir = enter(invite(harbour, "amir")["one_time_link"])
    for weak in ("short", "1234567890", "amir-amir-amir"[:4] + "12345"):
        answer = choose(amir, weak)
        assert answer.status_code == 400
        assert answer.json()["fields"]["new_password"]
    assert not User.objects.get(username="amir").has_usable_password()


@pytest.mark.slow
def test_a_change_takes_the_old_password_and_ends_every_other_session_and_link(superuser: User) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        client.post("/api/session/", {"username": "owner", "password": PASSWORD}, content_type=JSON)
    open_link = make_sign_in_link(superuser)
    wrong = choose(here, OTHER, old="not it at all")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (400, ["old_password"])
    assert choose(here, OTHER, old=PASSWORD).status_code == 200
    assert (name_of(here), name_of(there)) == ("owner", None)
    assert Client().get(f"/enter/{open_link}/").status_code == 404
    assert signs_in("owner", OTHER)
    assert not signs_in("owner", PASSWORD)


@pytest.mark.slow
def test_guessing_the_old_password_is_throttled_like_signing_in(superuser: User) -> None:
    client = signed_in(superuser)
    found = [choose(client, OTHER, old=f"guess {number}").status_code for number in range(11)]
    assert found == [400] * 10 + [429]


def test_a_token_sets_no_password(harbour: World) -> None:
    made = harbour.client("lead").post("/api/tokens/", {"name": "script"}, content_type=JSON).json()
    script = Client(headers={"Authorization": f"Token {made['secret']}"})
    body = {"new_password": OTHER}
    assert script.post("/api/session/password/", body, content_type=JSON).status_code == 403


@pytest.mark.slow
def test_a_link_sets_one_password_without_the_old_one_and_only_for_an_hour(harbour: World) -> None:
    amir = enter(invite(harbour, "amir")["one_time_link"])
    assert choose(amir, OTHER).status_code == 200
    assert choose(amir, PASSWORD).status_code == 400
    member = Member.objects.get(user__username="amir").pk
    late = enter(fresh_link(harbour, member).json()["one_time_link"])
    session = late.session
    session["entered_by_link"] -= 60 * 60
    session.save()
    assert late.get("/api/session/").json()["needs_old_password"] is True
    assert choose(late, PASSWORD).status_code == 400


@pytest.mark.slow
def test_a_lost_password_is_set_anew_by_a_fresh_link_which_replaces_the_lost_one(harbour: World) -> None:
    first = invite(harbour, "amir")["one_time_link"]
    member = Member.objects.get(user__username="amir").pk
    second = fresh_link(harbour, member).json()["one_time_link"]
    assert Client().get(first.removeprefix("http://testserver")).status_code == 404
    amir = enter(second)
    assert choose(amir, OTHER).status_code == 200
    third = fresh_link(harbour, member).json()["one_time_link"]
    assert choose(enter(third), PASSWORD).status_code == 200
    assert name_of(amir) is None
    assert signs_in("amir", PASSWORD)


def test_looking_at_a_link_of_a_lead_does_not_use_it_up(harbour: World) -> None:
    """Mail and chat programs open what they are sent."""
    path = invite(harbour, "amir")["one_time_link"].removeprefix("http://testserver")
    for _ in range(3):
        looked = Client().get(path)
        assert looked.status_code == 200
        assert b"amir" in looked.content
        assert "sessionid" not in looked.cookies
    assert name_of(enter(path)) == "amir"


def test_a_link_is_withdrawn_and_the_list_says_which_are_open(harbour: World) -> None:
    path = invite(harbour, "amir")["one_time_link"].removeprefix("http://testserver")
    member = Member.objects.get(user__username="amir")

    def shown(role: str) -> Any:
        found = harbour.get("members/", role=role).json()
        return next(one for one in found if one["id"] == member.pk)

    until = shown("lead")["link_until"]
    assert until is not None
    assert SignInLink.objects.get(user=member.user).expires_at - timezone.now() <= timedelta(hours=24)
    assert (shown("lead")["why_no_link"], shown("lead")["has_entered"]) == ("", False)
    assert [shown("annotator")[key] for key in ("link_until", "why_no_link", "has_entered")] == [None] * 3
    assert harbour.delete(f"members/{member.pk}/link/").status_code == 204
    assert shown("lead")["link_until"] is None
    assert Client().get(path).status_code == 404


def test_a_lead_gets_no_link_for_people_who_may_do_more(harbour: World, meadow: World, superuser: User) -> None:
    """Whoever adds a name to a project of theirs must not be able to enter as that person elsewhere."""
    staff = User.objects.create(username="staff", is_staff=True, home=harbour.project)
    for user in (superuser, staff, meadow["lead"], meadow["annotator"]):
        added = invite(harbour, user.username)
        assert added["one_time_link"] is None
        refused = fresh_link(harbour, added["id"])
        assert refused.status_code == 403, user
        assert str(user) in refused.json()["detail"]
        shown = harbour.get("members/").json()
        assert next(one["why_no_link"] for one in shown if one["id"] == added["id"])
    assert not SignInLink.objects.exists()


def test_an_account_without_any_project_is_not_taken_over_by_adding_it(harbour: World) -> None:
    somebody = User.objects.create(username="somebody", last_login=timezone.now())
    somebody.set_password(PASSWORD)
    somebody.save()
    added = invite(harbour, "somebody")
    assert added["one_time_link"] is None
    assert fresh_link(harbour, added["id"]).status_code == 403


def test_a_link_ends_when_its_person_may_do_more_than_its_maker(harbour: World, meadow: World) -> None:
    path = invite(harbour, "amir")["one_time_link"].removeprefix("http://testserver")
    amir = User.objects.get(username="amir")
    Member.objects.create(project=meadow.project, user=amir, role=Role.ANNOTATOR)
    assert Client().get(path).status_code == 404
    assert Client().post(path).status_code == 404
    Member.objects.filter(project=meadow.project, user=amir).delete()
    assert Client().get(path).status_code == 200
    Member.objects.filter(project=harbour.project, user=harbour["lead"]).update(role=Role.REVIEWER)
    assert Client().get(path).status_code == 404


def test_a_superuser_helps_everybody(harbour: World, meadow: World, superuser: User) -> None:
    member = Member.objects.get(user=meadow["lead"]).pk
    client = signed_in(superuser)
    assert client.post(meadow.url(f"members/{member}/link/")).status_code == 201


def test_only_leads_make_links(harbour: World) -> None:
    member = invite(harbour, "amir")["id"]
    for role in ("annotator", "reviewer"):
        assert fresh_link(harbour, member, by=role).status_code == 403
        assert harbour.delete(f"members/{member}/link/", role=role).status_code == 403


def test_the_console_helps_an_owner_who_lost_the_link(superuser: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("sign_in_link", "--address", "https://tern.example/")
    link = capsys.readouterr().out.split()[-1]
    assert link.startswith("https://tern.example/enter/")
    client = Client()
    assert client.get(link.removeprefix("https://tern.example")).status_code == 302
    assert name_of(client) == "owner"
    assert client.get("/api/session/").json()["needs_old_password"] is False
    with pytest.raises(CommandError, match="no open account 'nobody'"):
        call_command("sign_in_link", "nobody")


LINES = """
amir
vera@example.org, reviewer
Jo Smith <jo@example.org>\tlead

Ada Byron; annotators
"""


def paste(world: World, text: str, role: str = "annotator") -> Answer:
    return world.post("members/lines/", {"lines": text, "role": role})


def test_many_people_are_added_from_lines_each_with_a_link_that_works(harbour: World) -> None:
    answer = paste(harbour, LINES)
    assert answer.status_code == 201, answer.content
    found = {one["user"]["username"]: one for one in answer.json()}
    assert {name: one["role"] for name, one in found.items()} == {
        "amir": "annotator", "vera@example.org": "reviewer", "jo@example.org": "lead", "ada.byron": "annotator",
    }  # fmt: skip
    assert found["jo@example.org"]["user"]["display_name"] == "Jo Smith"
    assert found["ada.byron"]["user"]["display_name"] == "Ada Byron"
    for name, one in found.items():
        assert name_of(enter(one["one_time_link"])) == name
    # The same list again changes nothing and gives no link: those people have a way in.
    again = paste(harbour, LINES).json()
    assert [(one["is_new"], one["one_time_link"]) for one in again] == [(False, None)] * 4
    assert Member.objects.filter(project=harbour.project).count() == 3 + 4


def test_lines_that_cannot_be_read_are_named_and_nobody_is_added(harbour: World) -> None:
    User.objects.create(username="jo.smith", display_name="Joan Smithers")
    answer = paste(harbour, "amir\nvera, boss\nJo Smith\nbad/name\namir")
    assert answer.status_code == 400
    told = answer.json()["fields"]["lines"]
    assert [text.split(":")[0] for text in told] == ["Line 2", "Line 3", "Line 4"]
    assert "annotator, reviewer, lead" in told[0]
    assert "Joan Smithers" in told[1]
    assert not User.objects.filter(username="amir").exists()
    assert paste(harbour, "\n".join(f"person{number}" for number in range(201))).status_code == 400
    assert paste(harbour, " \n ").status_code == 400
