"""A number with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

CONFIDENCE = 0.9
# Of fewer answers than this nothing is concluded, however right they are.
LEAST_EVIDENCE = 8


def least_right(wanted: float) -> int:
    """How many answers, all of them right, it takes until one may say that at least the share `wanted` is right.

    The lower end of the one-sided Clopper-Pearson interval of n right of n is (1 - CONFIDENCE)^(1/n).
    """
    return max(LEAST_EVIDENCE, math.ceil(math.log(1 - CONFIDENCE) / math.log(wanted)))


@dataclass(frozen=True)
class Estimate:
    """A number with its interval (CONFIDENCE of the probability lies inside)."""

    value: float
    low: float
    high: float
