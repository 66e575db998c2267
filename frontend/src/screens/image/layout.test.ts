import { expect, test } from "vitest";

import type { Cell, Label, Value } from "../../api/types";
import { acceptable, findLabels, groupOf, itemsOf, layOut, sameLayout } from "./layout";

function label(id: number, name: string, change: Partial<Label> = {}): Label {
  return {
    id,
    name,
    column: id,
    synonyms: [],
    group: "",
    key: "",
    colour: "#888888",
    rule: "",
    rule_version: 1,
    stage: "learning",
    known: 0,
    positives: 0,
    accept_present: null,
    accept_absent: null,
    concepts: [],
    ...change,
  } as Label;
}

function cell(id: number, score: number | null, value: Value = 0, cantTell = false): Cell {
  return { label: id, value, version: 0, by: null, source: null, at: null, cant_tell: cantTell, score };
}

const LABELS = new Map(
  [1, 2, 3, 4, 5, 6].map((id) => [id, label(id, `label ${id.toString()}`, { accept_absent: 0.05 })]),
);

function groupsOf(cells: Cell[]) {
  return Object.fromEntries(layOut(cells, LABELS, 10).groups.map((group) => [group.name, group.labels]));
}

test("suggested present comes strongest first, worth asking most uncertain first, marked last", () => {
  const cells = [cell(1, 0.6), cell(2, 0.9), cell(3, 0.2), cell(4, 0.4), cell(5, 0.01), cell(6, 0.99, -1)];
  expect(groupsOf(cells)).toEqual({
    "suggested-present": [2, 1],
    "worth-asking": [4, 3],
    "suggested-absent": [5],
    marked: [6],
  });
});

test("a label without any score is the first worth asking, and can't tell counts as marked", () => {
  const groups = groupsOf([cell(1, 0.45), cell(2, null), cell(3, 0.9, 0, true)]);
  expect(groups["worth-asking"]).toEqual([2, 1]);
  expect(groups["marked"]).toEqual([3]);
});

test("a young model that calls everything absent is still asked about the five likeliest", () => {
  const labels = new Map([1, 2, 3, 4, 5, 6, 7].map((id) => [id, label(id, id.toString())]));
  const layout = layOut(
    [...labels.keys()].map((id) => cell(id, id / 100)),
    labels,
    10,
  );
  expect(layout.groups[1]?.labels).toEqual([7, 6, 5, 4, 3]);
  expect(layout.groups[2]?.labels).toEqual([2, 1]);
});

test("an earned threshold moves the border of its group", () => {
  expect(groupOf(cell(1, 0.42), label(1, "sea", { accept_present: 0.4 }))).toBe("suggested-present");
  expect(groupOf(cell(1, 0.42), label(1, "sea"))).toBe("worth-asking");
  expect(groupOf(cell(1, 0.2), label(1, "sea", { accept_absent: 0.25 }))).toBe("suggested-absent");
});

test("digits go to the first ten rows that are on the page, not into the folded group", () => {
  const layout = layOut([cell(1, 0.01), cell(2, 0.9), cell(3, 0.3), cell(4, 0.5, 1)], LABELS, 10);
  expect(layout.digits).toEqual([2, 3, 4]);
  const many = new Map(Array.from({ length: 40 }, (_, id) => [id, label(id, id.toString())]));
  expect(
    layOut(
      [...many.keys()].map((id) => cell(id, 0.5)),
      many,
      10,
    ).digits,
  ).toHaveLength(10);
});

function byLabel(...cells: Cell[]): ReadonlyMap<number, Cell> {
  return new Map(cells.map((one) => [one.label, one]));
}

test("a folded group is one head with its count; an empty group is nothing", () => {
  const cells = [cell(1, 0.01), cell(2, 0.02), cell(3, 0.9)];
  const layout = layOut(cells, LABELS, 10);
  expect(itemsOf(layout, new Set(["suggested-absent"]), byLabel(...cells))).toEqual([
    { kind: "head", group: "suggested-present", count: 1, folded: false },
    { kind: "row", label: 3 },
    { kind: "head", group: "suggested-absent", count: 2, folded: true },
  ]);
});

test("a label that was folded as absent shows once it is said to be present", () => {
  const layout = layOut([cell(1, 0.01), cell(2, 0.02), cell(3, 0.9, 1)], LABELS, 10);
  const items = itemsOf(
    layout,
    new Set(["suggested-absent", "marked"]),
    byLabel(cell(1, 0.01, 1), cell(2, 0.02, -1), cell(3, 0.9, 1)),
  );
  expect(items.flatMap((item) => (item.kind === "row" ? [item.label] : []))).toEqual([1]);
});

test("layouts are the same only when every label stands where it stood", () => {
  const before = layOut([cell(1, 0.6), cell(2, 0.9)], LABELS, 10);
  expect(sameLayout(before, layOut([cell(1, 0.7), cell(2, 0.8)], LABELS, 10))).toBe(true);
  expect(sameLayout(before, layOut([cell(1, 0.9), cell(2, 0.6)], LABELS, 10))).toBe(false);
});

test("finding looks into names, synonyms and rules, and puts names that begin so first", () => {
  const labels = [
    label(1, "season", { rule: "time of year" }),
    label(2, "overseas"),
    label(3, "coast", { synonyms: ["seashore"] }),
    label(4, "boat", { rule: "anything at sea" }),
    label(5, "car"),
  ];
  expect(findLabels(labels, "sea").map((found) => found.name)).toEqual(["season", "overseas", "coast", "boat"]);
  expect(findLabels(labels, "anything sea").map((found) => found.name)).toEqual(["boat"]);
  expect(findLabels(labels, "")).toHaveLength(5);
});

test("accepting takes only unknown cells on screen beyond the threshold their label has earned", () => {
  const labels = new Map([
    [1, label(1, "a", { accept_present: 0.9 })],
    [2, label(2, "b", { accept_present: 0.9, accept_absent: 0.05 })],
    [3, label(3, "c")],
    [4, label(4, "d", { accept_present: 0.5 })],
    [5, label(5, "e", { accept_present: 0.5 })],
    [6, label(6, "f", { accept_present: 0.5 })],
    [7, label(7, "g", { accept_present: 0.95, accept_absent: 0.8 })],
  ]);
  const cells = [
    cell(7, 0.71),
    cell(1, 0.95),
    cell(2, 0.02),
    cell(3, 0.99),
    cell(4, 0.8, -1),
    cell(5, 0.8),
    cell(6, 0.8),
  ];
  const byLabel = new Map(cells.map((each) => [each.label, each]));
  const offer = acceptable([1, 2, 3, 4, 5, 7], byLabel, labels, new Set([5]));
  expect(offer.present.map((each) => each.label)).toEqual([1]);
  expect(offer.absent.map((each) => each.label)).toEqual([2]);
});
