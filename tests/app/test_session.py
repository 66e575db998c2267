"""Signing in and out: by link, by password, by token, and not at all."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from annotator.actions.links import make_sign_in_link
from annotator.models import SignInLink, User
from tests.world import PASSWORD, World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_throttle_left() -> None:
    cache.clear()


def sign_in(client: Client, name: str, password: str) -> int:
    body = {"username": name, "password": password}
    return client.post("/api/session/", body, content_type="application/json").status_code


def test_a_link_signs_in_once(outsider: User) -> None:
    secret = make_sign_in_link(outsider)
    first, second = Client(), Client()
    answer = first.get(f"/enter/{secret}/")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert first.get("/api/session/").json()["user"]["username"] == "outsider"
    again = second.get(f"/enter/{secret}/")
    assert again.status_code == 404
    assert b"used already" in again.content
    assert second.get("/api/session/").json()["user"] is None


def test_a_link_ends_after_a_day_and_only_its_hash_is_kept(outsider: User) -> None:
    secret = make_sign_in_link(outsider)
    link = SignInLink.objects.get()
    assert secret not in link.digest
    assert timedelta(hours=23) < link.expires_at - timezone.now() <= timedelta(hours=24)
    SignInLink.objects.update(expires_at=timezone.now())
    assert Client().get(f"/enter/{secret}/").status_code == 404


def test_a_link_of_a_closed_account_does_not_sign_in(outsider: User) -> None:
    secret = make_sign_in_link(outsider)
    User.objects.update(is_active=False)
    assert Client().get(f"/enter/{secret}/").status_code == 404


@pytest.mark.slow
def test_sign_in_by_password_and_out_again(superuser: User) -> None:
    client = Client()
    assert sign_in(client, "owner", "wrong") == 400
    assert sign_in(client, "owner", PASSWORD) == 200
    cookie = client.cookies["sessionid"].value
    assert client.delete("/api/session/").status_code == 204
    stolen = Client()
    stolen.cookies["sessionid"] = cookie
    assert stolen.get("/api/session/").json()["user"] is None


@pytest.mark.slow
def test_signing_in_is_throttled_but_asking_who_is_signed_in_is_not(superuser: User) -> None:
    client = Client()
    found = [sign_in(client, "owner", f"guess {number}") for number in range(11)]
    assert found == [400] * 10 + [429]
    assert client.get("/api/session/").status_code == 200


def test_signing_in_needs_the_csrf_token(superuser: User) -> None:
    assert sign_in(Client(enforce_csrf_checks=True), "owner", PASSWORD) == 403


def test_the_page_is_served_for_its_own_routes_and_the_api_answers_json_for_unknown_ones(
    settings: Settings, tmp_path: Path
) -> None:
    settings.FRONTEND_DIST = tmp_path
    missing = Client().get("/projects/3/images")
    assert missing.status_code == 503
    assert b"not built yet" in missing.content
    (tmp_path / "index.html").write_text("<title>Tern</title>")
    for path in ("/", "/sign-in", "/projects/3/images"):
        assert Client().get(path).content == b"<title>Tern</title>"
    nothing = Client().get("/api/nothing/here/")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "not_found")


def test_no_script_runs_that_is_not_ours(harbour: World) -> None:
    policy = harbour.client("lead").get("/api/session/")["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy.replace("style-src-attr 'unsafe-inline'", "")
