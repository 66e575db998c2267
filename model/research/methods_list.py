"""`python -m model methods`: every named configuration with a line each and the paper's figures."""

import argparse

from model.research import published
from model.research.methods import METHODS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dataset", choices=sorted(published.MAP), help="whose figures to print (default all three)")


def run(args: argparse.Namespace) -> int:
    """Print name, row of the paper, summary, and the paper's mAP at 10, 50 and 90 % known labels."""
    datasets = [args.dataset] if args.dataset else list(published.MAP)
    print(
        "mAP of the paper at 10 / 50 / 90 % known labels: " + ", ".join(published.DATASETS[d] for d in datasets) + "\n"
    )
    for method in METHODS.values():
        kind = "control" if method.control else method.paper or "ours"
        figures = [_figures(dataset, method.paper) for dataset in datasets] if method.paper else []
        print(f"{method.name:24s} {kind:22s} {method.summary}")
        if figures:
            print(f"{'':24s} {', '.join(figures)}")
    return 0


def _figures(dataset: str, row: str) -> str:
    series = published.MAP[dataset].get(row)
    return "-" if series is None else " / ".join(str(series[i]) for i in (0, 4, 8))
