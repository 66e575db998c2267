"""Lines of a label table, matched to pictures and labels of the project."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from annotator.formats.sheet import LabelRow, LabelTable, RowError
from annotator.imports.names import Names, plain
from annotator.imports.said import Said
from annotator.pictures.uploads import Refused

GROUP_COLUMNS = {"group", "group_key"}


class About:
    """What a table says of pictures besides labels; asked when a picture is new."""

    def __init__(self, rows: Iterable[LabelRow]) -> None:
        self._rows: dict[str, dict[str, str]] = {}
        for row in rows:
            if row.metadata:
                for key in filter(None, (row.sha256, plain(row.image), PurePosixPath(plain(row.image)).name)):
                    self._rows.setdefault(key, row.metadata)

    def of(self, name: str, sha256: str) -> tuple[str, dict[str, str]]:
        """(group key or "", metadata) of a picture."""
        path = plain(name)
        found = next((self._rows[key] for key in (sha256, path, PurePosixPath(path).name) if key in self._rows), {})
        group = next((value for key, value in found.items() if key.lower() in GROUP_COLUMNS), "")
        return group, {key: value for key, value in found.items() if key.lower() not in GROUP_COLUMNS}


def by_image(
    table: LabelTable, names: Names, image_ids: dict[str, int]
) -> tuple[dict[int, list[LabelRow]], list[RowError]]:
    """Lines by image id, and the lines whose picture is not there. `image_ids` maps content hashes of the project."""
    lines: dict[int, list[LabelRow]] = defaultdict(list)
    errors: list[RowError] = []
    found = names.found(table.rows)
    for row in table.rows:
        try:
            image = image_ids.get(found.hash_of(row))
            if image is None:
                raise Refused(f"The picture {row.image!r} was deleted from the project. Restore it there first.")
            lines[image].append(row)
        except Refused as refusal:
            errors.append(RowError(row.line, str(refusal)))
    return lines, errors


def cells_of(
    table: LabelTable, lines: dict[int, list[LabelRow]], label_ids: dict[int, int]
) -> Iterator[tuple[list[Said], list[RowError]]]:
    """For each image the distinct cells its lines speak of; a line that contradicts an earlier one is an error.

    `label_ids` maps places in the table's labels to label ids.
    """
    for image, rows in sorted(lines.items()):
        said: dict[int, Said] = {}
        errors: list[RowError] = []
        for row in rows:
            for place, value in row.cells:
                if place not in label_ids:
                    continue
                cell = Said(image, label_ids[place], value, row.line)
                earlier = said.setdefault(cell.label, cell)
                if earlier.value != value:
                    message = f"{table.labels[place]!r} on {row.image!r} contradicts line {earlier.line}."
                    errors.append(RowError(row.line, message))
        yield list(said.values()), errors
