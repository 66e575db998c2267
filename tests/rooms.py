"""Draws what imports what: `python -m tests.rooms model annotator [--mermaid] [--modules] [--sizes] [--root DIR]`.

A room is what lies directly in the package, a module or a folder; with `--modules` every module is one. Prints rooms,
floors (the longest chain of imports), arrows between rooms, arrows that run back up (the fewest found whose removal
leaves no circle) and circles (groups of rooms that import each other in the end). Imports inside functions count,
those for type checks alone do not. `--mermaid` adds a drawing that GitHub shows, `--sizes` lines of file and function.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.paths import ROOT

Graph = dict[str, set[str]]


def modules(root: Path, package: str) -> dict[str, Path]:
    """Every module of a package by its dotted name."""
    found = {}
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def statements(node: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements below a node, without those under `if TYPE_CHECKING`."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        else:
            yield from statements(child)


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """(module, name or "") of every import of a file."""
    for statement in statements(ast.parse(path.read_text())):
        if isinstance(statement, ast.Import):
            yield from ((alias.name, "") for alias in statement.names)
        elif statement.module and not statement.level:
            yield from ((statement.module, alias.name) for alias in statement.names)


def imports(root: Path, package: str) -> Graph:
    """Modules of a package and those of the same package that each imports."""
    known = modules(root, package)
    graph: Graph = {name: set() for name in known}
    for name, path in known.items():
        for module, what in imported(path):
            whole = f"{module}.{what}" if f"{module}.{what}" in known else module
            if whole in known and whole != name:
                graph[name].add(whole)
    return graph


def rooms(graph: Graph, package: str) -> Graph:
    """The same by what lies directly in the package; what only names it, such as `__main__`, is no room."""

    def room(module: str) -> str:
        return ".".join(module.split(".")[:2])

    out: Graph = {}
    for module, others in graph.items():
        if module != package:
            mine = out.setdefault(room(module), set())
            mine |= {room(other) for other in others if other != package} - {room(module)}
    return out


def circles(graph: Graph) -> list[list[str]]:
    """Groups of two and more rooms each of which reaches every other (Tarjan)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(room: str) -> None:
        number[room] = low[room] = len(number)
        stack.append(room)
        for other in sorted(graph[room]):
            if other not in number:
                visit(other)
                low[room] = min(low[room], low[other])
            elif other in stack:
                low[room] = min(low[room], number[other])
        if low[room] == number[room]:
            group = stack[stack.index(room) :]
            del stack[stack.index(room) :]
            if len(group) > 1:
                found.append(sorted(group))

    for room in sorted(graph):
        if room not in number:
            visit(room)
    return found


def back_up(graph: Graph) -> set[tuple[str, str]]:
    """Arrows that run back up: few whose removal leaves no circle (greedy order of Eades, Lin and Smyth)."""
    out: set[tuple[str, str]] = set()
    for group in circles(graph):
        left, first, last = set(group), list[str](), list[str]()
        while left:
            sinks = [room for room in sorted(left) if not graph[room] & left]
            sources = [room for room in sorted(left) if not any(room in graph[other] for other in left)]
            if sinks:
                last[:0] = sinks
                left -= set(sinks)
            elif sources:
                first += sources
                left -= set(sources)
            else:
                excess = {r: len(graph[r] & left) - sum(r in graph[other] for other in left) for r in left}
                best = max(sorted(left), key=lambda room: excess[room])
                first.append(best)
                left.remove(best)
        place = {room: i for i, room in enumerate(first + last)}
        out |= {(a, b) for a in group for b in graph[a] & set(group) if place[b] < place[a]}
    return out


def floors(graph: Graph) -> dict[str, int]:
    """Floor of every room: 0 imports nothing, others stand one above the highest they import (back arrows apart)."""
    against = back_up(graph)
    level: dict[str, int] = {}

    def height(room: str) -> int:
        if room not in level:
            below = [height(other) for other in graph[room] if (room, other) not in against]
            level[room] = 1 + max(below, default=-1)
        return level[room]

    for room in graph:
        height(room)
    return level


def mermaid(graph: Graph) -> str:
    """The drawing, upper floors first; arrows that run back up are dotted."""
    level, against = floors(graph), back_up(graph)
    lines = ["```mermaid", "graph TD"]
    for floor in range(max(level.values(), default=0), -1, -1):
        here = sorted(room for room in graph if level[room] == floor)
        lines.append(f"  subgraph floor{floor} [floor {floor}]")
        lines += [f'    {room}["{room.split(".", 1)[-1]}"]' for room in here]
        lines.append("  end")
    for room in sorted(graph):
        lines += [f"  {room} {'-.->' if (room, other) in against else '-->'} {other}" for other in sorted(graph[room])]
    return "\n".join([*lines, "```"])


def counted(graph: Graph) -> dict[str, int]:
    """Rooms, floors, arrows, arrows that run back up, circles."""
    return {
        "rooms": len(graph),
        "floors": 1 + max(floors(graph).values(), default=-1),
        "arrows": sum(map(len, graph.values())),
        "back up": len(back_up(graph)),
        "circles": len(circles(graph)),
    }


def sizes(root: Path, package: str) -> Iterator[str]:
    """Lines of files and of functions: median, nine of ten, and the three largest by name."""
    files: dict[str, int] = {}
    functions: dict[str, int] = {}
    for name, path in modules(root, package).items():
        text = path.read_text()
        files[name] = len(text.splitlines())
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                functions[f"{name}.{node.name}"] = (node.end_lineno or node.lineno) - node.lineno + 1
    for what, lines in (("files", files), ("functions", functions)):
        ordered = sorted(lines.values())
        largest = ", ".join(f"{name} {lines[name]}" for name in sorted(lines, key=lambda name: -lines[name])[:3])
        middle, most = ordered[len(ordered) // 2], ordered[len(ordered) * 9 // 10]
        yield f"  {len(ordered)} {what}: median {middle} lines, nine of ten within {most}; largest {largest}"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("python -m tests.rooms", description=(__doc__ or "").split("\n", 1)[1])
    parser.add_argument("packages", nargs="+", help="folders such as model, annotator, annotator/queries")
    parser.add_argument("--modules", action="store_true", help="every module is a room")
    parser.add_argument("--sizes", action="store_true", help="lines of files and functions too")
    parser.add_argument("--mermaid", action="store_true", help="draw it too")
    parser.add_argument("--root", type=Path, default=ROOT, help="another copy of the repository")
    options = parser.parse_args(arguments)
    for package in options.packages:
        graph = imports(options.root, package)
        graph = graph if options.modules else rooms(graph, package)
        print(f"{package}: " + ", ".join(f"{number} {name}" for name, number in counted(graph).items()))
        for line in sizes(options.root, package) if options.sizes else ():
            print(line)
        for one, other in sorted(back_up(graph)):
            print(f"  back up: {one} -> {other}")
        for group in circles(graph):
            print(f"  circle: {', '.join(group)}")
        if options.mermaid:
            print(mermaid(graph))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
