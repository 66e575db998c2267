"""Estimated seconds of human work, from published times.

Keys and clicks: the keystroke-level model (Card, Moran and Newell, Communications of the ACM 23:7, 1980): 0.20 s a key
of an average skilled typist, 1.10 s to point plus 0.20 s to press for a click, 1.35 s to prepare mentally, which is
counted once for each page and each picture. Deciding whether one object class is in one picture: 1.0 s (Bearman,
Russakovsky, Ferrari and Fei-Fei, "What's the point", ECCV 2016: about 20 s for the 20 classes of a VOC picture).
A thumbnail among others that are sorted: between 0.1 s (Krishna et al., "Embracing error to enable rapid
crowdsourcing", CHI 2016: 100 ms a picture, at a tenth of the usual time) and that 1.0 s; TILE is our choice between
the two, and both bounds are reported beside it. For ticking, a picture costs its preparation and 1.0 s for each
positive found: little, so the comparison leans towards the other tools.
"""

from __future__ import annotations

from collections.abc import Mapping

KEY, CLICK, PREPARE, DECIDE = 0.20, 1.30, 1.35, 1.0
TILE_LOW, TILE, TILE_HIGH = 0.1, 0.25, 1.0


def seconds(point: Mapping[str, float], tile: float = TILE) -> float:
    """Seconds behind one point of a curve: counts `keys`, `clicks`, `tiles`, `pictures`, `pages`, `questions`.

    Every correction or tick in the picture view is one decision; it is counted with the key or click that made it.
    """
    decisions = point["questions"] + (point["clicks"] + point["keys"] if point["pictures"] else 0) - point["pictures"]
    return (
        KEY * point["keys"]
        + CLICK * point["clicks"]
        + PREPARE * (point["pages"] + point["pictures"])
        + DECIDE * max(decisions, 0)
        + tile * point["tiles"]
    )
