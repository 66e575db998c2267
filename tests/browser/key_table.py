"""The table of keys of the page, and what each of its rows does: read from the page, or registered beside its id."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any, Literal

from annotator.start.page import node_commands
from tests.browser.tern import ROOT

READ = """
import ts from "typescript";
import { readFileSync } from "node:fs";
const read = (path) => {
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  const source = ts.transpileModule(readFileSync(path, "utf8"), { compilerOptions: options }).outputText;
  return import("data:text/javascript," + encodeURIComponent(source));
};
const { KEY_TABLE } = await read("src/keys/table.ts");
const { printed } = await read("src/keys/chord.ts");
console.log(JSON.stringify(KEY_TABLE.map((row) => ({ ...row, printed: printed(row.chords[0]) }))));
"""


def read_table() -> list[dict[str, Any]]:
    """The rows of `frontend/src/keys/table.ts`, each with its first chord as it is `printed` on buttons.

    The page must have been built, which brings the compiler.
    """
    node = shutil.which("node") or node_commands()[0][0]
    command = [node, "--input-type=module", "-e", READ]
    done = subprocess.run(command, cwd=ROOT / "frontend", capture_output=True, text=True, check=True)
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def pressed(chord: str) -> str:
    """A chord as Playwright presses it: by place for digits, by what is printed for the rest."""
    parts = re.split(r"\+(?=.)", chord)
    key = parts.pop()
    if key.isdigit():
        key = f"Digit{key}"
    shifted = "Shift" in parts and len(key) == 1
    return "+".join([*("Control" if part == "Mod" else part for part in parts), key.upper() if shifted else key])


# What can be seen of a view: name of the fact -> its value. A key is held to the facts that it may change.
# `Bench.facts` adds how often the page has been `read`.
FACTS = """() => {
    const one = (path) => document.querySelector(path);
    const all = (path) => [...document.querySelectorAll(path)];
    const rows = all(".row");
    const said = (state) => rows.filter((row) => row.dataset.state === state).length;
    const tiles = all("[role=gridcell]");
    return {
        picture: one(".shell-trail [aria-current=page]")?.textContent ?? null,
        states: Object.fromEntries(rows.map((row) => [row.dataset.label, row.dataset.state])),
        present: said("present"),
        absent: said("absent"),
        rows: rows.length,
        layout: rows.map((row) => row.dataset.label).join(" "),
        cursor: one(".row[data-cursor]")?.dataset.label ?? one("[role=gridcell][tabindex='0']")?.dataset.index
            ?? all(".doubt-item").findIndex((item) => item.ariaCurrent === "true"),
        transform: one(".stage-picture")?.style.transform ?? null,
        filter: one(".stage-picture img")?.style.filter ?? null,
        heat: all(".stage-heat, .tile-heat").length > 0,
        card: one(".card")?.ariaLabel ?? null,
        find: one(".find") !== null,
        asked: one(".close-question") !== null,
        look: one(".look") !== null,
        dialog: one("[role=dialog]") !== null,
        tiles: tiles.map((tile) => tile.dataset.image).join(" "),
        decisions: tiles.map((tile) => `${tile.dataset.state}${tile.dataset.own ?? "-"}`).join(" "),
        kept: all(".tile-kept").length,
        selected: all("[role=gridcell][aria-selected=true]").map((tile) => tile.dataset.index).join(" "),
        cut: one("[data-cut]")?.closest("[role=gridcell]")?.dataset.index ?? null,
        width: Math.round(one("[role=gridcell]")?.getBoundingClientRect().width ?? 0),
        order: one(".segment[data-selected]")?.textContent ?? null,
        heading: one("h1")?.textContent ?? null,
        shown: one(".audit-stage img")?.alt ?? null,
        address: location.pathname,
        doubted: all(".doubt-item[data-done]").length,
        answered: one(".audit-count")?.textContent ?? null,
    };
}"""


@dataclass(frozen=True)
class Effect:
    """What a row of the table does.

    `changes`: the facts that must change, and `may` those that may follow; no other does. `again`: a second press takes
    it "back", goes "on", or leaves it the "same". `at`: what is added to the address of its view; `start` and `first`:
    chords that make it mean something, once and before each press; `after`: chords that take it back. `writes`: how
    many operations it may send.
    """

    changes: str
    again: Literal["back", "on", "same"]
    may: str = ""
    first: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    at: str = ""
    writes: int = 1


def effect_of(row: dict[str, Any], scope: str) -> Effect:
    """What the row does in this view."""
    return EFFECTS.get(f"{row['id']}@{scope}") or EFFECTS[row["id"]]


PANEL = "states present absent rows layout cursor"
GONE_ON = f"{PANEL} transform heading"
COMMITTED = "decisions cut heading cursor width selected"

EFFECTS: dict[str, Effect] = {
    "help": Effect("dialog", "same"),
    "palette": Effect("dialog", "same"),
    **{f"present-{row}": Effect("states present", "back", may=PANEL) for row in range(10)},
    **{f"absent-{row}": Effect("states absent", "back", may=PANEL) for row in range(10)},
    "undo": Effect("states present", "on", first=("1",), may=PANEL),
    "redo": Effect("states present", "on", first=("1", "u"), after=("u",), may=PANEL),
    "undo@label": Effect("tiles", "on", first=("a", "Enter"), may=COMMITTED),
    "redo@label": Effect("tiles", "on", first=("a", "Enter", "u"), after=("u",), may=COMMITTED),
    "undo@question": Effect("answered", "on", first=("Shift+y",), may="heading shown"),
    "redo@question": Effect("answered", "on", first=("Shift+y", "u"), may="heading shown"),
    "undo@doubts": Effect("doubted cursor", "on", first=("y",)),
    "redo@doubts": Effect("doubted", "on", first=("y", "u"), after=("u",)),
    "row-down": Effect("cursor", "on"),
    "row-up": Effect("cursor", "on", first=("j", "j", "j")),
    "row-present": Effect("states present", "back", may=PANEL),
    "row-absent": Effect("states absent", "back", may=PANEL),
    "cant-tell": Effect("states", "back", may="rows layout"),
    "find": Effect("find", "same"),
    "rule": Effect("card", "back"),
    "cell-history": Effect("card", "back"),
    "close-card": Effect("card", "same", first=("i",)),
    "pin": Effect("dialog", "same"),
    "fold": Effect("rows layout", "back", may="states"),
    "sort": Effect("layout", "on", first=("1",), after=("u",), may=PANEL),
    "accept": Effect("states present", "same", after=("u",)),
    "accept-all": Effect("states present absent", "same", start=("a",), after=("u",)),
    "accept-suggested": Effect("states present", "same", after=("u",)),
    "close": Effect("asked", "same"),
    "close-present": Effect("picture asked", "on", first=("c",), may=GONE_ON, writes=2),
    "close-absent": Effect("picture asked", "on", first=("c",), may=GONE_ON),
    "close-back": Effect("asked", "same", first=("c",)),
    "next": Effect("picture", "on", may=GONE_ON),
    "previous": Effect("picture", "on", first=("n",), may=GONE_ON),
    "heat": Effect("heat", "same"),
    "zoom": Effect("transform", "back"),
    "zoom-in": Effect("transform", "on"),
    "zoom-out": Effect("transform", "on", first=("+", "+")),
    **{f"pan-{way}": Effect("transform", "on", first=("+", "+")) for way in ("left", "right", "up", "down")},
    "rotate": Effect("transform", "on"),
    "brighter": Effect("filter", "on"),
    "darker": Effect("filter", "on"),
    "contrast-more": Effect("filter", "on"),
    "contrast-less": Effect("filter", "on"),
    "invert": Effect("filter", "back"),
    "reset-picture": Effect("filter", "same", first=("]",), may="transform"),
}
EFFECTS |= {
    "commit-page": Effect("tiles", "on", first=("a",), after=("u",), may=COMMITTED),
    "cut-here": Effect("cut decisions", "same", first=("a", "Home", "ArrowRight")),
    "cut-earlier": Effect("cut decisions", "on", first=("End", "c")),
    "cut-later": Effect("cut decisions", "on", first=("Home", "c")),
    "cut-commit": Effect("tiles", "on", first=("a", "Home"), after=("u",), may=COMMITTED),
    "overwrite-page": Effect("dialog", "same", at="?show=present", first=("Home", "Shift+ArrowRight", "a")),
    "all-present": Effect("decisions", "same", first=("a",), may="cut"),
    "all-absent": Effect("decisions", "same", first=("p",), may="cut"),
    "tile-flip": Effect("decisions", "back", first=("a", "Home")),
    "tile-keep": Effect("kept decisions", "back", first=("a", "Home")),
    "tile-skip": Effect("decisions", "same", first=("a", "a", "Home")),
    "tile-bigger": Effect("width", "on"),
    "tile-smaller": Effect("width", "on"),
    "tile-look": Effect("look", "same"),
    "tile-heat": Effect("heat", "back"),
    # Another order is another page: what was said of this one does not come back with it.
    "page-order": Effect("order", "back", may="tiles decisions cut width cursor", at="?show=unknown"),
    "page-fresh": Effect("read", "on", may="tiles decisions cut"),
    "next-label": Effect("address heading picture", "on", may="tiles decisions cut cursor width"),
    "close-all": Effect("dialog", "same"),
    "tile-open": Effect("address", "on", may="*"),
    "tile-left": Effect("cursor", "on", first=("End",)),
    "reach-left": Effect("cursor selected", "on", first=("End",)),
    "tile-right": Effect("cursor", "on", first=("Home",)),
    "reach-right": Effect("cursor selected", "on", first=("Home",)),
    "tile-up": Effect("cursor", "on", first=("End",)),
    "reach-up": Effect("cursor selected", "on", first=("End",)),
    "tile-down": Effect("cursor", "on", first=("Home",)),
    "reach-down": Effect("cursor selected", "on", first=("Home",)),
    "tile-screen-down": Effect("cursor", "same", first=("Home",)),
    "tile-screen-up": Effect("cursor", "same", first=("End",)),
    "tile-first": Effect("cursor", "same", first=("End",)),
    "tile-last": Effect("cursor", "same", first=("Home",)),
    "tile-none": Effect("selected", "same", first=("Home", "Shift+ArrowRight")),
    "answer-yes": Effect("answered", "on", may="heading shown"),
    "answer-no": Effect("answered", "on", may="heading shown"),
    "answer-unsure": Effect("answered", "on", may="heading shown"),
    "answer-skip": Effect("shown", "on", may="heading"),
    "doubt-next": Effect("cursor", "on"),
    "doubt-before": Effect("cursor", "on", first=("j", "j")),
    "doubt-confirm": Effect("doubted cursor", "on", after=("u",)),
    "doubt-flip": Effect("doubted cursor", "on", after=("u",)),
}
