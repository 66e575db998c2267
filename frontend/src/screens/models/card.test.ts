import { expect, test } from "vitest";

import { changeOf, seriesOf } from "./card";

const HELD = { map: 0.7, source: "out-of-fold" };
const BLIND = { map: 0.6, source: "audit" };

test("figures by blind answers and on held-out marks are two series, and what was not measured is in none", () => {
  expect(seriesOf([BLIND, HELD, { map: null, source: "" }, { ...HELD, map: 0.8 }])).toEqual([
    { source: "out-of-fold", points: [HELD, { ...HELD, map: 0.8 }] },
    { source: "audit", points: [BLIND] },
  ]);
});

test("a change is only told between figures that were measured the same way", () => {
  expect(changeOf({ ...HELD, map: 0.75 }, HELD)).toBeCloseTo(0.05);
  expect(changeOf(BLIND, HELD)).toBeNull();
  expect(changeOf(HELD, { map: null, source: "" })).toBeNull();
});
