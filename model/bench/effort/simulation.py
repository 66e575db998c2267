"""`python -m model bench effort`: human actions to finish a data set, by way of working.

A simulated annotator who knows the true labels finishes the training part of a data set through the real order of
pages, refit, cut line and closing. An action is one key press or one mouse press; ranges count two; every "next",
every commit and every accepted closing counts (`gestures`, `ways`). Recall and precision are
those of positives. The first seed is the whole part, each further one a random four fifths of its images.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from model.bench.effort.learner import Learner, Photographs, photographs
from model.bench.effort.mix import mix
from model.bench.effort.seconds import TILE_HIGH, TILE_LOW, seconds
from model.bench.effort.ways import Desk, every_cell, image_view, label_view, ticking
from model.metrics.interval import Estimate
from model.storage.durable import write_json

Way = Callable[[Desk], None]
RECOMMENDED, BASELINE = "mix", "ticking"
TARGETS = {"voc20": 0.20, "coco": 0.60}


def ways(data: Photographs) -> dict[str, tuple[str, Way]]:
    """Name -> (one line, what the annotator does)."""
    return {
        "every-cell": ("each image and label asked alone", every_cell),
        BASELINE: ("image by image, a click per positive, a key for next", ticking),
        "image-view": ("picture by picture with suggestions", lambda d: image_view(d, Learner(data))),
        "label-view": ("pages of 60, label after label, two empty pages close", lambda d: label_view(d, Learner(data))),
        RECOMMENDED: ("Tern's recommendation", lambda d: mix(d, Learner(data))),
    }


def variants(data: Photographs) -> dict[str, tuple[str, Way]]:
    """The mix without second looks at doubts and then with one thing more changed; the queue's strategies."""

    def plain(context: bool = True, **changed: Any) -> Way:
        return lambda d: mix(d, Learner(data, context=context), doubting=False, **changed)

    return {
        "mix-no-doubts": ("no second look at doubts", plain()),
        "mix-cut-by-click": ("and the cut line moved by a click of its own", plain(one_key=False)),
        "mix-pages-120": ("and at most 120 tiles on a page", plain(most=120)),
        "mix-pages-60": ("and at most 60 tiles on a page", plain(most=60)),
        "mix-no-context": ("and without marks of other labels", plain(context=False)),
        "mix-likeliest": ("and no tiles drawn at random", plain(order="likeliest")),
        "mix-uncertain": ("and pages of the most uncertain tiles", plain(order="uncertainty")),
        "mix-random": ("and pages of random tiles", plain(order="random")),
        "label-view-uncertain": (
            "as label-view, most uncertain first",
            lambda d: label_view(d, Learner(data), 60, "uncertainty"),
        ),
        "label-view-drawn": (
            "as label-view, one tile in five drawn at random",
            lambda d: label_view(d, Learner(data), 60, "score"),
        ),
        "label-view-random": ("as label-view, random tiles", lambda d: label_view(d, Learner(data), 60, "random")),
        "image-informative": (
            "image view, most informative first",
            lambda d: image_view(d, Learner(data), "informative"),
        ),
        "image-random": ("image view, random pictures", lambda d: image_view(d, Learner(data), "random")),
        "image-positives": ("image view, likely positives first", lambda d: image_view(d, Learner(data), "positives")),
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument("--data", type=Path, required=True, help="folder with photos/")
    parser.add_argument("--dataset", choices=("voc20", "coco"), default="voc20")
    parser.add_argument("--cache", type=Path, default=Path("var/cache/features"), help="cache of frozen features")
    parser.add_argument("--error-rate", type=float, default=0.0, help="share of answers that are wrong")
    parser.add_argument("--seeds", type=int, default=1, help="how many draws")
    parser.add_argument("--first-seed", type=int, default=0, help="0 is the whole part, others are four fifths of it")
    parser.add_argument("--ways", nargs="*", help="only these ways (default: the five main ones)")
    parser.add_argument("--compare", action="store_true", help="also page orders, page sizes and queue strategies")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path, help="curves as an SVG file")


def run(args: argparse.Namespace) -> int:
    """Run the simulations, print the table, write what was asked for."""
    began = time.monotonic()
    whole = photographs(args.dataset, args.data, args.cache)
    chosen = ways(whole) | (variants(whole) if args.compare or args.ways else {})
    if unknown := set(args.ways or []) - set(chosen):
        print(f"no way {', '.join(sorted(unknown))}; there are {', '.join(chosen)}", file=sys.stderr)
        return 2
    names = [n for n in chosen if not args.ways or n in (*args.ways, BASELINE)]
    results: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        data = whole.draw(seed)
        for name in names:
            results[name].append(simulate((ways(data) | variants(data))[name][1], data, args.error_rate, seed))
    report = summary(results, chosen, args)
    report["about"] = {
        "command": " ".join(sys.argv),
        "machine": platform.platform(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "seeds": [args.first_seed, args.first_seed + args.seeds - 1],
        "wall_seconds": round(time.monotonic() - began, 1),
    }
    print(table(report))
    if args.json:
        write_json(args.json, report)
    if args.plot:
        from model.bench.effort.plot import draw_curves

        draw_curves(args.plot, {n: r[0]["curve"] for n, r in results.items()}, args.dataset)
    return 0


def simulate(way: Way, data: Photographs, error_rate: float, seed: int) -> dict[str, Any]:
    """One annotator, one way, to the end."""
    desk = Desk.open(data, error_rate, seed)
    way(desk)
    desk.note()
    ledger, last = desk.ledger, desk.ledger.curve[-1]
    wrong = int(((desk.marks == 1) & (data.truth == -1)).sum() + ((desk.marks == -1) & (data.truth == 1)).sum())
    return {
        "actions": ledger.actions,
        "keys": ledger.keys,
        "clicks": ledger.clicks,
        "tiles": ledger.tiles,
        "pictures": ledger.pictures,
        "pages": ledger.pages,
        "doubts": ledger.doubts,
        "wrong_marks": wrong,
        "seconds": seconds(last),
        "seconds_low": seconds(last, TILE_LOW),
        "seconds_high": seconds(last, TILE_HIGH),
        "closed_unseen": int((~desk.shown).sum()),
        **desk.score(),
        "stated": sum(c.stated.value for c in ledger.closings),
        "stated_low": sum(c.stated.low for c in ledger.closings),
        "stated_high": sum(c.stated.high for c in ledger.closings),
        "missed": sum(c.missed for c in ledger.closings),
        "promise_kept": sum(c.missed <= c.stated.high for c in ledger.closings),
        "interval_holds": sum(c.stated.low <= c.missed <= c.stated.high for c in ledger.closings),
        "closings": len(ledger.closings),
        "together_holds": promised(ledger.together, sum(c.missed for c in ledger.closings)),
        "curve": [p | {"seconds": seconds(p)} for p in ledger.curve],
    }


def promised(stated: Estimate | None, missed: int) -> float:
    """1 when what was missed lies in the interval stated for all labels together; so too when nothing was closed."""
    return float(stated is None or stated.low <= missed <= stated.high)


def summary(
    results: dict[str, list[dict[str, Any]]], chosen: dict[str, tuple[str, Way]], args: argparse.Namespace
) -> dict[str, Any]:
    """Means over seeds by way, ratios to ticking, and the curves of the first seed."""
    tick = [r["actions"] for r in results[BASELINE]]
    report: dict[str, Any] = {"dataset": args.dataset, "error_rate": args.error_rate, "target": TARGETS[args.dataset]}
    report["ways"] = {}
    for name, runs in results.items():
        keys = [k for k in runs[0] if k != "curve"]
        row = {k: float(np.mean([r[k] for r in runs])) for k in keys}
        ratios = [r["actions"] / t for r, t in zip(runs, tick, strict=True)]
        row |= {"ratio": float(np.mean(ratios)), "ratio_spread": float(np.std(ratios)), "curve": runs[0]["curve"]}
        least = min(r["recall"] for r in runs)
        each = [{k: r[k] for k in ("actions", "recall", "precision", "stated", "missed")} for r in runs]
        report["ways"][name] = row | {"recall_least": least, "what": chosen[name][0], "runs": each}
    if RECOMMENDED in report["ways"]:
        report["ratio_to_ticking"] = report["ways"][RECOMMENDED]["ratio"]
        report["recall"], report["precision"] = (report["ways"][RECOMMENDED][k] for k in ("recall", "precision"))
    plain: dict[str, Any] = json.loads(json.dumps(report, default=float))
    return plain


def table(report: dict[str, Any]) -> str:
    """The report as a Markdown table."""
    lines = [
        "| way | actions | of ticking | recall | precision | wrong marks | tiles | pictures "
        "| hours (low to high) | stated / missed at closing | intervals that held: labels, together |",
        "|---" * 11 + "|",
    ]
    for name, r in report["ways"].items():
        hours = f"{r['seconds'] / 3600:.2f} ({r['seconds_low'] / 3600:.2f} to {r['seconds_high'] / 3600:.2f})"
        lines.append(
            f"| {name}: {r['what']} | {r['actions']:.0f} | {r['ratio']:.3f} | {100 * r['recall']:.1f} | "
            f"{100 * r['precision']:.1f} | {r['wrong_marks']:.0f} | {r['tiles']:.0f} | {r['pictures']:.0f} | {hours} | "
            f"{r['stated']:.1f} / {r['missed']:.1f} | "
            f"{100 * r['interval_holds'] / max(r['closings'], 1):.0f}%, {100 * r['together_holds']:.0f}% |"
        )
    return "\n".join(lines)
