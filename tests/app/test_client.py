"""The client for programs against a Tern that was started as people start it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import torch
from PIL import Image

from tern_client import OpenQuestions, Project, Tern, TernError
from tern_client.dataset import SnapshotDataset
from tests.browser.tern import running
from tests.paths import ROOT

pytestmark = pytest.mark.slow

SECRET = """
from annotator.actions.tokens import make_token
from annotator.models import User
print("secret", make_token(User.objects.get(is_superuser=True), "test")[1])
"""
SIZE = (32, 24)
PICTURES = 10


@pytest.fixture(scope="module")
def tern(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tern]:
    """A client of the owner of a Tern with its worker and trainer."""
    with running(tmp_path_factory.mktemp("client") / "data") as (server, _):
        secret = re.findall(r"secret (\S+)", server.manage("shell", "-c", SECRET))[-1]
        with Tern(server.address, secret) as made:
            yield made


def pictures_in(folder: Path) -> Path:
    """Ten pictures, five of them called after boats."""
    folder.mkdir()
    for number in range(PICTURES):
        name = "boat" if number % 2 else "sea"
        Image.new("RGB", SIZE, (number * 20, 90, 200)).save(folder / f"{name}-{number}.png")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures, and a table of 0 and 1 of two of them."""
    (tmp_path / "labels.csv").write_text("image,boat,sea\nboat-1.png,1,0\nsea-0.png,0,1\n")
    return pictures_in(tmp_path / "pictures")


def example() -> str:
    """The example of the documents."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "client.md").read_text(), re.S)
    return str(code)


def test_the_example_of_the_documents_runs(
    tern: Tern, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder.parent)
    token = tern.http.headers["Authorization"].split()[1]
    known: dict[str, Any] = {"address": str(tern.http.base_url).removesuffix("/api/"), "token": token}
    exec(example(), known)
    assert f"torch.Size([4, 3, {SIZE[1]}, {SIZE[0]}])" in capsys.readouterr().out
    project = tern.project(known["project"].number)
    assert {one.name for one in tern.projects()} >= {"Harbour"}
    # Five boats by their names, and what the table said: 0 was answered to mean absent.
    held = SnapshotDataset(known["folder"], folder)
    told = {name: row.tolist() for name, row in zip(held.names, held.matrix, strict=True)}
    assert held.labels == ["boat", "sea"]
    assert told == {f"boat-{n}.png": [1, 0] for n in (3, 5, 7, 9)} | {f"sea-{n}.png": [0, 0] for n in (2, 4, 6, 8)} | {
        "boat-1.png": [1, -1], "sea-0.png": [-1, 1],
    }  # fmt: skip
    train, test = (SnapshotDataset(known["folder"], folder, split=part) for part in ("train", "test"))
    assert sorted(train.names + test.names) == sorted(held.names)
    assert project.snapshot(["npz"]).told["matrix_sha256"] == held.matrix_sha256


def planned(tern: Tern, folder: Path) -> tuple[Project, Any]:
    project = tern.make_project("Plans")
    return project, project.plan_import(folder, table=folder.parent / "labels.csv")


def test_an_open_question_stops_the_run_and_is_named_and_nothing_is_written(tern: Tern, folder: Path) -> None:
    project, plan = planned(tern, folder)
    assert plan.state == "asks"
    with pytest.raises(OpenQuestions, match=r"zero: .*absent"):
        plan.run()
    assert list(project.pictures()) == []
    with pytest.raises(TernError, match="absent"):
        plan.answer(zero="perhaps")


def test_an_import_is_taken_back_and_marks_made_later_stay_known(tern: Tern, folder: Path) -> None:
    project, plan = planned(tern, folder)
    plan.answer(zero="unknown").run()
    assert plan.state == "done"
    assert len(list(project.pictures())) == PICTURES
    plan.undo()
    assert plan.state == "undone"
    assert list(project.pictures()) == []


def test_marks_are_set_changed_and_withdrawn_and_a_wrong_one_is_named(tern: Tern, folder: Path) -> None:
    project, plan = planned(tern, folder)
    plan.answer(zero="unknown").run()
    first = next(project.pictures())["id"]
    label = project.add_label("quay")
    for value in (1, -1, 0):
        assert project.mark([(first, label, value)]) == 1
        cells = tern.get(f"{project.path}images/{first}/")["cells"]
        assert next(one["value"] for one in cells if one["label"] == label) == value
    with pytest.raises(TernError, match=f"1 of 2 cells were not written; picture {first}, label 999999"):
        project.mark([(first, label, 1), (first, 999999, 1)])
    with pytest.raises(TernError) as refused:
        project.add_label("quay")
    assert refused.value.status in (400, 409)


def test_pictures_come_from_the_server_and_a_broken_download_goes_on(tern: Tern, folder: Path, tmp_path: Path) -> None:
    project, plan = planned(tern, folder)
    plan.answer(zero="unknown").run()
    fetched = project.fetch_pictures(tmp_path / "fetched")
    whole = {path.name: path.read_bytes() for path in fetched.iterdir()}
    assert len(whole) == PICTURES
    assert set(whole.values()) == {path.read_bytes() for path in folder.iterdir()}
    some = sorted(whole)[0]
    # Half of it is here, as after a line that broke: the rest is asked for and joined.
    (fetched / some).unlink()
    (fetched / f"{some}.part").write_bytes(whole[some][:20])
    project.fetch_pictures(fetched, [some])
    assert (fetched / some).read_bytes() == whole[some]
    snapshot = project.snapshot(["npz", "csv"])
    found = SnapshotDataset(snapshot.download(tmp_path), fetched)
    pixels, states = found[0]
    assert pixels.shape == (3, SIZE[1], SIZE[0])
    assert states.dtype == torch.int8


def test_a_data_set_says_what_is_missing_before_training_starts(tern: Tern, folder: Path, tmp_path: Path) -> None:
    project, plan = planned(tern, folder)
    plan.answer(zero="unknown").run()
    where = project.snapshot(["npz"]).download(tmp_path)
    with pytest.raises(ValueError, match="no part 'train'; it has none"):
        SnapshotDataset(where, folder, split="train")
    next(folder.iterdir()).unlink()
    with pytest.raises(FileNotFoundError, match="neither by its name nor by its SHA-256"):
        SnapshotDataset(where, folder)


def test_a_wrong_token_is_refused_in_the_servers_words(tern: Tern) -> None:
    with Tern(str(tern.http.base_url).removesuffix("/api/"), "nonsense") as stranger, pytest.raises(TernError) as told:
        stranger.projects()
    assert told.value.status == 401
    assert "unknown or revoked" in str(told.value)


def test_a_server_that_is_not_there_is_tried_again_and_then_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tern_client.client.PAUSE_SECONDS", 0.01)
    with Tern("http://127.0.0.1:9", "x") as nowhere, pytest.raises(httpx.TransportError):
        nowhere.projects()
