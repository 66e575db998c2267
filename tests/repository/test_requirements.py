"""Whoever has run `manage.py start` can run all but the tests: `requirements.txt` pins whatever is imported."""

import re
import sys
from importlib.metadata import packages_distributions

import pytest

from tests.rooms import ROOT, imported, modules

# Imported where they are used, by a function that says what to install.
ASKED_FOR = {
    "playwright": "`manage.py bench page` drives a browser, as the tests do",
    "open_clip": "only for TERN_PRIOR=open_clip:…",
}


def pinned(name: str) -> set[str]:
    """Distributions that a requirements file pins, in their normal spelling."""
    lines = (ROOT / name).read_text().splitlines()
    return {normal(re.split(r"[=\[;]", line)[0]) for line in lines if line and not line.startswith(("#", "-"))}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.slow
def test_the_application_imports_only_what_its_requirements_pin() -> None:
    brought = {
        module
        for module, distributions in packages_distributions().items()
        if pinned("requirements.txt") & set(map(normal, distributions))
    }
    own = {"annotator", "model", "fixtures", "tests"}
    known = brought | own | set(sys.stdlib_module_names) | ASKED_FOR.keys()
    lost = {
        f"{name} imports {top}"
        for package in ("annotator", "model", "fixtures")
        for name, path in modules(ROOT, package).items()
        for top in {module.split(".")[0] for module, _ in imported(path)} - known
    }
    assert lost == set()
