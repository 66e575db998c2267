"""A project: its labels and pictures, imports, marks, training and snapshots."""

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tern_client.client import POLL_SECONDS, Tern, TernError
from tern_client.plan import Plan

# What the server takes in one request of marks.
CELLS_AT_ONCE = 1_000
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
FILES_AT_ONCE = 5_000
WAIT_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class Snapshot:
    """An export that never changes."""

    project: "Project"
    number: int
    told: dict[str, Any] = field(repr=False)

    @property
    def files(self) -> dict[str, str]:
        """File name -> SHA-256."""
        return {one["name"]: one["sha256"] for one in self.told["files"]}

    def download(self, folder: str | Path) -> Path:
        """All files and the manifest, into a folder of this snapshot's own below `folder`."""
        where = Path(folder) / f"snapshot-{self.number}"
        where.mkdir(parents=True, exist_ok=True)
        for name in (*self.files, "manifest.json"):
            self.project.tern.download(f"{self.project.path}snapshots/{self.number}/files/{name}", where / name)
        return where


@dataclass(frozen=True)
class Project:
    """A project of a Tern."""

    tern: Tern = field(repr=False)
    number: int
    name: str

    @property
    def path(self) -> str:
        """Its address."""
        return f"projects/{self.number}/"

    def labels(self) -> dict[str, int]:
        """Name -> id, in column order."""
        return {row["name"]: row["id"] for row in self.tern.get(self.path + "labels/")}

    def add_label(self, name: str, **settings: Any) -> int:
        """A new label's id. Raises TernError for a name that is there."""
        return int(self.tern.request("POST", self.path + "labels/", json={"name": name, **settings})["id"])

    def pictures(self) -> Iterator[dict[str, Any]]:
        """Every picture: id, file name and more."""
        yield from self.tern.pages(self.path + "images/", limit=200)

    def plan_import(
        self,
        folder: str | Path | None = None,
        *,
        files: Iterable[str | Path] = (),
        table: str | Path | None = None,
        answers: dict[str, str] | None = None,
    ) -> Plan:
        """Read pictures of this machine (a folder with all below it, or files) and a table, and say what they bring.

        Nothing is written before the plan is run. Raises TernError, FileNotFoundError.
        """
        chosen = [(Path(one), Path(one).name) for one in files]
        if folder is not None:
            base = Path(folder)
            found = sorted(one for one in base.rglob("*") if one.is_file() and one.suffix.lower() in SUFFIXES)
            chosen += [(one, one.relative_to(base).as_posix()) for one in found]
        if table is not None:
            chosen.append((Path(table), Path(table).name))
        if not chosen:
            raise FileNotFoundError(f"There is nothing to import in {folder or files}.")
        if len(chosen) > FILES_AT_ONCE:
            raise TernError(413, f"More than {FILES_AT_ONCE} files at once. Put them into one zip archive.")
        with ExitStack() as opened:
            parts = [("files", (name, opened.enter_context(path.open("rb")))) for path, name in chosen]
            data = {"paths": [name for _, name in chosen], "answers": json.dumps(answers or {})}
            planned = self.tern.request("POST", self.path + "imports/", data=data, files=parts)
        return Plan(self, planned["id"])

    def mark(self, cells: Iterable[tuple[int, int, int]]) -> int:
        """Set cells (picture id, label id, 1, -1 or 0) as you, however many; how many were written.

        Sent again after a broken line, they are written once. A cell that somebody else changed meanwhile is set too.
        """
        written, batch = 0, []
        for cell in cells:
            batch.append(cell)
            if len(batch) == CELLS_AT_ONCE:
                written += self._send(batch)
                batch = []
        return written + (self._send(batch) if batch else 0)

    def _send(self, batch: Sequence[tuple[int, int, int]]) -> int:
        operations = [
            {"id": str(uuid.uuid4()), "kind": "mark", "image": image, "label": label, "value": value, "base": None}
            for image, label, value in batch
        ]
        body = {"operations": operations}
        results = self.tern.request("POST", self.path + "sync/", json=body, idempotent=True)["results"]
        failed = [(cell, one) for cell, one in zip(batch, results, strict=True) if one["status"] != "applied"]
        if failed:
            (image, label, _), told = failed[0]
            where = f"picture {image}, label {label}"
            raise TernError(409, f"{len(failed)} of {len(batch)} cells were not written; {where}: {told['detail']}")
        return len(batch)

    def train(self, level: str = "quick") -> dict[str, Any]:
        """Train a version on what is known, and wait for it; the job. Raises TernError when it failed."""
        job = self.tern.request("POST", self.path + "train/", json={"level": level})
        return self.wait_for_job(job["id"])

    def snapshot(self, formats: Sequence[str] = ("npz",), query: dict[str, Any] | None = None) -> Snapshot:
        """Make a snapshot and wait until it is written. Formats and queries: docs/formats.md. Raises TernError."""
        body = {"formats": list(formats), "query": query or {}}
        made = self.tern.request("POST", self.path + "snapshots/", json=body)
        self.wait_for_job(made["job"])
        return Snapshot(self, made["number"], self.tern.get(f"{self.path}snapshots/{made['number']}/"))

    def fetch_pictures(self, folder: str | Path, hashes: Iterable[str] | None = None) -> Path:
        """The pictures themselves, named by their SHA-256 as `tern_client.dataset` finds them; those there stay."""
        where, wanted = Path(folder), None if hashes is None else set(hashes)
        where.mkdir(parents=True, exist_ok=True)
        for picture in self.pictures():
            to = where / picture["sha256"]
            if (wanted is None or picture["sha256"] in wanted) and not to.exists():
                # Beside the API, so not below its address.
                address = self.tern.http.base_url.join(f"/media/{self.number}/{picture['id']}/original")
                self.tern.download(str(address), to)
        return where

    def wait_for_job(self, job: int) -> dict[str, Any]:
        """Wait until a job has ended well. Raises TernError with its own words when it has not."""
        told = self.wait_for(f"{self.path}jobs/{job}/", lambda one: one["state"] not in ("queued", "running"))
        if told["state"] != "done":
            raise TernError(409, told["error"] or f"The job was {told['state']}.")
        return told

    def wait_for(self, path: str, is_ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """What an address says once it is ready. Raises TimeoutError after a day."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            told: dict[str, Any] = self.tern.get(path)
            if is_ready(told):
                return told
            time.sleep(POLL_SECONDS)
        raise TimeoutError(f"{path} was not ready within a day.")
