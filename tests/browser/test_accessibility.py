"""Every page by axe-core's rules, in light and in dark: nothing serious or critical."""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import ready_context
from tests.browser.tern import ROOT, Tern
from tests.browser.work import JOB_SECONDS, Api, draw
from tests.world import wait_for

pytestmark = pytest.mark.browser

# From the page's development packages; the start command installs them when it builds the page.
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")


def violations(page: Page) -> list[str]:
    """What axe-core finds on the open page, as "impact rule: selector" lines."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['impact']} {rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_violation(
    tern: tuple[Tern, str], chromium: Browser, tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    server, link = tern
    draw(tmp_path / "pictures", 12)
    with ready_context(chromium, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(link)
        api = Api(context, server.address)
        project = api.make_project(tmp_path / "pictures", auto_retrain=False)
        wait_for(lambda: api.get(f"projects/{project}/")["live"], JOB_SECONDS, "suggestions from the names")
        label = api.get(f"projects/{project}/labels/")[0]["id"]
        base = f"{server.address}/projects/{project}"
        places = {
            server.address: page.get_by_role("link", name="Scenes").first,
            base: page.get_by_role("heading", name="Scenes"),
            f"{base}/label": page.locator(".row").first,
            f"{base}/by-label/{label}": page.get_by_role("gridcell").first,
            f"{base}/labels?edit={label}": page.get_by_label("Name", exact=True),
            f"{base}/models": page.get_by_role("heading", name="Versions"),
            f"{base}/import": page.get_by_role("button", name="Import", exact=True),
        }
        found = {}
        for address, ready in places.items():
            page.goto(address)
            expect(ready).to_be_visible()
            found[address.removeprefix(server.address)] = violations(page)
        assert found == {address: [] for address in found}
