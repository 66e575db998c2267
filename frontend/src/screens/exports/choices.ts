/** What can be chosen for a snapshot, in words. Which formats there are, and what each loses, the server says. */
import type { Schemas } from "../../api/types";

export type Format = Schemas["SnapshotFormat"];
export type FormatShape = Schemas["FormatShape"];
export type Source = Schemas["Source"];
export type Extra = Schemas["ExtrasEnum"];
export type Parts = "none" | "two" | "three";

const LOST: Readonly<Record<string, string>> = { absent: "absent", cant_tell: "can't tell" };

/** A format as a choice: what it says, and which states it has no word for. */
export function choiceOf(format: FormatShape): { value: Format; text: string; help: string } {
  const lost = format.loses.flatMap((one) => LOST[one] ?? []);
  const loses = lost.length > 0 ? ` No word for ${lost.join(", ")}: left out.` : "";
  return { value: format.name, text: format.title, help: format.says + loses };
}

const EXTRAS: Readonly<Record<Extra, string>> = {
  split: "Part for training or testing",
  group: "Group of pictures taken together",
  checked: "Who looked the picture through",
  cant_tell: "Labels of which somebody could not tell",
  source: "How each mark was made",
  by: "Who made it",
  at: "When",
  probability: "What the live model says of it",
};

/** What any of these formats can tell besides; the part comes by itself when parts are drawn. */
export function extrasOf(formats: readonly FormatShape[]): { value: Extra; text: string }[] {
  const known = new Set(formats.flatMap((format) => format.extras));
  return (Object.keys(EXTRAS) as Extra[])
    .filter((name) => name !== "split" && known.has(name))
    .map((name) => ({ value: name, text: EXTRAS[name] }));
}

export const SOURCES: readonly { value: Source; text: string }[] = [
  { value: "human", text: "Marked one by one" },
  { value: "page", text: "Pages of tiles" },
  { value: "accepted", text: "Accepted suggestions" },
  { value: "closed", text: "Closed: the rest is absent" },
  { value: "imported", text: "Imported" },
  { value: "audit", text: "Blind questions" },
  { value: "implied", text: "Implied by a relation" },
  { value: "policy", text: "Accepted by a rule" },
];

export const EVERY_SOURCE = SOURCES.map((source) => source.value);

export const PARTS: readonly { value: Parts; text: string }[] = [
  { value: "none", text: "None" },
  { value: "two", text: "Train 80 %, test 20 %" },
  { value: "three", text: "Train 80 %, validation 10 %, test 10 %" },
];

/** Shares in per cent. A group of pictures is in one part, and stays in it as the project grows. */
export const SHARES: Readonly<Record<Exclude<Parts, "none">, Record<string, number>>> = {
  two: { train: 80, test: 20 },
  three: { train: 80, val: 10, test: 10 },
};
