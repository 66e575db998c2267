"""Snapshots: an export that never changes again. Files are complete and checksummed before the row says finished."""

import hashlib
import os
import shutil
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from annotator.errors import Invalid
from annotator.formats import FORMATS, held, splits
from annotator.formats.sheet import Sheet
from annotator.jobs.context import JobContext, JobFailed
from annotator.jobs.queue import enqueue
from annotator.jobs.registry import job
from annotator.models import Job, Project, Snapshot, User
from annotator.news.kinds import ProjectNews
from annotator.news.publish import lock_project, publish
from annotator.queries.sheets import sheet_of
from annotator.queries.snapshot_query import checked_query
from model.storage.durable import checksum, read_json, sync_folder, write_atomic, write_json

MANIFEST = "manifest.json"
VERSION = 2
PROVENANCE = {"jsonl", "long"}
"""Formats that tell of each mark where it came from."""
CLOSING_LOOK_SECONDS = 0.5


def request_snapshot(project: Project, user: User, formats: list[str], query: dict[str, Any]) -> Snapshot:
    """Number a snapshot and queue its job. Raises Invalid for an unknown format or query."""
    unknown = sorted(set(formats) - set(FORMATS))
    if unknown or not formats:
        raise Invalid(f"'formats' must be some of {', '.join(FORMATS)}.", {"formats": [f"Unknown: {unknown}"]})
    query = checked_query(query, project)
    if query["split"] and "split" not in query["extras"]:
        query["extras"] = ["split", *query["extras"]]
    with transaction.atomic():
        lock_project(project.pk)
        last = Snapshot.objects.filter(project=project).aggregate(last=Max("number"))["last"] or 0
        snapshot = Snapshot.objects.create(
            project=project,
            number=last + 1,
            formats=[name for name in FORMATS if name in formats],
            query=query,
            directory=f"projects/{project.pk}/snapshots/{last + 1}",
            created_by=user,
        )
        snapshot.job = enqueue(project.pk, Job.Kind.EXPORT, {"snapshot": snapshot.pk}, user)
        snapshot.save(update_fields=["job"])
    return snapshot


@job("export")
def write_snapshot(context: JobContext) -> None:
    """Write the snapshot of the job's payload. After a death: what is whole is kept, half work is thrown away."""
    snapshot = Snapshot.objects.filter(pk=context.payload["snapshot"]).select_related("project").first()
    if snapshot is None:
        raise JobFailed("The snapshot was deleted before it was written.")
    final = Path(settings.TERN_HOME) / snapshot.directory
    if not final.exists():
        context.progress("export", 1, "Collecting labels", force=True)
        sheet = whole_sheet(context, snapshot)
        context.check()
        write_files(final, sheet, snapshot.formats, snapshot.query)
    manifest = read_json(final / MANIFEST)
    with context.fenced():
        Snapshot.objects.filter(pk=snapshot.pk, finished_at=None).update(
            manifest=manifest, matrix_sha256=manifest["matrix"]["sha256"], finished_at=Now()
        )
        publish(context.project_id, ProjectNews(snapshot.number))
    context.result = {"snapshot": snapshot.number, **manifest["matrix"]}


def whole_sheet(context: JobContext, snapshot: Snapshot) -> Sheet:
    """What the snapshot holds, read while no closing of all labels is half done."""
    while True:
        before = last_closing(snapshot.project_id)
        if before is not None and before.state in Job.ACTIVE:
            context.check()
            context.progress("export", 1, "Waiting until all labels are closed")
            time.sleep(CLOSING_LOOK_SECONDS)
            continue
        sheet = sheet_of(snapshot.project, snapshot.query, bool(PROVENANCE & set(snapshot.formats)))
        if last_closing(snapshot.project_id) == before:
            return sheet


def last_closing(project_id: int) -> Job | None:
    """The latest job that closed all labels or took that back."""
    return Job.objects.filter(project_id=project_id, kind=Job.Kind.CLOSE).order_by("-pk").first()


def write_files(final: Path, sheet: Sheet, formats: list[str], query: dict[str, Any]) -> None:
    """Write all files and the manifest beside `final`, then give the folder its name: it is whole or not there.

    The same sheet gives the same bytes, the manifest's included: nothing in it tells when or where it was written.
    """
    half = final.with_name(f".tmp-{final.name}")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    files = {}
    writers = {FORMATS[name].FILE_NAME: FORMATS[name].write for name in formats}
    if query.get("split"):
        writers[splits.FILE_NAME] = splits.write
    for file_name, write in writers.items():
        path = half / file_name
        write_atomic(path, lambda file, write=write: write(sheet, file))  # type: ignore[misc]
        files[file_name] = {"size": path.stat().st_size, "sha256": checksum(path)}
    if "npz" not in formats:
        write_atomic(half / held.FILE_NAME, lambda file: held.write(sheet, file))
    write_json(half / MANIFEST, {
        "format": VERSION,
        "query": query,
        "labels": sheet.labels,
        "matrix": {"images": len(sheet.images), "labels": len(sheet.labels), "sha256": matrix_sha256(sheet)},
        "split": splits.told(sheet, query.get("split", {})),
        "files": files,
    })  # fmt: skip
    for path in half.iterdir():
        path.chmod(0o444)
    os.replace(half, final)
    sync_folder(final.parent)


def matrix_sha256(sheet: Sheet) -> str:
    """SHA-256 of the tri-state matrix: "<images> <labels>\\n", then int8 values row by row."""
    digest = hashlib.sha256(f"{sheet.matrix.shape[0]} {sheet.matrix.shape[1]}\n".encode())
    digest.update(sheet.matrix.tobytes(order="C"))
    return digest.hexdigest()
