"""The figures of a walk: how much was done, how quickly keys showed, what page and server weigh."""

import statistics
from collections.abc import Sequence
from typing import Any

import psutil

from tests.browser.walk.network import SlowNetwork
from tests.browser.walk.person import Person

MIB = 1024 * 1024


def server_mib(pid: int) -> float:
    """Memory of the server and all that it started, in MiB."""
    first = psutil.Process(pid)
    return round(sum(one.memory_info().rss for one in [first, *first.children(recursive=True)]) / MIB, 1)


def figures(people: Sequence[Person], network: SlowNetwork, seconds: float, weights: Sequence[float]) -> dict[str, Any]:
    """All of them, with names as the results page has them."""
    acts = sum(sum(person.acts.values()) for person in people)
    paints = sorted(paint for person in people for paint in person.paints)
    return {
        "seconds": round(seconds),
        "acts": acts,
        "acts_per_second": round(acts / seconds, 1),
        "keys_watched": len(paints),
        "key_to_paint_p50_ms": round(statistics.median(paints), 1) if paints else None,
        "key_to_paint_p95_ms": round(statistics.quantiles(paints, n=20)[18], 1) if len(paints) > 1 else None,
        "page_mib_start": [round(person.heap[0] / MIB, 1) for person in people],
        "page_mib_end": [round(person.heap[-1] / MIB, 1) for person in people],
        "server_mib_start": weights[0],
        "server_mib_end": weights[-1],
        "packets": network.packets,
        "packets_lost": network.lost,
        "connections_broken": network.broken,
    }
