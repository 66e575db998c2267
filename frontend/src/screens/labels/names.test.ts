import { expect, test } from "vitest";

import { namesIn } from "./names";

test("a list is read by lines, commas and tabs, and one name is one name", () => {
  expect(namesIn("dining table\n sea \n\nboat, car;\tlamp\r\n")).toEqual([
    "dining table",
    "sea",
    "boat",
    "car",
    "lamp",
  ]);
  expect(namesIn("dining table")).toEqual(["dining table"]);
});
