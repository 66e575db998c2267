import { expect, test } from "vitest";

import type { Cell, Operation, Value } from "../api/types";
import { inverse, nextBatch, overlayCells, overlayChecked, rebase, waitingValue } from "./entry";
import type { Entry } from "./entry";

let serial = 0;

function entry(change: Partial<Entry> & { image?: number; label?: number; value?: Value }): Entry {
  serial += 1;
  const { image = 1, label = 1, value = 1, ...rest } = change;
  const operation: Operation = { id: `op-${serial.toString()}`, kind: "mark", image, label, value, base: 0 };
  return {
    seq: serial, id: operation.id, person: 9, project: 1, operation, effects: [{ image, label, value, was: 0 }],
    state: "waiting", detail: "", theirs: [], at: 0, ...rest,
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

test("a batch never holds two changes of one cell, so that each stands on an answered version", () => {
  const first = entry({ label: 1 });
  const other = entry({ label: 2 });
  const again = entry({ label: 1, value: -1 });
  expect(nextBatch([first, other, again, entry({ label: 3 })])).toEqual([first, other]);
});

test("a batch is of one project and skips what waits for a person", () => {
  const stuck = entry({ state: "conflict" });
  const first = entry({ label: 5 });
  expect(nextBatch([stuck, first, entry({ project: 2, label: 6 })])).toEqual([first]);
});

test("rebasing moves a mark onto the version the server reported, and leaves 'do not check' alone", () => {
  const states = [{ image: 1, label: 1, value: 1 as const, version: 7, by: 9, at: null, source: null }];
  expect(rebase(entry({ label: 1 }).operation, states).base).toBe(7);
  expect(rebase(entry({ label: 2 }).operation, states).base).toBe(0);
  const unchecked: Operation = { id: "x", kind: "mark", image: 1, label: 1, value: 1, base: null };
  expect(rebase(unchecked, states).base).toBeNull();
});
