"""Roles: every route, walked with every role, agrees with the one table."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from annotator.api.base import ProjectView
from annotator.models import ApiToken, Role, User
from annotator.policy import ALLOWED, Action, allows
from tests.world import World, signed_in

pytestmark = pytest.mark.django_db
# The only address below a project that is not the project's own view: a deleted project has no members to ask for.
OUTSIDE = {"restore-project"}


@dataclass(frozen=True)
class Route:
    """One address below a project."""

    name: str
    pattern: str
    view: Any


def patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        text = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, text)
        else:
            yield text, entry


def project_routes() -> list[Route]:
    """Every address with a project in it, from the URL configuration itself."""
    found = []
    for text, entry in patterns(get_resolver()):
        if "<id:project>" in text or "<int:project>" in text:
            view = getattr(entry.callback, "view_class", None) or getattr(entry.callback, "cls", None)
            found.append(Route(str(entry.name), text, view))
    return found


ROUTES = [route for route in project_routes() if not route.pattern.startswith("admin/")]
ADMIN_ROUTES = [route for route in project_routes() if route.pattern.startswith("admin/")]


def address(route: Route, world: World) -> str:
    """The route's address with things that exist, where the world has them."""
    known = {
        "project": world.project.pk, "image": world.images[0].pk, "label": world.labels[0].pk,
        "member": world.project.members.get(user=world["annotator"]).pk,
    }  # fmt: skip
    path = route.pattern
    while "<" in path:
        before, _, rest = path.partition("<")
        inside, _, after = rest.partition(">")
        name = inside.rpartition(":")[2]
        path = f"{before}{known.get(name, 'original' if name in ('kind', 'size') else 1)}{after}"
    return "/" + path.replace("^", "").replace("$", "").replace("\\", "")


def status(client: Client, method: str, url: str) -> int:
    """The answer's status; whatever the request changed is rolled back."""
    with transaction.atomic():
        answer = client.generic(method, url, "{}" if method in ("POST", "PATCH", "PUT") else "", "application/json")
        transaction.set_rollback(True)
    return answer.status_code


@pytest.mark.slow
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_address_below_a_project_asks_the_policy(route: Route) -> None:
    if route.name not in OUTSIDE:
        assert issubclass(route.view, ProjectView), f"{route.pattern} is not a ProjectView"
        assert route.view.rules, f"{route.pattern} has no rules"


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_each_role_may_do_what_the_table_says_and_nothing_else(route: Route, role: str, harbour: World) -> None:
    if route.name in OUTSIDE:
        assert status(harbour.client(role), "POST", address(route, harbour)) == 404
        return
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        found = status(harbour.client(role), method, address(route, harbour))
        if method not in route.view.rules:
            assert found == 405
        elif allows(role, route.view.rules[method]):
            assert found not in (401, 403, 500), f"{method} {route.pattern} as {role}: {found}"
        else:
            assert found == 403, f"{method} {route.pattern} as {role}: {found}"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_outsiders_learn_nothing_and_nobody_else_gets_in(route: Route, harbour: World, outsider: User) -> None:
    stranger, nobody = Client(), Client()
    stranger.force_login(outsider)
    methods = getattr(route.view, "rules", None) or {"POST": None}
    for method in methods:
        assert status(stranger, method, address(route, harbour)) == 404
        assert status(nobody, method, address(route, harbour)) == 401


@pytest.mark.parametrize("route", ADMIN_ROUTES, ids=lambda route: route.name)
def test_the_admin_pages_of_a_project_are_closed_to_everybody_who_is_not_staff(route: Route, harbour: World) -> None:
    for client in [Client(), *(harbour.client(role) for role in Role.values)]:
        for method in ("GET", "POST"):
            assert status(client, method, address(route, harbour)) in (302, 403, 404)


def test_members_of_one_project_are_outsiders_in_another(harbour: World, meadow: World) -> None:
    for role in Role.values:
        assert status(meadow.client(role), "GET", harbour.url()) == 404
        # An image of another project is not found through one's own either.
        assert status(meadow.client(role), "GET", meadow.url(f"images/{harbour.images[0].pk}/")) == 404


def test_a_superuser_is_lead_everywhere(harbour: World, superuser: User) -> None:
    client = signed_in(superuser)
    assert client.get(harbour.url()).json()["role"] == "lead"
    assert status(client, "DELETE", harbour.url()) == 204


def test_a_closed_account_gets_nowhere(harbour: World) -> None:
    client = harbour.client("lead")
    User.objects.filter(pk=harbour["lead"].pk).update(is_active=False)
    assert status(client, "GET", harbour.url()) == 401


def test_the_table_says_for_every_action_who_may() -> None:
    assert set(ALLOWED) == set(Action)
    assert all(Role.LEAD in roles for roles in ALLOWED.values())


def test_addresses_without_a_project_need_a_person_too(harbour: World) -> None:
    for url in ("/api/projects/", "/api/tokens/"):
        assert Client().get(url).status_code == 401
        assert harbour.client("annotator").get(url).status_code == 200


def test_a_request_that_changes_something_needs_the_csrf_token(harbour: World) -> None:
    client = harbour.client("lead", enforce_csrf_checks=True)
    assert client.post(harbour.url("sync/"), {"operations": []}, content_type="application/json").status_code == 403
    csrf = client.get("/api/session/").json()["csrf"]
    again = client.post(
        harbour.url("sync/"), {"operations": []}, content_type="application/json", headers={"X-CSRFToken": csrf}
    )
    assert again.status_code == 200


def test_a_token_opens_what_its_owner_may_and_ends_when_revoked(harbour: World) -> None:
    page = harbour.client("annotator")
    made = page.post("/api/tokens/", {"name": "script"}, content_type="application/json").json()
    stored = ApiToken.objects.get()
    assert made["secret"] not in (stored.digest, stored.name)
    script = Client(enforce_csrf_checks=True, headers={"Authorization": f"Token {made['secret']}"})
    assert script.post(harbour.url("sync/"), {"operations": []}, content_type="application/json").status_code == 200
    assert script.delete(harbour.url()).status_code == 403
    assert script.get("/api/tokens/").status_code == 403
    assert page.delete(f"/api/tokens/{made['id']}/").status_code == 204
    assert script.get(harbour.url()).status_code == 401


def test_a_token_is_revoked_by_its_owner_only(harbour: World) -> None:
    made = harbour.client("annotator").post("/api/tokens/", {"name": "script"}, content_type="application/json").json()
    assert harbour.client("lead").delete(f"/api/tokens/{made['id']}/").status_code == 404
    assert ApiToken.objects.get().revoked_at is None
