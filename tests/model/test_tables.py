"""The tables: cells are kept, laid out beside the paper's figures, and compared on request; benches count memory."""

import json
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.__main__ import main
from model.bench.measure import peak_bytes, ratio
from model.networks.loop import FitConfig
from model.research import render, tables
from model.research.diagram import drawing
from model.research.methods import METHODS
from tests.model.test_methods import TINY, tiny
from tests.paths import ROOT

torch.set_num_threads(1)
PLAN = tables.Settings("frozen", "tiny", 8, "random", TINY, FitConfig(batch=8, lr=1e-2), steps=10)


def cell(value: float, **more: object) -> dict[str, Any]:
    return {
        "mAP_interpolated": value,
        "mAP": value,
        "mAP_common": value,
        "OF1": 0.4,
        "CF1": 0.3,
        "seconds": 1.0,
        "losses": [1.0, 0.5],
        "epoch_seconds": [2.0],
    } | more


def test_a_cell_holds_every_figure_of_a_row() -> None:
    task = tiny()
    truth = np.where(task.labels == 0, -1, task.labels)
    found = tables.compute(METHODS["sarb"], task, truth, PLAN)
    assert 0 < found["mAP"] <= found["mAP_interpolated"] <= 1
    assert len(found["ap"]) == len(task.names)
    assert len(found["epoch_seconds"]) == PLAN.epochs(len(task.train))
    json.dumps(found, allow_nan=False)


def test_a_cells_name_depends_on_settings_but_not_on_the_device() -> None:
    assert PLAN.digest() == replace(PLAN, fit=replace(PLAN.fit, device="cuda")).digest()
    assert PLAN.digest() != replace(PLAN, steps=11).digest()
    assert PLAN.digest() != replace(PLAN, fit=replace(PLAN.fit, lr=1e-3)).digest()


def test_an_interrupted_run_has_every_method_before_the_next_seed() -> None:
    args = Namespace(datasets=["voc20"], seeds=2, known=[0.1, 0.5], methods=["ssgrl", "sarb"])
    order = [(seed, known, m.name) for _, seed, known, m in tables.wanted(args)]
    assert order[:4] == [(0, 0.1, "ssgrl"), (0, 0.1, "sarb"), (0, 0.5, "ssgrl"), (0, 0.5, "sarb")]


@pytest.mark.slow
def test_tables_stand_beside_the_papers_figures(tmp_path: Path) -> None:
    cells = {
        ("voc20", "sarb", 0.1, 0): cell(0.30),
        ("voc20", "sarb", 0.1, 1): cell(0.34),
        ("voc20", "ssgrl", 0.1, 0): cell(0.25),
        ("voc20", "probe", 0.1, 0): cell(0.5),
    }
    refused = {("voc20", "ssgrl-ip-mixup"): "needs images"}
    render.render(cells, tmp_path, Namespace(), "frozen", {"voc20": "difficult unknown"}, refused)
    text = (tmp_path / "tables.md").read_text()
    assert "| Ours (`sarb`) | 32.0 ± 2.0 (85.7) | 32.0 |" in text
    assert "| SSGRL (`ssgrl`) | 25.0 (77.7) | 25.0 |" in text
    assert "difficult unknown" in text
    assert "- SSGRL w/ IP-Mixup (`ssgrl-ip-mixup`): needs images" in text.split("Not run under this protocol")[1]
    assert "`probe`" in text.split("Not in the paper")[1]
    rows = (tmp_path / "tables.csv").read_text().splitlines()
    assert rows[0].startswith("dataset,method,paper_row,known,seeds,mAP_interpolated,sd")
    assert "voc20,sarb,Ours,0.1,2,0.32000,0.02000" in rows[2]


def test_figures_are_drawn_once_their_cells_exist(tmp_path: Path) -> None:
    cells = {("coco", m, 0.5, 0): cell(0.3) for m in ("sarb-ilrb", "sarb-plrb", "sarb")}
    out = tmp_path / "figures"
    out.mkdir()
    render.figures(cells, "coco", out)
    assert sorted(p.name for p in out.iterdir()) == ["figure-5-coco.svg", "figure-6-coco.svg"]


def test_check_fails_where_tern_is_below_another_method(capsys: pytest.CaptureFixture[str]) -> None:
    cells = {("voc20", "tern", 0.1, 0): cell(0.6), ("voc20", "probe", 0.1, 0): cell(0.5)}
    assert tables.check(cells) == 0
    assert tables.check(cells | {("voc20", "asl", 0.1, 0): cell(0.61)}) == 1
    assert "tern 60.0 is below asl 61.0" in capsys.readouterr().out


def test_methods_are_listed_with_the_papers_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["methods", "--dataset", "voc"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in METHODS)
    assert "85.7 / 92.3 / 93.2" in out


def test_peak_memory_counts_live_tensors_only() -> None:
    def work() -> torch.Tensor:
        a = torch.zeros(1000)
        b = a + 1
        del a
        c = b * 2
        return c.sum()

    assert 8000 <= peak_bytes(work, "cpu") <= 8100


def test_ratios_are_medians_within_rounds() -> None:
    a, b = [{"step": 1.0}, {"step": 6.0}, {"step": 2.0}], [{"step": 2.0}, {"step": 3.0}, {"step": 2.0}]
    assert ratio(a, b) == pytest.approx(1.0)


@pytest.mark.slow
def test_bench_scale_writes_its_rows_and_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "scale.json"
    threads = torch.get_num_threads()
    code = main(
        ["bench", "scale", "--classes", "4", "--batch", "1", "2", "--size", "64", "--threads", "1", "--json", str(path)]
    )
    torch.set_num_threads(threads)
    found = json.loads(path.read_text())
    assert code == 0
    assert [(r["classes"], r["batch"], r["fits"]) for r in found["rows"]] == [(4, 1, True), (4, 2, True)]
    assert {"machine", "versions", "seed", "command"} <= found.keys()


def test_the_drawing_of_the_method_is_the_committed_one() -> None:

    assert (ROOT / "docs" / "images" / "method.svg").read_text() == drawing()
