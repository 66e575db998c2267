/** Why a picture is set aside, and the sentences about whose work goes with it. */
import { LIMITS } from "../../api/limits";
import type { Schemas } from "../../api/types";
import { counted } from "../../ui/numbers";

export type Picture = Schemas["Picture"];

export const REASONS = [
  { value: "wrong picture", text: "Wrong picture", help: "It does not belong to this project." },
  { value: "corrupt", text: "Corrupt", help: "It cannot be seen, or only in part." },
  { value: "rule unclear", text: "Rule unclear", help: "The rules do not say how to label it." },
  { value: "private", text: "Private", help: "It shows what should not be shared." },
] as const;

export type Reason = (typeof REASONS)[number]["value"];

/** As long as the server takes; the longest reason and two signs stand before the words. */
export const MOST_WORDS = LIMITS.reasonLetters - Math.max(...REASONS.map(({ value }) => value.length)) - 2;

/** "private", or "private: a face" with some words. */
export function reasonText(reason: Reason, words: string): string {
  return words.trim() ? `${reason}: ${words.trim()}` : reason;
}

/** The reason and the words of a flag; any other text is all words of the first reason that fits nothing better. */
export function readReason(flagged: string): { reason: Reason; words: string } {
  const known = REASONS.find(({ value }) => flagged === value || flagged.startsWith(`${value}: `));
  if (!known) return { reason: REASONS[0].value, words: flagged };
  return { reason: known.value, words: flagged.slice(known.value.length + 2) };
}

/** "41 marks, 30 by Anna and 11 by Ben"; the people with most marks first. */
export function workOn(pictures: readonly Pick<Picture, "work">[]): string {
  const byPerson = new Map<string, number>();
  for (const { name, marks } of pictures.flatMap((picture) => picture.work))
    byPerson.set(name, (byPerson.get(name) ?? 0) + marks);
  const people = [...byPerson].sort(([, one], [, other]) => other - one);
  const all = people.reduce((sum, [, marks]) => sum + marks, 0);
  if (people.length === 0) return "no marks";
  if (people.length === 1) return `${counted(all, "mark")} by ${people[0]?.[0] ?? ""}`;
  const told = people.slice(0, 3).map(([name, marks]) => `${marks.toString()} by ${name}`);
  const rest = people.length - told.length;
  const last = rest > 0 ? `by ${counted(rest, "other person", "others")}` : (told.pop() ?? "");
  return `${counted(all, "mark")}: ${told.join(", ")} and ${rest > 0 ? `some ${last}` : last}`;
}
