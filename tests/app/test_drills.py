"""Files under kill -9: whatever moment it hits, a reader finds the old content or the new one, whole."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from annotator.jobs.sweep import sweep_temporaries
from annotator.trainer.follow import Tail, finished_card
from tests.paths import ROOT
from tests.processes import wait_for

pytestmark = pytest.mark.drill
ROUNDS = int(os.environ.get("TERN_DRILL_ROUNDS", "10"))

WRITER = """
import itertools, sys
from pathlib import Path
import numpy as np
from model.storage.durable import append_line, checksum, write_array, write_json
folder = Path(sys.argv[1])
for turn in itertools.count():
    write_array(folder / "scores.npy", np.full((40, 5000), turn % 1000, np.float16))
    write_array(folder / "checkpoint.npy", np.full(20000, turn, np.float64))
    write_json(folder / "card.json", {"turn": turn, "filler": "x" * 50000})
    append_line(folder / "progress.jsonl", {"turn": turn, "filler": "y" * 3000})
"""


@pytest.mark.slow
def test_no_file_is_ever_torn_by_a_kill(tmp_path: Path) -> None:
    torn, writes = 0, 0
    chance = random.Random(os.urandom(8))
    for number in range(ROUNDS):
        folder = tmp_path / str(number)
        folder.mkdir()
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder)], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
        wait_for((folder / "progress.jsonl").exists, 60)
        time.sleep(chance.uniform(0, 0.5))
        writer.kill()
        writer.wait()
        scores, checkpoint = np.load(folder / "scores.npy"), np.load(folder / "checkpoint.npy")
        card = json.loads((folder / "card.json").read_text())
        torn += len(np.unique(scores)) != 1
        torn += len(np.unique(checkpoint)) != 1
        torn += len(card["filler"]) != 50000
        lines = (folder / "progress.jsonl").read_bytes().split(b"\n")
        torn += sum(json.loads(line)["turn"] != place for place, line in enumerate(lines[:-1]))
        writes += card["turn"]
    print(f"{ROUNDS} rounds, {writes} rewrites, {torn} torn")
    assert torn == 0


def test_a_progress_line_that_is_still_being_written_is_read_later(tmp_path: Path) -> None:
    path = tmp_path / "progress.jsonl"
    tail = Tail(path)
    assert tail.lines() == []
    path.write_text('{"n": 1}\n{"n": 2')
    assert tail.lines() == [{"n": 1}]
    with path.open("a") as file:
        file.write("2}\n")
    assert tail.lines() == [{"n": 22}]
    assert tail.lines() == []


def test_a_result_whose_files_do_not_fit_its_checksums_is_no_result(tmp_path: Path) -> None:
    result = {"state": "done", "checksums": {"scores.npy": "0" * 64}}
    (tmp_path / "result.json").write_text(json.dumps(result))
    (tmp_path / "scores.npy").write_bytes(b"of another attempt")
    assert finished_card(tmp_path) is None
    assert not (tmp_path / "result.json").exists(), "or the next attempt would find it again"


def test_what_killed_processes_left_behind_is_swept_and_nothing_else(tern_home: Path) -> None:
    folder = tern_home / "projects" / "1" / "models"
    folder.mkdir(parents=True)
    old, fresh, kept = folder / ".scores.npy.a1", folder / ".scores.npy.b2", folder / "scores-1.npy"
    for path in (old, fresh, kept):
        path.write_text("x")
    half = folder / ".job-3-abc"
    half.mkdir()
    for path in (old, half, kept):
        os.utime(path, (1, 1))
    assert sweep_temporaries() == 2
    assert sorted(path.name for path in folder.iterdir()) == [fresh.name, kept.name]
