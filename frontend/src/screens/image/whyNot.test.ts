import { expect, test } from "vitest";

import type { Cell, Label } from "../../api/types";
import { whyNot } from "./whyNot";

function cell(score: number | null, change: Partial<Cell> = {}): Cell {
  return { label: 1, value: 0, version: 0, by: null, source: null, at: null, cant_tell: false, score, ...change };
}

function label(change: Partial<Label>): Label {
  return { id: 1, name: "boat", positives: 12, accept_needs: 45, accept_present: null, ...change } as Label;
}

test("a suggestion that is not offered says what is missing", () => {
  expect(whyNot(cell(0.99), label({}), 0.95)).toBe(
    "Not offered yet: 95% right can be promised from 45 pictures marked present on; so far 12 are.",
  );
  expect(whyNot(cell(0.99), label({ positives: 1 }), 0.95)).toContain("so far 1 is.");
  expect(whyNot(cell(0.99), label({ positives: 60 }), 0.95)).toContain(
    "too few of its suggestions were right to promise 95%",
  );
  expect(whyNot(cell(0.95), label({ accept_present: 0.97 }), 0.95)).toContain(
    "Offered from 97.0% on, where 95% have been right; this is 95.0%.",
  );
});

test("what is offered, marked, unlikely or without a suggestion needs no reason", () => {
  expect(whyNot(cell(0.98), label({ accept_present: 0.97 }), 0.95)).toBeNull();
  expect(whyNot(cell(0.98, { value: 1 }), label({}), 0.95)).toBeNull();
  expect(whyNot(cell(0.98, { cant_tell: true }), label({}), 0.95)).toBeNull();
  expect(whyNot(cell(0.3), label({}), 0.95)).toBeNull();
  expect(whyNot(cell(null), label({}), 0.95)).toBeNull();
});
