"""The probe of containers and load balancers."""

from typing import Any, Never

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_it_answers_whoever_asks_whatever_the_settings(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["tern.example.org"]
    answer = client.get("/healthz", headers={"host": "10.0.0.7"})
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_it_says_when_the_database_does_not_answer(client: Client) -> None:
    with connection.execute_wrapper(refuse):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (503, b"the database does not answer")


def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Never:
    raise OperationalError("gone")
