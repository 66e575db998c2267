"""Documents agree with the code: what they name exists, and what a run leaves is explained."""

import re
from pathlib import Path

import numpy as np
import pytest

from model.storage.card import SHAPES, Card, LabelQuality, Metrics, open_card
from model.storage.progress import Watch
from model.storage.run import read_run
from model.training.exits import DONE
from model.training.train import train
from model.training.warm import Warm
from tests.model.runs import draw, make_run
from tests.paths import ROOT

DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
# Decisions may speak of what was.
PRESENT = [path for path in DOCUMENTS if path.parent.name != "decisions"]


@pytest.mark.parametrize("document", PRESENT, ids=lambda path: path.name)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    named = re.findall(r"`((?:model|annotator|tests|fixtures|frontend|docs)/[\w./-]*)`", document.read_text())
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", document.read_text())
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (document.parent / link).exists()] == []


def test_the_map_of_model_explains_every_file_of_a_run(tmp_path: Path) -> None:
    images, truth = draw(tmp_path, 8)
    marks = np.where(np.arange(8)[:, None] < 4, truth, 0)
    run = make_run(tmp_path / "run", images, marks)
    np.save(run / "audit.npy", np.where(marks == 0, truth, 0).astype(np.int8))
    np.save(run / "audit_weight.npy", np.ones(truth.shape, np.float32))
    assert train(read_run(run), Warm(), Watch(run)) == DONE
    assert open_card(run)["metrics"]["source"] == "audit"
    files = {path.name for path in run.iterdir() if path.is_file()}
    explained = set(re.findall(r"`([\w.-]+)`", (ROOT / "docs" / "model.md").read_text()))
    assert sorted(files - explained) == []


@pytest.mark.parametrize(
    ("head", "shape"),
    [("key", Card), ("key of `metrics`", Metrics), ("key of `labels`", LabelQuality)],
)
def test_the_tables_of_the_card_have_every_key_and_no_other(head: str, shape: type) -> None:
    text = (ROOT / "docs" / "model.md").read_text()
    table = text[text.index(f"| {head} |") :].split("\n\n")[0]
    named = [key for row in table.splitlines()[2:] for key in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(named) == sorted(shape.__annotations__)


def test_every_shape_inside_a_card_is_explained_key_by_key() -> None:
    explained = set(re.findall(r"`([\w.-]+)`", (ROOT / "docs" / "model.md").read_text()))
    assert {key for shape in SHAPES for key in shape.__annotations__} <= explained
