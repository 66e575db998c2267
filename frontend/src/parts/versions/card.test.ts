import { expect, test } from "vitest";

import { changeOf, estimate, measuredAlike, seriesOf } from "./card";

const HELD = { map: 0.7, source: "out-of-fold" } as const;
const BLIND = { map: 0.6, source: "audit" } as const;

test("figures by blind answers and on held-out marks are two series, and what was not measured is in none", () => {
  expect(seriesOf([BLIND, HELD, { map: null, source: null }, { ...HELD, map: 0.8 }])).toEqual([
    { source: "out-of-fold", points: [HELD, { ...HELD, map: 0.8 }] },
    { source: "audit", points: [BLIND] },
  ]);
});

test("a change is only told between figures that were measured the same way", () => {
  expect(changeOf({ ...HELD, map: 0.75 }, HELD)).toBeCloseTo(0.05);
  expect(changeOf(BLIND, HELD)).toBeNull();
  expect(changeOf(HELD, { map: null, source: null })).toBeNull();
});

test("figures are said with their interval, and compared only where both were measured the same way", () => {
  expect([estimate(0.713, 0.65, 0.771), estimate(0.5, null, null), estimate(null, null, null)]).toEqual([
    "71.3% (65.0% to 77.1%)",
    "50.0%",
    "not measured",
  ]);
  expect([
    measuredAlike([HELD, HELD]),
    measuredAlike([HELD, BLIND]),
    measuredAlike([BLIND, { map: null, source: null }]),
  ]).toEqual([true, false, true]);
});
