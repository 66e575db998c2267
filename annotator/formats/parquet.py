"""Parquet: the wide table with a nullable int8 column a label; null is unknown."""

from typing import BinaryIO

import numpy as np

from annotator.formats.sheet import PICTURE_EXTRAS, Sheet
from annotator.formats.table import header

FILE_NAME = "labels.parquet"
TITLE = "Parquet"
SAYS = "One row a picture, one column a label: 1, -1, null for unknown. The quickest to read."
LOSES = frozenset({"cant_tell"})
EXTRAS = frozenset(PICTURE_EXTRAS)


def write(sheet: Sheet, file: BinaryIO) -> None:
    """Columns in the order of the wide CSV."""
    # Here and not above: every process that serves would load it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = [
        pa.array([image.name for image in sheet.images], pa.string()),
        pa.array([image.sha256 for image in sheet.images], pa.string()),
    ]
    for name in sheet.picture_extras:
        columns.append(pa.array([image.extra[name] for image in sheet.images], pa.string()))
    for values in np.ascontiguousarray(sheet.matrix.T):
        columns.append(pa.array(values, pa.int8(), mask=values == 0))
    pq.write_table(pa.Table.from_arrays(columns, names=header(sheet)), file, compression="zstd")
