"""One process and two give equal weights; every item is scored once; stop, kill and resume lose nothing."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from model.networks import group
from tests.paths import ROOT

JOB = Path(__file__).with_name("group_job.py")


def job(folder: Path, ranks: int = 1, epochs: int = 3, action: str = "run", when: int = 0) -> tuple[int, str]:
    """Run the fit, under torchrun when there are ranks; gives its exit code and what it said."""
    folder.mkdir(exist_ok=True)
    many = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={ranks}"]
    launch = [sys.executable, *(many if ranks > 1 else [])]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*launch, str(JOB), str(folder), str(epochs), action, str(when)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    folder = tmp_path_factory.mktemp("group") / "alone"
    code, said = job(folder)
    assert code == 0, said
    return dict(np.load(folder / "done.npz"))


def same(folder: Path, alone: dict[str, np.ndarray], tolerance: float = 1e-5) -> None:
    found = np.load(folder / "done.npz")
    for key in ("weights", "scores", "losses"):
        np.testing.assert_allclose(found[key], alone[key], atol=tolerance, err_msg=key)


@pytest.mark.slow
def test_two_ranks_equal_one(tmp_path: Path, alone: dict[str, np.ndarray]) -> None:
    code, said = job(tmp_path / "two", ranks=2)
    assert code == 0, said
    same(tmp_path / "two", alone)


@pytest.mark.slow
def test_a_stop_on_one_rank_stops_all_and_resumes_exactly(tmp_path: Path, alone: dict[str, np.ndarray]) -> None:
    assert job(tmp_path / "stop", ranks=2, action="stop", when=6)[0] == 0
    assert not (tmp_path / "stop" / "done.npz").exists()
    assert (tmp_path / "stop" / "checkpoint.pt").exists()
    code, said = job(tmp_path / "stop", ranks=1)
    assert code == 0, said
    same(tmp_path / "stop", alone)


@pytest.mark.slow
@pytest.mark.drill
def test_a_killed_rank_ends_the_group_and_the_next_attempt_resumes(
    tmp_path: Path, alone: dict[str, np.ndarray]
) -> None:
    assert job(tmp_path / "kill", ranks=2, action="kill", when=7)[0] != 0
    assert not (tmp_path / "kill" / "done.npz").exists()
    code, said = job(tmp_path / "kill", ranks=2)
    assert code == 0, said
    same(tmp_path / "kill", alone)


@pytest.mark.parametrize("n", [1, 2, 5, 8, 23])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_shares_cover_everything_once_and_keep_partners_together(
    monkeypatch: pytest.MonkeyPatch, n: int, size: int
) -> None:
    monkeypatch.setattr(group, "size", lambda: size)
    parts = [group.share(n, member) for member in range(size)]
    assert sorted(torch.cat(parts).tolist()) == list(range(n))
    for part in parts:
        assert (part + part.flip(0) == n - 1).all()


def test_alone_everything_is_the_identity() -> None:
    x = torch.randn(3, 2, requires_grad=True)
    assert group.gather(x) is x
    assert group.gather_batch(x) is x
    assert group.any(True)
    assert not group.any(False)
    layer = torch.nn.Linear(2, 2)
    assert group.wrap(layer) is layer
