"""Images with partial labels: label dropping, the protocol of the paper, and what a fit is given."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


def drop_labels(labels: ArrayLike, proportion: float, seed: int = 0) -> NDArray[np.int8]:
    """Keep each entry of labels [N, C] with the given probability, the rest becomes 0 (unknown).

    One uniform number per entry in row-major order from NumPy's legacy stream, as the authors draw it; seed 0 gives
    their published masks bit for bit, and the known sets of growing proportions are nested.
    """
    y = np.asarray(labels)
    if not 0 <= proportion <= 1:
        raise ValueError(f"the proportion of known labels is a fraction in [0, 1], not {proportion}")
    keep = np.random.RandomState(seed).random_sample(y.shape) < proportion
    return np.where(keep, y, 0).astype(np.int8)
