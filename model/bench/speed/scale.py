"""Growth of our head with labels and batch: seconds and peak memory of a whole head step (decoupling to gradients)."""

import argparse
import resource
from typing import Any

from model.bench.measure import peak_bytes, synchronise
from model.bench.speed.literal import LiteralSARB
from model.bench.speed.step import HIDDEN, MIB, WIDTH, Problem, ours, stepper, sum_of

LIMIT_MIB = 8 * 1024


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """One row per (classes, batch), smallest first; `fits` says whether the row stays within 8 GB."""
    rows = [_row(c, b, args) for c in args.classes for b in args.batch]
    return {"rows": rows, "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _row(classes: int, batch: int, args: argparse.Namespace) -> dict[str, Any]:
    problem = Problem(classes, batch, args.size, args.known, args.device)
    literal = LiteralSARB(WIDTH, problem.words, problem.graph, HIDDEN)
    network = ours(problem, literal, None, False)
    problem.prototypes = problem.prototypes[:0]
    maps = problem.maps.requires_grad_()
    step = stepper(network, lambda: sum_of(network.losses(problem.batch(maps))), args.device, fused=True)
    peak = peak_bytes(step, args.device) / MIB
    synchronise(args.device)
    parts = step()
    return {
        "classes": classes,
        "batch": batch,
        "seconds": parts["step"],
        "forward": parts["forward"],
        "backward": parts["backward"],
        "peak_mib": peak,
        "fits": peak <= LIMIT_MIB,
    }
