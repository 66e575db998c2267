"""Imports: planned, agreed to, run, taken back. Each step is a job; what is agreed to is the plan's hash."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from annotator.errors import Conflict, Invalid
from annotator.imports.spool import discard, spool, spool_root
from annotator.jobs.queue import cancel, enqueue
from annotator.models import Import, Job, Project, User
from annotator.tables.which import TABLES
from annotator.words import counted

MOST_ANSWERS, ANSWER_LENGTH = 2_000, 1_000


def plan_uploads(
    project: Project,
    user: User,
    files: Sequence[UploadedFile],
    answers: Mapping[str, str] | None = None,
    *,
    paths: Sequence[str] = (),
    at_once: bool = False,
) -> Import:
    """Plan an import of pictures, or of one zip archive, and tables of labels. Raises Invalid.

    `paths` are the files' names with their folders, as many as files: a form only carries the last part of a name.
    """
    if not files:
        raise Invalid("No files came. Send pictures, one zip archive, or a table of labels as 'files'.")
    if paths and len(paths) != len(files):
        raise Invalid(
            f"{counted(len(files), 'file')} came with {counted(len(paths), 'path')}. Send one path a file, or none."
        )
    for file, path in zip(files, paths, strict=False):
        file.name, file.path_given = Path(path).name, path  # type: ignore[attr-defined]
    tables = [file for file in files if suffix_of(file) in TABLES]
    archives = [file for file in files if suffix_of(file) == ".zip"]
    pictures = [file for file in files if file not in tables and file not in archives]
    if len(archives) > 1 or (archives and pictures):
        raise Invalid("Send either pictures or one zip archive in one import, with or without a table of labels.")
    folder, others = spool(pictures, [*archives, *tables])
    told = {
        "kind": "zip" if archives else "upload" if pictures else "none",
        "path": str(others[0] if archives else folder),
        "tables": [[str(path), named(file)] for path, file in zip(others[len(archives) :], tables, strict=True)],
        "spool": str(folder),
    }
    try:
        return begin(project, user, told, answers, at_once)
    except BaseException:
        discard(folder)
        raise


def plan_server_files(
    project: Project,
    user: User,
    folder: str,
    table: str,
    answers: Mapping[str, str] | None = None,
    *,
    anywhere: bool = False,
    at_once: bool = False,
) -> Import:
    """Plan an import of a folder or zip archive that lies on the server, and of a table; either may be empty.

    Only below TERN_IMPORT_ROOTS, unless `anywhere` (the command line, whose user can read the files anyhow).
    """
    source, labels = (allowed(path, anywhere) if path else None for path in (folder, table))
    if source is None and labels is None:
        raise Invalid("Name a folder, a zip archive or a table of labels to import.")
    if source is not None and not source.exists():
        raise Invalid(f"There is no folder or archive {folder} on the server.")
    if labels is not None and not labels.is_file():
        raise Invalid(f"There is no file {table} on the server.")
    told = {
        "kind": "none" if source is None else "folder" if source.is_dir() else "zip",
        "path": str(source or ""),
        "tables": [[str(labels), labels.name]] if labels else [],
        "spool": str(spool_root() / uuid4().hex),
    }
    return begin(project, user, told, answers, at_once)


def import_at_once(
    project: Project, user: User, folder: str, table: str = "", answers: Mapping[str, str] | None = None
) -> Job:
    """Import what lies on this machine without asking anybody: the job fails, naming them, when questions are open."""
    planned = plan_server_files(project, user, folder, table, answers, anywhere=True, at_once=True)
    assert planned.job is not None
    return planned.job


def allowed(path: str, anywhere: bool) -> Path:
    """The path, its links followed. Raises Invalid outside the import roots."""
    resolved = Path(path).expanduser().resolve()
    roots = [Path(root).resolve() for root in settings.TERN_IMPORT_ROOTS]
    if not anywhere and not any(resolved.is_relative_to(root) for root in roots):
        where = f"below {', '.join(map(str, roots))}" if roots else "set TERN_IMPORT_ROOTS to allow folders"
        raise Invalid(f"{path} is outside the folders that may be imported from ({where}).")
    return resolved


@transaction.atomic
def begin(
    project: Project, user: User, files: dict[str, Any], answers: Mapping[str, str] | None, at_once: bool
) -> Import:
    """Write the import and start its plan."""
    planned = Import.objects.create(project=project, created_by=user, files=files, answers=checked(answers or {}))
    return turn(planned, Import.Step.PLAN, user, at_once=at_once)


def turn(imported: Import, step: str, user: User, **more: Any) -> Import:
    """Go to a step and start its job. Runs inside the caller's transaction, under the import's lock."""
    imported.step = step
    imported.job = enqueue(imported.project_id, Job.Kind.IMPORT, {"import": imported.pk, "step": step, **more}, user)
    imported.save(update_fields=["step", "job", "answers"])
    return imported


def checked(answers: Mapping[str, Any]) -> dict[str, str]:
    """Answers as text -> text. Raises Invalid."""
    if len(answers) > MOST_ANSWERS:
        raise Invalid(f"{counted(len(answers), 'answer')}; at most {MOST_ANSWERS} are taken.")
    for question, answer in answers.items():
        if not isinstance(answer, str) or max(len(answer), len(question)) > ANSWER_LENGTH or "\0" in answer + question:
            raise Invalid(f"The answer to {question[:80]!r} must be a text, one of the question's choices.")
    return dict(answers)


def locked(imported: Import) -> Import:
    """The import as it is now, locked until the transaction ends."""
    return Import.objects.select_for_update(of=("self",)).select_related("job").get(pk=imported.pk)


@transaction.atomic
def answer(imported: Import, user: User, answers: Mapping[str, str | None]) -> Import:
    """Answer questions, or with None take answers back; the plan is made anew. Conflict once it was run."""
    now = locked(imported)
    if now.step != Import.Step.PLAN:
        raise Conflict("This import was run already, so its questions are closed. Take it back, or import again.")
    told = checked({key: value for key, value in answers.items() if value is not None})
    gone = {key for key, value in answers.items() if value is None}
    now.answers = {key: value for key, value in now.answers.items() if key not in gone} | told
    if now.job is not None and now.job.state in Job.ACTIVE:
        cancel(now.job)
    return turn(now, Import.Step.PLAN, user)


@transaction.atomic
def run(imported: Import, user: User, agreed: str) -> Import:
    """Run the plan that was agreed to, named by its hash. Conflict when it is another one, or has open questions."""
    now = locked(imported)
    if now.state in ("running", "done"):
        raise Conflict("This import runs, or was run, already.")
    if now.state == "planning":
        raise Conflict("The plan is still being made. Wait for it, read it, then run it.")
    if now.state == "asks":
        open_ids = ", ".join(now.open_questions[:8])
        raise Conflict(f"{counted(len(now.open_questions), 'question is', 'questions are')} open: {open_ids}.")
    if now.state != "ready":
        raise Conflict("There is no plan to run. Import the files again.")
    if now.plan_hash != agreed:
        raise Conflict("This is not the plan that was agreed to: it was made anew since. Read it again, then run it.")
    return turn(now, Import.Step.RUN, user)


@transaction.atomic
def undo(imported: Import, user: User) -> Import:
    """Take an import back: its marks, and the pictures that only it brought. Conflict when there is nothing of it."""
    now = locked(imported)
    if now.state not in ("done", "stopped"):
        words = {"undoing": "This import is being taken back already.", "undone": "This import was taken back already."}
        raise Conflict(words.get(now.state, "This import has brought nothing yet, so there is nothing to take back."))
    return turn(now, Import.Step.UNDO, user)


def forget(imported: Import) -> None:
    """Remove an import that was only planned, and its files. Conflict once it was run."""
    with transaction.atomic():
        now = locked(imported)
        if now.step != Import.Step.PLAN:
            raise Conflict("This import was run; it stays in the list. It can be taken back.")
        if now.job is not None and now.job.state in Job.ACTIVE:
            cancel(now.job)
        now.delete()
    discard(imported.files["spool"])


def named(file: UploadedFile) -> str:
    """The name of an uploaded file, with its folders where they came along."""
    return str(getattr(file, "path_given", "") or file.name)


def suffix_of(file: UploadedFile) -> str:
    """The suffix of an uploaded file's name, lower case."""
    return Path(str(file.name)).suffix.lower()
