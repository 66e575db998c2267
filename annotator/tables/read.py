"""Any file of labels, told by its content: text tables, Excel, Parquet, NPZ, JSON, JSON lines, XML."""

import io
import json
import shutil
import tempfile
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from annotator.tables import delimited
from annotator.tables.encoding import encoding_of
from annotator.tables.parts import BadTable, Column, Grid, Problem, Source, column_of
from annotator.tables.which import is_table
from annotator.words import counted

# An archive of a few kilobytes can claim arrays of any size.
UNPACKED_BYTES = 4 * 1024**3


def read(path: Path) -> Source:
    """The file as a source. Raises BadTable."""
    if not path.is_file():
        raise BadTable(f"There is no file {path.name}.")
    with path.open("rb") as file:
        head = file.read(8192)
    if head.startswith(b"PK"):
        return read_archive(path)
    if head.startswith(b"PAR1"):
        return read_parquet(path)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadTable(f"{path.name} is an Excel file of before 2007. Save it as .xlsx or CSV.")
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").replace(b"\0", b"")[:1]
    if start in (b"{", b"["):
        return read_json(path)
    if start == b"<":
        return read_xml(path)
    return delimited.read(path)


def read_archive(path: Path) -> Source:
    """Excel or NPZ, both of which are zip archives."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if sum(info.file_size for info in archive.infolist()) > UNPACKED_BYTES:
                raise BadTable(f"{path.name} claims more than {UNPACKED_BYTES // 1024**3} GB unpacked.")
    except zipfile.BadZipFile as error:
        raise BadTable(f"{path.name} is a broken archive.") from error
    if "xl/workbook.xml" in names:
        return read_excel(path)
    if names and all(name.endswith(".npy") for name in names):
        return read_npz(path)
    return read_inside(path)


def read_inside(path: Path) -> Source:
    """The one table in an archive, or all its XML files together. Raises BadTable."""
    with zipfile.ZipFile(path) as archive:
        inside = [info for info in archive.infolist() if is_table(info.filename)]
        if inside and all(info.filename.lower().endswith(".xml") for info in inside):
            root = ET.Element("annotations")
            for info in inside:
                root.append(parsed_xml(archive.read(info), info.filename))
            return Source(path.name, "xml", None, root, [f"{len(inside)} XML files of the archive were read."])
        if len(inside) != 1:
            what = ", ".join(info.filename for info in inside[:8]) or "none"
            raise BadTable(f"{path.name} must hold one table of labels; it holds: {what}. Choose the table itself.")
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / PurePosixPath(inside[0].filename).name
            with archive.open(inside[0]) as file, copy.open("wb") as out:
                shutil.copyfileobj(file, out)
            source = read(copy)
    source.notes.append(f"The table {inside[0].filename!r} in the archive was read.")
    return source


def read_excel(path: Path) -> Source:
    """The first sheet that holds anything."""
    import openpyxl

    try:
        # By its suffix it would refuse what is called otherwise.
        book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True, data_only=True)
        for sheet in book.worksheets:
            rows = (
                (line, [shown(cell) for cell in row]) for line, row in enumerate(sheet.iter_rows(values_only=True), 1)
            )
            first = next(((line, row) for line, row in rows if any(row)), None)
            if first is not None:
                notes = [f"Only the sheet {sheet.title!r} was read."] if len(book.worksheets) > 1 else []
                return Source(path.name, "excel", delimited.assemble(chained(first, rows), path.name), notes=notes)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        if isinstance(error, BadTable):
            raise
        raise BadTable(f"{path.name} cannot be read as an Excel file: {error}.") from error
    raise BadTable(f"{path.name} is empty. Its first line must name the columns.")


def chained(first: tuple[int, list[str]], rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """The first row and the others."""
    yield first
    yield from rows


def shown(cell: Any) -> str:
    """A cell as its reader sees it: 1.0 is 1."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return "nan" if cell != cell else str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell)


def read_parquet(path: Path) -> Source:
    """Columns of any type as text, lists as JSON; each distinct value is turned into text once."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # Not as a data set, which refuses two columns of one name.
        table = pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        raise BadTable(f"{path.name} cannot be read as Parquet: {error}.") from error
    columns, typed = [], False
    for name, values in zip(table.column_names, table.columns, strict=True):
        nested = pa.types.is_nested(values.type)
        if pa.types.is_boolean(values.type):
            typed = True
            values = values.cast(pa.int8())
        if nested:
            columns.append(column_of(name, [told(value) for value in values.to_pylist()]))
            continue
        coded = values.combine_chunks().dictionary_encode(null_encoding="encode")
        coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
        texts = [told(value) for value in coded.dictionary.to_pylist()]
        columns.append(Column(name, texts, coded.indices.to_numpy(zero_copy_only=False).astype(np.int32)))
    return Source(path.name, "parquet", Grid(columns, np.arange(1, table.num_rows + 1, dtype=np.int32)), typed=typed)


def told(value: Any) -> str:
    """A value of a typed file as text; what holds others as JSON, bytes as the text they are."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (list, dict, tuple)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return shown(value)


def read_npz(path: Path) -> Source:
    """`matrix` [images, labels] with `labels` and `images`: a table of one column a label."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            named = {name: arrays[name] for name in arrays.files}
    except (ValueError, OSError, zipfile.BadZipFile, EOFError) as error:
        raise BadTable(f"{path.name} is not an NPZ file without pickles: {error}.") from error
    matrix = next((named[name] for name in ("matrix", "y", "targets", "annotations") if name in named), None)
    labels = next((named[name] for name in ("labels", "classes", "label_names", "categories") if name in named), None)
    images = next((named[name] for name in ("images", "files", "filenames", "paths", "names") if name in named), None)
    if matrix is None or labels is None or images is None:
        have = ", ".join(named) or "nothing"
        raise BadTable(f"{path.name} needs the arrays matrix, labels and images; it holds {have}.")
    if matrix.ndim != 2 or matrix.shape != (len(images), len(labels)):
        shape = " x ".join(map(str, matrix.shape))
        raise BadTable(
            f"{path.name}: the matrix is {shape}, but there are {counted(len(images), 'image')} and "
            f"{counted(len(labels), 'label')}."
        )
    columns = [column_of("image", [told(name) for name in images.tolist()])]
    if len(named.get("hashes", ())) == len(images):
        columns.append(column_of("sha256", [told(name) for name in named["hashes"].tolist()]))
    for label, values in zip(labels.tolist(), matrix.T, strict=True):
        texts, codes = np.unique(values, return_inverse=True)
        columns.append(Column(told(label), [told(text) for text in texts.tolist()], codes.astype(np.int32)))
    typed = matrix.dtype == np.bool_
    return Source(path.name, "npz", Grid(columns, np.arange(1, len(images) + 1, dtype=np.int32)), typed=typed)


def read_json(path: Path) -> Source:
    """One JSON value, or one a line. Records that are alike make a grid."""
    encoding = encoding_of(path)
    notes = [f"The text was read as {encoding.name}, which is a guess."] if encoding.guessed else []
    try:
        text = path.read_text(encoding=encoding.name)
        data = json.loads(text)
        errors: list[Problem] = []
    except UnicodeDecodeError as error:
        raise BadTable(f"{path.name} cannot be read as {encoding.name}. Save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        data, errors = json_lines(text)
        if not data:
            raise BadTable(f"{path.name} is not JSON, nor one JSON value a line: {error}.") from error
        return Source(path.name, "jsonl", None, data, notes) if not errors else with_errors(path, data, errors, notes)
    return Source(path.name, "json", None, data, notes)


def with_errors(path: Path, data: list[Any], errors: list[Problem], notes: list[str]) -> Source:
    """JSON lines of which some were refused."""
    grid = Grid([], np.zeros(0, np.int32), errors)
    return Source(path.name, "jsonl", grid, data, notes)


def json_lines(text: str) -> tuple[list[Any], list[Problem]]:
    """The values of all lines, objects with their line under "__line__"; and the lines that are none."""
    found, errors = [], []
    for line, told_line in enumerate(io.StringIO(text), 1):
        if not told_line.strip():
            continue
        try:
            value = json.loads(told_line)
            found.append({**value, "__line__": line} if isinstance(value, dict) else value)
        except (ValueError, RecursionError) as error:
            errors.append(Problem(line, "", f"Not JSON: {error}."))
    return found, errors


def read_xml(path: Path) -> Source:
    """An XML document without entities of its own."""
    return Source(path.name, "xml", None, parsed_xml(path.read_bytes(), path.name))


def parsed_xml(data: bytes, name: str) -> ET.Element:
    """The root of a document. Raises BadTable."""
    if b"<!ENTITY" in data or b"<!DOCTYPE" in data:
        raise BadTable(f"{name} declares entities. Remove its DOCTYPE.")
    try:
        return ET.fromstring(data)  # noqa: S314
    except ET.ParseError as error:
        raise BadTable(f"{name} is not XML: {error}.") from error
