import { expect, test } from "vitest";

import type { Version } from "../../api/types";
import { foldQuick } from "./folding";

const CARD: Version["card"] = {
  format: 1,
  state: "done",
  method: "tern",
  level: "quick",
  n_images: 0,
  n_labels: 0,
  known: null,
  metrics: {
    map: null,
    map_low: null,
    map_high: null,
    ece: null,
    ece_low: null,
    ece_high: null,
    n_heldout: 0,
    source: null,
    curve: [],
  },
  labels: [],
  names: {},
  choices: {},
  unreadable: [],
  checksums: {},
  peak_mib: null,
  stages: {},
  seconds: null,
};

function version(number: number, more: Partial<Version> = {}): Version {
  return {
    number,
    method: "tern",
    level: "quick",
    card: CARD,
    live: false,
    usable: true,
    note: "Went live.",
    created_at: `2026-03-0${number < 10 ? "1" : "2"}T12:00:00Z`,
    promoted_at: null,
    ...more,
  };
}

test("seventeen quick refits are the latest three and a line a day; live, chosen and full ones keep their own", () => {
  const all = Array.from({ length: 17 }, (_, place) => version(17 - place)).map((one) => {
    if (one.number === 6) return { ...one, live: true };
    if (one.number === 4) return { ...one, level: "full" };
    return one.number === 3 ? { ...one, note: "Rolled back to by Vera." } : one;
  });
  const { shown, folded } = foldQuick(all);
  expect(shown.map((one) => one.number)).toEqual([17, 16, 15, 6, 4, 3]);
  expect(folded.map(({ versions }) => versions.map((one) => one.number))).toEqual([
    [14, 13, 12, 11, 10],
    [9, 8, 7, 5, 2, 1],
  ]);
});

test("a first version, which no training made, is never folded", () => {
  expect(
    foldQuick([version(5), version(4), version(3), version(2), version(1, { level: null })]).shown.map(
      (one) => one.number,
    ),
  ).toEqual([5, 4, 3, 1]);
});
