"""A number with its interval."""

from __future__ import annotations

from dataclasses import dataclass

CONFIDENCE = 0.9


@dataclass(frozen=True)
class Estimate:
    """A number with its interval (CONFIDENCE of the probability lies inside)."""

    value: float
    low: float
    high: float
