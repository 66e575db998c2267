"""What the known marks of an image say about its other labels: extra columns of a label's features (docs/method.md).

A picture with a known horse more likely shows a person; a picture in which nothing has been found yet, though most
labels are settled, most likely shows one of those that are left. A label's own mark never enters its own columns, so
known cells can train on them as they are. With no marks at all the columns are zero and change nothing. The paper
passes such messages through its label graph; here the graph's weights are learned per label with everything else.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from model.arrays import F32

EXTRA = 3
"""Columns besides one for each label: something is present, nothing is though much is settled, share settled absent."""
PENALTY = 0.3
"""Penalty on the squared weight of a column; one mark of another label is strong evidence compared with one feature."""


def columns(marks: ArrayLike, label: int, penalty: float = 0.1) -> F32:
    """Context of one label for every image, [N, C + EXTRA], from `marks` [N, C] in {1, -1, 0}.

    The first C columns are 1 where another label is present (0 in the label's own). Columns are scaled so that a
    solver that puts the same `penalty` on every weight acts as if these had PENALTY.
    """
    others = np.array(marks, dtype=np.int8)
    others[:, label] = 0
    present = (others == 1).astype(np.float32)
    some = present.any(1)
    absent = (others == -1).mean(1, dtype=np.float32)
    parts = [present, some[:, None], np.where(some, 0, absent)[:, None], absent[:, None]]
    return np.concatenate(parts, axis=1, dtype=np.float32) * np.float32(np.sqrt(penalty / PENALTY))
