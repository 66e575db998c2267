import { expect, test } from "vitest";

import type { Cell, Operation, Value } from "../api/types";
import { differing, inverse, nextBatch, overlayCells, overlayChecked, standOn, turnsOf, waitingValue } from "./entry";
import type { Entry } from "./entry";

let serial = 0;

function entry(change: Partial<Entry> & { image?: number; label?: number; value?: Value }): Entry {
  serial += 1;
  const { image = 1, label = 1, value = 1, ...rest } = change;
  const operation: Operation = { id: `op-${serial.toString()}`, kind: "mark", image, label, value, base: 0 };
  return {
    seq: serial,
    id: operation.id,
    person: 9,
    project: 1,
    operation,
    effects: [{ image, label, value, was: 0 }],
    text: "",
    state: "waiting",
    detail: "",
    theirs: [],
    at: 0,
    ...rest,
  };
}

function cell(label: number, value: Value = 0): Cell {
  return { label, value, version: 3, by: null, source: null, at: null, cant_tell: false, score: 0.4 };
}

test("what waits is painted over the server's cells, the latest last", () => {
  const cells = [cell(1), cell(2, -1)];
  const painted = overlayCells(cells, 1, [entry({ label: 1, value: 1 }), entry({ label: 1, value: -1 })]);
  expect(painted.map((each) => each.value)).toEqual([-1, -1]);
  expect(painted[0]?.by).toBe(9);
  expect(painted[0]?.version).toBe(3);
});

test("another image's marks and refused ones paint nothing", () => {
  const cells = [cell(1)];
  expect(overlayCells(cells, 1, [entry({ image: 2 }), entry({ state: "conflict" })])).toEqual(cells);
  expect(waitingValue([entry({ state: "parked" })], 1, 1)).toBeUndefined();
});

test("closing shows the image as checked at once, and taking it back shows it as before", () => {
  const close = entry({ checked: { image: 1, on: true, was: false } });
  expect(overlayChecked(false, 1, [close])).toBe(true);
  expect(overlayChecked(false, 1, [close, entry({ checked: { image: 1, on: false, was: true } })])).toBe(false);
  expect(overlayChecked(false, 2, [close])).toBe(false);
});

test("the inverse of an act gives back what every cell was, receipts too", () => {
  const effects = [{ image: 1, label: 2, value: 0 as const, was: -1 as const, cantTell: true, couldNotTell: false }];
  expect(inverse(effects)).toEqual([{ image: 1, label: 2, value: -1, was: 0, cantTell: false, couldNotTell: true }]);
  expect(inverse(inverse(effects))).toEqual(effects);
});

test("a batch holds several changes of one cell, in order", () => {
  const first = entry({ label: 1 });
  const again = entry({ label: 1, value: -1 });
  expect(nextBatch([first, again, entry({ label: 3 })]).slice(0, 2)).toEqual([first, again]);
});

test("a batch is of one project and skips what waits for a person", () => {
  const stuck = entry({ state: "conflict" });
  const first = entry({ label: 5 });
  expect(nextBatch([stuck, first, entry({ project: 2, label: 6 })])).toEqual([first]);
});

const made = new Map([["1:2", 7]]);
const base = (operation: Operation, effects: Entry["effects"], entries: Entry[]) => {
  const { base: stands, after } = standOn(operation, effects, entries, made);
  return { stands, after };
};

test("a second key stands on the first one that waits, and on the version that one stands on", () => {
  const first = entry({ label: 1 });
  const second = entry({ label: 1, value: -1 });
  second.operation.base = 3;
  expect(base(second.operation, second.effects, [first])).toEqual({ stands: 0, after: [first.id] });
});

test("what was answered a moment ago counts as seen; 'do not check' stays so", () => {
  const late = entry({ label: 2 });
  expect(base(late.operation, late.effects, [])).toEqual({ stands: 7, after: undefined });
  const fine = entry({ label: 3 });
  expect(base(fine.operation, fine.effects, [entry({ label: 1 })])).toEqual({ stands: 0, after: undefined });
  const unchecked: Operation = { id: "x", kind: "mark", image: 1, label: 2, value: 1, base: null };
  expect(base(unchecked, late.effects, []).stands).toBeNull();
});

test("a page stands, cell by cell, on what waits and on what was answered", () => {
  const first = entry({ label: 1 });
  const cells = [1, 2, 3].map((label) => ({ image: 1, label, value: 1 as const, base: 0 }));
  const effects = cells.map(({ image, label, value }) => ({ image, label, value, was: 0 as const }));
  const page = standOn({ id: "page", kind: "page", cells }, effects, [first], made);
  expect(page.cells?.map((cell) => cell.base)).toEqual([0, 7, 0]);
  expect(page.after).toEqual([first.id]);
});

test("the chain of undo and redo of an act is found in order", () => {
  const act = entry({ label: 1 });
  const undo = entry({ operation: { id: "u", kind: "undo", of: act.id } });
  const redo = entry({ operation: { id: "r", kind: "undo", of: "u" } });
  [undo.id, redo.id] = ["u", "r"];
  expect(turnsOf(act.id, [act, undo, redo]).map((one) => one.id)).toEqual(["u", "r"]);
  expect(turnsOf(act.id, [act])).toEqual([]);
});

test("where both sides say the same there is nothing to decide", () => {
  const effects = [entry({ label: 1 }), entry({ label: 2 })].flatMap((one) => one.effects);
  const theirs = [{ image: 1, label: 1, value: 1 as const, version: 7, by: 9, at: null, source: null }];
  expect(differing(effects, theirs).map((effect) => effect.label)).toEqual([2]);
});
