"""Which files may be tables of labels, told by their names alone. Light: decoder processes read it too."""

from pathlib import PurePosixPath

TABLES = {".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".xlsx", ".parquet", ".npz", ".xml"}
NO_TABLES = {"readme", "license", "licence", "manifest", "classes", "datapackage", "info"}


def is_table(name: str) -> bool:
    """Whether a file in an archive may be a table of labels, told by its name: archives hold much else."""
    path = PurePosixPath(name)
    hidden = any(part.startswith((".", "__")) for part in path.parts)
    return not hidden and path.suffix.lower() in TABLES and path.stem.lower() not in NO_TABLES
