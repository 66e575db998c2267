"""Start an import: check what is asked, keep what was uploaded, write the job."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from annotator.errors import Invalid
from annotator.formats import format_of
from annotator.formats.sheet import BadFile
from annotator.imports.spool import discard, spool
from annotator.jobs.queue import enqueue
from annotator.models import Job, Project, User

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".npz")


@dataclass(frozen=True)
class ImportRequest:
    """What an import job is to do. `kind` says what lies at `path`: folder, zip, upload, or none (labels only).

    Without `make_labels` an import whose table names a label that the project lacks is refused, so that no typo becomes
    a label by itself.
    """

    kind: str
    path: str = ""
    table: str = ""
    table_name: str = ""
    dry_run: bool = False
    spool: str = ""
    make_labels: bool = True


def import_uploads(
    project: Project, user: User, files: Sequence[UploadedFile], dry_run: bool, make_labels: bool = True
) -> Job:
    """Import pictures, or one zip archive, with or without one table of labels. Raises Invalid."""
    tables = [file for file in files if suffix_of(file) in TABLE_SUFFIXES]
    archives = [file for file in files if suffix_of(file) == ".zip"]
    pictures = [file for file in files if file not in tables and file not in archives]
    if not files:
        raise Invalid("No files came. Send pictures, one zip archive, or a table of labels as 'files'.")
    if len(tables) > 1 or len(archives) > 1 or (archives and pictures):
        raise Invalid("Send either pictures or one zip archive, and at most one table of labels, in one import.")
    folder, others = spool(pictures, [*archives, *tables])
    request = ImportRequest(
        kind="zip" if archives else "upload" if pictures else "none",
        path=str(others[0] if archives else folder),
        table=str(others[-1]) if tables else "",
        table_name=str(tables[0].name) if tables else "",
        dry_run=dry_run,
        spool=str(folder),
        make_labels=make_labels,
    )
    try:
        return start(project, user, request)
    except BaseException:
        discard(folder)
        raise


def import_server_files(
    project: Project,
    user: User,
    folder: str,
    table: str,
    dry_run: bool,
    anywhere: bool = False,
    make_labels: bool = True,
) -> Job:
    """Import a folder or zip archive that lies on the server, and a table beside it; either may be empty.

    Only below TERN_IMPORT_ROOTS, unless `anywhere` (the command line, whose user can read the files anyhow).
    """
    source, labels = (allowed(path, anywhere) if path else None for path in (folder, table))
    if source is None and labels is None:
        raise Invalid("Name a folder, a zip archive or a table of labels to import.")
    if source is not None and not source.exists():
        raise Invalid(f"There is no folder or archive {folder} on the server.")
    if labels is not None and not labels.is_file():
        raise Invalid(f"There is no file {table} on the server.")
    kind = "none" if source is None else "folder" if source.is_dir() else "zip"
    name = labels.name if labels else ""
    request = ImportRequest(kind, str(source or ""), str(labels or ""), name, dry_run=dry_run, make_labels=make_labels)
    return start(project, user, request)


def allowed(path: str, anywhere: bool) -> Path:
    """The path, its links followed. Raises Invalid outside the import roots."""
    resolved = Path(path).expanduser().resolve()
    roots = [Path(root).resolve() for root in settings.TERN_IMPORT_ROOTS]
    if not anywhere and not any(resolved.is_relative_to(root) for root in roots):
        where = f"below {', '.join(map(str, roots))}" if roots else "set TERN_IMPORT_ROOTS to allow folders"
        raise Invalid(f"{path} is outside the folders that may be imported from ({where}).")
    return resolved


def start(project: Project, user: User, request: ImportRequest) -> Job:
    """Write the job and wake a worker. Raises Invalid for a table in an unknown format."""
    if request.table:
        try:
            format_of(request.table)
        except BadFile as error:
            raise Invalid(str(error)) from error
    return enqueue(project.pk, Job.Kind.IMPORT, asdict(request), user)


def suffix_of(file: UploadedFile) -> str:
    """The suffix of an uploaded file's name, lower case."""
    return Path(str(file.name)).suffix.lower()
