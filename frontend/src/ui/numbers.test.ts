import { expect, test } from "vitest";

import { counted, noun } from "./numbers";

test("one is said in the singular, everything else in the plural", () => {
  expect([0, 1, 2, 2600].map((count) => counted(count, "mark"))).toEqual([
    "0 marks",
    "1 mark",
    "2 marks",
    "2,600 marks",
  ]);
  expect([1, 2].map((count) => counted(count, "entry", "entries"))).toEqual(["1 entry", "2 entries"]);
  expect([1, 2].map((count) => noun(count, "needs", "need"))).toEqual(["needs", "need"]);
});

const COUNTABLE =
  "mark|picture|label|image|cell|day|file|row|decision|question|answer|tile|hour|minute|project|version|snapshot|change|doubt|suggestion|key";
/** A number that is put in, and behind it a noun that is always in the plural. */
const ALWAYS_MANY = new RegExp(
  `(?<!\\{\\d)\\}(?: (?:more|other|new|open|unknown|blind))? (?:${COUNTABLE})s\\b(?![=.])`,
);

test("no text of the page puts a plural behind a number without asking how many", () => {
  const sources = import.meta.glob<string>(["../**/*.tsx", "../**/*.ts", "!../**/*.test.ts", "!../api/schema.d.ts"], {
    query: "?raw",
    import: "default",
    eager: true,
  });
  const faults = Object.entries(sources).flatMap(([file, source]) =>
    source
      .split("\n")
      .filter((line) => ALWAYS_MANY.test(line) && !/^\s*(\*|\/\/|\/\*\*|import|export (type )?\{)/.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(Object.keys(sources).length).toBeGreaterThan(100);
  expect(faults).toEqual([]);
});
