"""Who may import whom: `model/` stands alone on its floors, the web process needs no torch, queries write nothing."""

import ast
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rooms import ROOT, back_up, circles, floors, imported, imports, main, modules, rooms

# Lowest first: a room imports only from those before it. docs/model.md draws them.
FLOORS = [
    "model.arrays", "model.cores", "model.storage", "model.metrics", "model.active", "model.vision", "model.priors",
    "model.networks", "model.sarb", "model.tern", "model.training", "model.research", "model.bench", "model.__main__",
]  # fmt: skip
# What needs numpy (and scipy, Pillow) only: all that the web process may import.
LIGHT = ("model.arrays", "model.storage", "model.metrics", "model.active", "model.vision.heatmap")


@pytest.mark.slow
@pytest.mark.parametrize("above", ["django", "rest_framework", "channels", "annotator", "tests", "fixtures"])
def test_model_stands_alone(above: str) -> None:
    guilty = [
        name
        for name, path in modules(ROOT, "model").items()
        if any(module.split(".")[0] == above for module, _ in imported(path))
    ]
    assert guilty == []


def test_every_room_of_model_has_its_floor() -> None:
    assert sorted(rooms(imports(ROOT, "model"), "model")) == sorted(FLOORS)


def test_rooms_of_model_import_only_from_floors_below() -> None:
    graph = rooms(imports(ROOT, "model"), "model")
    up = [(room, other) for room in graph for other in graph[room] if FLOORS.index(other) >= FLOORS.index(room)]
    assert up == []


@pytest.mark.parametrize("package", ["model", "annotator"])
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    assert circles(imports(ROOT, package)) == []


def test_no_rooms_of_the_application_import_each_other_in_a_circle() -> None:
    assert circles(rooms(imports(ROOT, "annotator"), "annotator")) == []


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ("annotator.models", ("annotator.queries", "annotator.actions", "annotator.api", "annotator.jobs")),
        ("annotator.queries", ("annotator.actions", "annotator.api")),
        ("annotator.actions", ("annotator.api",)),
    ],
)
def test_a_lower_layer_of_the_application_names_none_above_it(lower: str, upper: tuple[str, ...]) -> None:
    graph = imports(ROOT, "annotator")
    assert [name for name in graph if name.startswith(lower)], f"nothing is called {lower} any more"
    up = {(a, b) for a, others in graph.items() if a.startswith(lower) for b in others if b.startswith(upper)}
    assert up == set()


@pytest.mark.slow
def test_the_web_process_needs_no_torch_and_only_the_light_rooms_of_model() -> None:
    code = (
        "import sys, annotator.web.asgi\n"
        "from django.urls import get_resolver\n"
        "patterns = get_resolver().url_patterns\n"
        "assert patterns\n"
        "print('torch' in sys.modules, *sorted(name for name in sys.modules if name.startswith('model.')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "annotator.settings"},
    )  # fmt: skip
    torch, *rooms_of_model = done.stdout.split()
    assert torch == "False"
    assert "model.vision.heatmap" in rooms_of_model
    assert [name for name in rooms_of_model if name != "model.vision" and not name.startswith(LIGHT)] == []


def test_the_drawing_sees_circles_and_floors(tmp_path: Path) -> None:
    package = tmp_path / "house"
    (package / "upper").mkdir(parents=True)
    for name, text in {
        "__init__.py": "",
        "upper/__init__.py": "",
        "upper/roof.py": "def f():\n    from house.cellar import x\n",
        "upper/attic.py": "from house.upper import roof\n",
        "cellar.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.well import y\n",
        "well.py": "import house.pump\n",
        "pump.py": "from house.well import y\nfrom house.cellar import x\n",
    }.items():
        (package / name).write_text(text)
    graph = rooms(imports(tmp_path, "house"), "house")
    assert graph == {
        "house.upper": {"house.cellar"},
        "house.cellar": set(),
        "house.well": {"house.pump"},
        "house.pump": {"house.well", "house.cellar"},
    }
    assert circles(graph) == [["house.pump", "house.well"]]
    assert len(back_up(graph)) == 1
    assert floors(graph)["house.cellar"] == 0
    assert floors(graph)["house.upper"] == 1
    whole = imports(tmp_path, "house")
    assert whole["house.upper.attic"] == {"house.upper.roof"}
    assert whole["house.cellar"] == set()


@pytest.mark.slow
def test_the_documented_command_counts_and_draws(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "--mermaid", "--sizes"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"model: {len(FLOORS)} rooms, ")
    assert "0 back up, 0 circles" in said.splitlines()[0]
    assert re.search(r"^  \d+ functions: median \d+ lines", said, re.MULTILINE)
    assert "model.training --> model.tern" in said


def test_programs_that_stand_in_strings_import_what_is_there() -> None:
    """Type checks do not look into strings that are handed to a Python of their own."""
    seen, lost = 0, []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        texts = [n.value for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Constant)]
        for text in (text for text in texts if isinstance(text, str)):
            for module, names in re.findall(
                r"^from ((?:model|annotator|tests|fixtures)[\w.]*) import ([\w, ]+)$", text, re.M
            ):
                seen += 1
                whole = importlib.util.find_spec(module) and importlib.import_module(module)
                lost += [f"{path.name}: {module}.{name}" for name in names.split(", ") if not hasattr(whole, name)]
    assert seen
    assert lost == []
