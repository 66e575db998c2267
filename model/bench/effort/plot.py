"""Curves of the effort benchmark: share of positives found against actions and against estimated seconds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from model.storage.durable import write_atomic


def draw_curves(path: Path, curves: dict[str, list[dict[str, Any]]], dataset: str) -> None:
    """Write an SVG with two panels, one line for each way; both horizontal axes are logarithmic."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "tern"
    from matplotlib import pyplot as plt

    figure, panels = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True)
    for panel, key, scale, title in zip(
        panels, ("actions", "seconds"), (1, 3600), ("human actions", "estimated hours"), strict=True
    ):
        for name, points in curves.items():
            panel.plot([p[key] / scale for p in points], [p["recall"] for p in points], label=name, linewidth=1.6)
        panel.set_xscale("log")
        panel.set_xlabel(title)
        panel.axhline(0.98, color="0.6", linewidth=0.8, linestyle=":")
        panel.grid(alpha=0.25)
    panels[0].set_ylabel("recall of positives")
    panels[0].set_title(dataset)
    panels[1].legend(fontsize=8)
    figure.tight_layout()
    write_atomic(path, lambda file: figure.savefig(file, format="svg", metadata={"Date": None}))
    plt.close(figure)
