import { expect, test } from "vitest";

import { expectation } from "./expectation";

const listed = (...chances: (number | null)[]) => chances.map((chance) => ({ chance }));
const ten = (chance: number) => listed(...new Array<number>(10).fill(chance));

test("how many mistakes are expected is counted over the whole list", () => {
  expect(expectation(ten(0.3))).toBe(
    "About 3 of these 10 marks are expected to be mistakes, perhaps more; the likeliest come first.",
  );
  expect(expectation(ten(0.1))).toBe(
    "About 1 of these 10 marks is expected to be a mistake, perhaps more; the likeliest come first.",
  );
  expect(expectation(listed(0.99, 0.98))).toBe("Nearly all of these 2 marks are expected to be mistakes.");
});

test("a list that probably holds no mistake is shown all the same, and says so", () => {
  expect(expectation(ten(0.02))).toBe(
    "Probably none of these 10 marks is a mistake. If there is one, it is likely to be near the top.",
  );
});

test("one doubt is spoken of alone, and without chances nothing is said", () => {
  expect(expectation(listed(0.84))).toBe("This mark is expected to be a mistake with a chance of about 84%.");
  expect(expectation(listed(null))).toBeNull();
});
