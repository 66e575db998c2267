/** What a list of doubts promises, in one plain sentence. */
import type { Schemas } from "../../api/types";

type Chance = Pick<Schemas["Doubt"], "chance">;

/** From here on a mark is more likely wrong than right. */
const STANDS_OUT = 0.5;

function aboutCount(wrong: number): string {
  return wrong < 1.5 ? "at most one or two are" : `about ${Math.round(wrong).toString()} are`;
}

/** "About 9 in 10 of these are expected to be wrong."; null when no chances are known. */
export function expectation(doubts: readonly Chance[]): string | null {
  const chances = doubts.flatMap(({ chance }) => (chance === null ? [] : [chance]));
  if (chances.length === 0) return null;
  const mean = chances.reduce((sum, chance) => sum + chance, 0) / chances.length;
  if (doubts.length === 1) return `This mark is expected to be wrong with a chance of about ${(mean * 100).toFixed(0)}%.`;
  if (chances.every((chance) => chance < STANDS_OUT)) return `No mark stands out; of these ${doubts.length.toString()}, ${aboutCount(mean * chances.length)} expected to be wrong.`;
  const ofTen = Math.round(mean * 10);
  return ofTen === 10 ? "Nearly all of these are expected to be wrong." : `About ${ofTen.toString()} in 10 of these are expected to be wrong.`;
}
