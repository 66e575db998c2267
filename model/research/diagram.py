"""Draws docs/images/method.svg: `python -m model.research.diagram FILE`. What a step computes, and how often."""

import sys
from pathlib import Path
from xml.sax.saxutils import escape

BOXES = [  # x, y, width, title, lines
    (10, 120, 120, "backbone", ["frozen to layer 3,", "norms folded"]),
    (160, 120, 150, "attention per label", ["guided by the name,", "f_c = a_c x: vectors only"]),
    (350, 20, 170, "base pass", ["graph + classifier at", "known labels only"]),
    (350, 120, 170, "instance blend (ILRB)", ["unknown here, present", "in the mirror image"]),
    (350, 220, 170, "prototype blend (PLRB)", ["one unknown label, mean", "of another location"]),
    (560, 170, 160, "changed rows only", ["first graph step by a", "rank-1 update"]),
    (560, 20, 160, "contrastive loss", ["one Gram matrix", "per label"]),
    (750, 95, 120, "loss", ["partial BCE x 3", "+ 0.05 contrastive"]),
]
ARROWS = [(0, 1), (1, 2), (1, 3), (1, 4), (3, 5), (4, 5), (2, 6), (5, 7), (6, 7)]
HEIGHT, INK, FILL = 66, "#23435f", "#e8f0f7"


def drawing() -> str:
    """The figure as SVG text, the same bytes every time."""
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 310" font-family="sans-serif" role="img" '
        'aria-label="A training step: backbone, attention per label, base pass, two blends, loss">',
        '<rect width="880" height="310" fill="#ffffff"/>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0 8 4 0 8z" fill="{INK}"/></marker></defs>',
    ]
    for start, end in ARROWS:
        x, y, width = BOXES[start][:3]
        to = BOXES[end]
        parts.append(
            f'<line x1="{x + width}" y1="{y + HEIGHT / 2:g}" x2="{to[0]}" y2="{to[1] + HEIGHT / 2:g}" '
            f'stroke="{INK}" marker-end="url(#tip)"/>'
        )
    for x, y, width, title, lines in BOXES:
        parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{HEIGHT}" rx="8" fill="{FILL}" stroke="{INK}"/>')
        for row, text in enumerate([title, *lines]):
            weight = ' font-weight="bold"' if row == 0 else ""
            parts.append(
                f'<text x="{x + width / 2:g}" y="{y + 19 + 17 * row}" font-size="12" text-anchor="middle" '
                f'fill="#111111"{weight}>{escape(text)}</text>'
            )
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(drawing())
