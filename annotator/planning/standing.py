"""What cells hold now, and what a table that says something of them would do: arrays, one label at a time."""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from annotator.models import Source
from annotator.sql.quick import fetch

# What a table's word meets in a cell.
FREE, SAME, EARLIER, PEOPLE, WITHDRAWN, UNSURE = range(6)
SURE_ONLY = 2
MARKS = "SELECT image_id, value, source, annotator_id FROM annotator_mark WHERE label_id = %s AND resolved"
# Set back to unknown by a person, and nothing since: what an import did, or what was undone, is not meant by it.
WITHDRAWALS = """
SELECT e.label_id, e.image_id, e.annotator_id FROM annotator_markevent e
WHERE e.project_id = %s AND e.label_id IN %s AND e.new = 0 AND COALESCE(e.restores, 1) > 0 AND e.source <> %s
AND NOT EXISTS (SELECT 1 FROM annotator_markevent l
  WHERE l.image_id = e.image_id AND l.label_id = e.label_id AND l.version > e.version)
"""
UNSURES = "SELECT label_id, image_id, annotator_id FROM annotator_canttell WHERE project_id = %s AND label_id IN %s"

Ids = NDArray[np.int64]


@dataclass
class Kept:
    """Pictures of a label, sorted, with whose word it is."""

    images: Ids
    by: Ids

    def whose(self, images: Ids) -> Ids:
        """Who said it of each picture, 0 for nobody."""
        return at(self.images, self.by, images)


@dataclass
class Marked(Kept):
    """Marks of a label."""

    values: Ids
    imported: Ids


def at(keys: Ids, values: Ids, wanted: Ids) -> Ids:
    """The value of each wanted key, 0 where there is none; keys are sorted."""
    if not len(keys):
        return np.zeros(len(wanted), np.int64)
    places = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    return np.where(keys[places] == wanted, values[places], 0)


@dataclass
class Standing:
    """What people and earlier imports said of some labels of a project."""

    project_id: int
    withdrawn: dict[int, Kept] = field(default_factory=dict)
    unsure: dict[int, Kept] = field(default_factory=dict)

    def load(self, labels: list[int]) -> None:
        """Read what was taken back, and what nobody could tell."""
        self.withdrawn = kept(fetch(WITHDRAWALS, self.project_id, labels, Source.IMPORTED.value))
        self.unsure = kept(fetch(UNSURES, self.project_id, labels))

    def marked(self, label: int) -> Marked:
        """The marks of a label; read anew each time, since those of all labels at once may be millions."""
        rows = sorted(fetch(MARKS, label)) if label else []
        columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
        imported = [source == Source.IMPORTED for source in columns[2]]
        images, values, by = (np.array(columns[place], np.int64) for place in (0, 1, 3))
        return Marked(images, by, values, np.array(imported, np.int64))


def kept(rows: list[tuple[int, ...]]) -> dict[int, Kept]:
    """By label."""
    of: dict[int, dict[int, int]] = defaultdict(dict)
    for label, image, by in rows:
        of[label][image] = by
    return {
        label: Kept(np.array(sorted(told), np.int64), np.array([told[one] for one in sorted(told)], np.int64))
        for label, told in of.items()
    }


def judge(label: int, images: Ids, said: Ids, marked: Marked, standing: Standing) -> tuple[NDArray[np.int8], Ids]:
    """(what each word of the table meets, whose word that is); `images` 0 for new pictures, which have no marks."""
    values, by = at(marked.images, marked.values, images), marked.whose(images)
    imported = at(marked.images, marked.imported, images) > 0
    kinds = np.full(len(images), FREE, np.int8)
    kinds[values != 0] = np.where(imported, EARLIER, PEOPLE)[values != 0]
    kinds[(values != 0) & (values == said)] = SAME
    for kind, told in ((WITHDRAWN, standing.withdrawn.get(label)), (UNSURE, standing.unsure.get(label))):
        if told is not None:
            whose = told.whose(images)
            here = (whose != 0) & (values == 0)
            kinds[here], by[here] = kind, whose[here]
    # Of a cell that somebody could not tell, "can't tell" says nothing new.
    kinds[(kinds == UNSURE) & (said == SURE_ONLY)] = SAME
    return kinds, by
