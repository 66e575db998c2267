import { expect, test } from "vitest";

import { groupsOf, rank } from "./entries";
import type { Entry, Kind } from "./entries";

function entry(kind: Kind, text: string, also: string[] = []): Entry {
  return { id: `${kind}:${text}`, kind, text, also, run: () => undefined };
}

test("a beginning fits better than a word, a word better than letters, letters better than another name", () => {
  expect(rank({ text: "Traffic light" }, "tra")).toBe(0);
  expect(rank({ text: "Traffic light" }, "li")).toBe(1);
  expect(rank({ text: "Traffic light" }, "ight")).toBe(2);
  expect(rank({ text: "Traffic light", also: ["signal"] }, "sign")).toBe(3);
  expect(rank({ text: "Traffic light" }, "sea")).toBeNull();
});

test("words fit in any order, accents and case do not matter", () => {
  expect(rank({ text: "Café table" }, "TAB cafe")).toBe(1);
  expect(rank({ text: "Cafe" }, "café")).toBe(0);
});

test("what fits best comes first, whatever its kind", () => {
  const groups = groupsOf(
    [entry("act", "Close the image: the rest is absent"), entry("label", "Rest"), entry("page", "Labels")],
    "rest",
  );
  expect(groups.map((group) => group.entries[0]?.text)).toEqual(["Rest", "Close the image: the rest is absent"]);
});

test("a thousand labels are cut to a few, and how many are left out is said", () => {
  const labels = Array.from({ length: 1_000 }, (_, number) => entry("label", `label ${number.toString()}`));
  const [all] = groupsOf(labels, "");
  expect(all?.entries.length).toBe(6);
  expect(all?.more).toBe(994);
  const [found] = groupsOf(labels, "label 77");
  expect(found?.entries.map(({ text }) => text)).toContain("label 77");
  expect((found?.entries.length ?? 0) + (found?.more ?? 0)).toBe(19);
});

test("pictures that the server found stay, though their name holds the letters elsewhere", () => {
  expect(groupsOf([entry("picture", "shots/IMG_1.jpg")], "g 1")).toHaveLength(1);
});
