import { expect, test } from "vitest";

import { expectation } from "./expectation";

const listed = (...chances: (number | null)[]) => chances.map((chance) => ({ chance }));

test("the mean of the chances is said in tenths", () => {
  expect(expectation(listed(0.95, 0.9, 0.82))).toBe("About 9 in 10 of these are expected to be wrong.");
  expect(expectation(listed(0.99, 0.98))).toBe("Nearly all of these are expected to be wrong.");
});

test("a list in which no mark stands out says so first", () => {
  expect(expectation(listed(0.05, 0.02))).toBe("No mark stands out; of these 2, at most one or two are expected to be wrong.");
  expect(expectation(listed(...new Array<number>(10).fill(0.3)))).toBe("No mark stands out; of these 10, about 3 are expected to be wrong.");
});

test("one doubt is spoken of alone, and without chances nothing is said", () => {
  expect(expectation(listed(0.84))).toBe("This mark is expected to be wrong with a chance of about 84%.");
  expect(expectation(listed(null))).toBeNull();
});
