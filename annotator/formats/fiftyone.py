"""FiftyOne: samples whose ground truth classifies each picture."""

from typing import Any, BinaryIO

from annotator.formats.jsonl import dumped
from annotator.formats.sheet import Sheet

FILE_NAME = "samples.json"
TITLE = "FiftyOne"
SAYS = "Samples with the labels present as classifications. A label without one may be absent or unknown."
LOSES = frozenset({"absent", "cant_tell", "hash"})
EXTRAS = frozenset[str]()


def write(sheet: Sheet, file: BinaryIO) -> None:
    """No ground truth where nothing is known of the picture."""
    samples = [sample(sheet, row) for row in range(len(sheet.images))]
    file.write(dumped({"samples": samples}).encode())


def sample(sheet: Sheet, row: int) -> dict[str, Any]:
    """One picture."""
    found = [{"_cls": "Classification", "label": name} for name in sheet.present(row)]
    truth = {"_cls": "Classifications", "classifications": found} if sheet.matrix[row].any() else None
    return {"filepath": sheet.images[row].name, "ground_truth": truth}
