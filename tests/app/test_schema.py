"""The OpenAPI schema is complete, the page's copy is current, and no request makes the server fail."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from django.core import signals
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok

from annotator.actions.tokens import make_token
from tests.world import World

EXAMPLES = 4


@pytest.fixture
def lasting_connection() -> Iterator[None]:
    """Requests must not close the connection that the test's transaction is on; Django's own client sees to it too."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.usefixtures("lasting_connection")
@pytest.mark.django_db
def test_no_request_makes_the_server_fail(harbour: World) -> None:
    _, secret = make_token(harbour["lead"], "fuzz")
    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application())
    things = {"project": harbour.project.pk, "image": harbour.images[0].pk, "label": harbour.labels[0].pk}
    asked = set()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES, deadline=None, derandomize=True, phases=[Phase.generate], database=None,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        def ask(case: schemathesis.Case) -> None:
            case.path_parameters.update({name: pk for name, pk in things.items() if name in case.path_parameters})
            with transaction.atomic():
                answer = case.call(headers={"Authorization": f"Token {secret}"})
                transaction.set_rollback(True)
            assert answer.status_code < 500, f"{case.method} {case.path}: {answer.text}"
            if answer.status_code >= 400:
                assert "json" in answer.headers["content-type"][0], f"{case.method} {case.path}: {answer.text}"
                assert {"code", "detail"} <= set(answer.json()), f"{case.method} {case.path}: {answer.text}"
            asked.add((case.method, case.path))

        ask()
    assert len(asked) > 40


@pytest.mark.slow
def test_the_schema_has_no_warnings_and_the_page_has_the_same(root: Path, tmp_path: Path) -> None:
    made = tmp_path / "schema.yaml"
    call_command("spectacular", file=str(made), validate=True, fail_on_warn=True)
    assert made.read_text() == (root / "frontend" / "schema.yaml").read_text(), (
        "Run: python3 manage.py spectacular --file frontend/schema.yaml --validate --fail-on-warn"
    )
