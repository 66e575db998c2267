"""The paper's tables and figures from cells: Markdown, CSV and SVG."""

import argparse
import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from model.research import published
from model.research.methods import METHODS
from model.storage.durable import write_atomic

Measured = dict[tuple[str, str, float, int], dict[str, Any]]
PAPER_DATASET = {
    "voc20": "voc",
    "voc2007": "voc",
    "voc2007-absent": "voc",
    "coco": "coco",
    "coco2014": "coco",
    "vg200": "vg200",
}
COLUMNS = (
    "dataset",
    "method",
    "paper_row",
    "known",
    "seeds",
    "mAP_interpolated",
    "sd",
    "mAP",
    "mAP_common",
    "OF1",
    "CF1",
    "seconds",
    "paper_mAP",
)


def render(
    cells: Measured,
    out: Path,
    args: argparse.Namespace,
    protocol: str,
    notes: dict[str, str],
    refused: dict[tuple[str, str], str] | None = None,
) -> None:
    """Write tables.md, tables.csv and, where their cells exist, figure-5.svg and figure-6.svg.

    `refused` says of a (data set, method) why this protocol cannot run it.
    """
    out.mkdir(parents=True, exist_ok=True)
    _write(out / "tables.csv", _csv(cells))
    _write(out / "tables.md", _markdown(cells, args, protocol, notes, refused or {}))
    for dataset in sorted({key[0] for key in cells}):
        figures(cells, dataset, out)


def _write(path: Path, text: str) -> None:
    write_atomic(path, lambda file: file.write(text.encode()))


def mean_of(cells: Measured, dataset: str, method: str, known: float, key: str) -> tuple[float, float, int] | None:
    """Mean, standard deviation and number over seeds, or None without cells."""
    here = (dataset, method, known)
    values = [cell[key] for place, cell in cells.items() if place[:3] == here and cell[key] is not None]
    return (float(np.mean(values)), float(np.std(values)), len(values)) if values else None


def paper_map(dataset: str, row: str | None, known: float) -> float | None:
    """The paper's mAP in per cent, or None."""
    figures = published.MAP.get(PAPER_DATASET.get(dataset, ""), {}).get(row or "")
    place = [i for i, p in enumerate(published.PROPORTIONS) if abs(p - known) < 1e-9]
    return figures[place[0]] if figures and place else None


def _csv(cells: Measured) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    order = list(METHODS)
    for dataset, method, known in sorted({key[:3] for key in cells}, key=lambda k: (k[0], k[2], order.index(k[1]))):
        means = {
            key: mean_of(cells, dataset, method, known, key)
            for key in ("mAP_interpolated", "mAP", "mAP_common", "OF1", "CF1", "seconds")
        }
        main, row = means["mAP_interpolated"], METHODS[method].paper
        if main is None:
            continue
        figure = {key: "" if value is None else f"{value[0]:.5f}" for key, value in means.items()}
        writer.writerow(
            [
                dataset,
                method,
                row or "",
                f"{known:g}",
                main[2],
                figure["mAP_interpolated"],
                f"{main[1]:.5f}",
                *(figure[k] for k in ("mAP", "mAP_common", "OF1", "CF1", "seconds")),
                paper_map(dataset, row, known) or "",
            ]
        )
    return out.getvalue()


def _markdown(
    cells: Measured,
    args: argparse.Namespace,
    protocol: str,
    notes: dict[str, str],
    refused: dict[tuple[str, str], str],
) -> str:
    parts = []
    for dataset in sorted({key[0] for key in cells}):
        present = [m for m in METHODS if any(key[:2] == (dataset, m) for key in cells)]
        known = sorted({key[2] for key in cells if key[0] == dataset})
        note = f" ({notes[dataset]})" if notes.get(dataset) else ""
        parts.append(
            f"## {dataset}{note}, {protocol} protocol\n\nMean ± standard deviation over seeds, per cent; in "
            "brackets the paper's figure for its own full data set and ResNet-101. mAP is interpolated.\n"
        )
        by_row = {METHODS[m].paper: m for m in present}
        for title, rows, table in (
            ("Table I: averages over the known shares", published.TABLE_II, _averages),
            ("Table II: mAP by known share", published.TABLE_II, _by_share),
            ("Table III: averages of the ablations", published.TABLE_IV, _averages),
            ("Table IV: mAP of the ablations", published.TABLE_IV, _by_share),
        ):
            methods = [by_row[row] for row in rows if row in by_row]
            parts += [f"### {title}\n", table(cells, dataset, methods, known), ""]
        others = [m for m in present if METHODS[m].paper is None]
        parts += ["### Not in the paper: ours, settings and controls\n", _by_share(cells, dataset, others, known), ""]
        not_run = [f"- {_named(m)}: {why}" for (place, m), why in refused.items() if place == dataset]
        parts += ["### Not run under this protocol\n", *not_run, ""] if not_run else []
    return "\n".join(parts)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _by_share(cells: Measured, dataset: str, methods: list[str], known: list[float]) -> str:
    head = ["method", *(f"{100 * k:g} %" for k in known), "mean"]
    lines = [_line(head), _line(["---", *["---:"] * (len(head) - 1)])]
    for method in methods:
        found = [mean_of(cells, dataset, method, k, "mAP_interpolated") for k in known]
        theirs = [paper_map(dataset, METHODS[method].paper, k) for k in known]
        texts = [_figure(f, t) for f, t in zip(found, theirs, strict=True)]
        whole = f"{100 * np.mean([f[0] for f in found if f]):.1f}" if all(found) else ""
        lines.append(_line([_named(method), *texts, whole]))
    return "\n".join(lines)


def _averages(cells: Measured, dataset: str, methods: list[str], known: list[float]) -> str:
    lines = [_line(["method", "mAP", "OF1", "CF1"]), _line(["---", "---:", "---:", "---:"])]
    theirs = published.F1.get(PAPER_DATASET.get(dataset, ""), {})
    for method in methods:
        row = METHODS[method].paper or ""
        texts = [_named(method)]
        for i, key in enumerate(("mAP_interpolated", "OF1", "CF1")):
            found = [mean_of(cells, dataset, method, k, key) for k in known]
            own = f"{100 * np.mean([f[0] for f in found if f]):.1f}" if all(found) else ""
            series = published.MAP.get(PAPER_DATASET.get(dataset, ""), {}).get(row)
            other = (float(np.mean(series)) if series else None, *theirs.get(row, (None, None)))[i]
            texts.append(own + (f" ({other:.1f})" if other is not None else ""))
        lines.append(_line(texts))
    return "\n".join(lines)


def _named(method: str) -> str:
    row = METHODS[method].paper
    return f"{row} (`{method}`)" if row else f"`{method}`: {METHODS[method].summary}"


def _figure(found: tuple[float, float, int] | None, theirs: float | None) -> str:
    if found is None:
        return "" if theirs is None else f"({theirs})"
    spread = f" ± {100 * found[1]:.1f}" if found[2] > 1 else ""
    return f"{100 * found[0]:.1f}{spread}" + (f" ({theirs})" if theirs is not None else "")


def figures(cells: Measured, dataset: str, out: Path) -> None:
    """Figure 5 (seconds per epoch of ILRB and PLRB) and Figure 6 (loss without and with PLRB), at 50 % known."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    known = min({k for d, _, k, _ in cells if d == dataset}, key=lambda k: abs(k - 0.5))
    found = {m: cells.get((dataset, m, known, 0)) for m in ("ssgrl", "sarb-ilrb", "sarb-plrb", "sarb")}
    matplotlib.rcParams["svg.hashsalt"] = "tern"
    plots = (("figure-5", ("sarb-ilrb", "sarb-plrb"), _draw_time), ("figure-6", ("sarb-ilrb", "sarb"), _draw_loss))
    for name, needed, draw in plots:
        chosen = {m: c for m in needed if (c := found[m]) is not None}
        if len(chosen) == len(needed):
            figure, axes = pyplot.subplots(figsize=(5, 3), layout="constrained")
            draw(axes, chosen)
            axes.set_title(f"{dataset}, {100 * known:g} % known")
            drawn = io.BytesIO()
            figure.savefig(drawn, format="svg", metadata={"Date": None})
            _write(out / f"{name}-{dataset}.svg", drawn.getvalue().decode())
            pyplot.close(figure)


def _draw_time(axes: Any, chosen: dict[str, dict[str, Any]]) -> None:
    seconds = [float(np.median(cell["epoch_seconds"])) for cell in chosen.values()]
    axes.bar(["Ours ILRB", "Ours PLRB"], seconds, color="#3b6ea8")
    axes.set_ylabel("seconds per epoch")


def _draw_loss(axes: Any, chosen: dict[str, dict[str, Any]]) -> None:
    for cell, label, colour in zip(chosen.values(), ("without PLRB", "with PLRB"), ("#c8553d", "#3b6ea8"), strict=True):
        axes.plot(np.linspace(0, 1, len(cell["losses"])), cell["losses"], label=label, color=colour, linewidth=0.8)
    axes.set_xlabel("share of the training")
    axes.set_ylabel("loss")
    axes.legend()
