import { expect, test } from "vitest";

import { readReason, reasonText, workOn } from "./reasons";

test("a reason with words is read back as it was said", () => {
  expect(reasonText("private", " a face ")).toBe("private: a face");
  expect(readReason("private: a face")).toEqual({ reason: "private", words: "a face" });
  expect(readReason(reasonText("corrupt", ""))).toEqual({ reason: "corrupt", words: "" });
  expect(readReason("blurred")).toEqual({ reason: "wrong picture", words: "blurred" });
});

const by = (...work: [string, number][]) => ({ work: work.map(([name, marks], person) => ({ person, name, marks })) });

test("whose work it is, is said over all chosen pictures", () => {
  expect(workOn([by(), by()])).toBe("no marks");
  expect(workOn([by(["Anna", 1])])).toBe("1 mark by Anna");
  expect(workOn([by(["Anna", 2], ["Ben", 5]), by(["Anna", 1])])).toBe("8 marks: 5 by Ben and 3 by Anna");
  expect(workOn([by(["A", 4], ["B", 3], ["C", 2], ["D", 1], ["E", 1])])).toBe(
    "11 marks: 4 by A, 3 by B, 2 by C and some by 2 others",
  );
});
