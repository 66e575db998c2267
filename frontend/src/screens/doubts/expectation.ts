/** What a list of doubts promises, in one plain sentence. */
import type { Schemas } from "../../api/types";

type Chance = Pick<Schemas["Doubt"], "chance">;

/** "About 9 in 10 of these are expected to be wrong."; null when no chances are known. */
export function expectation(doubts: readonly Chance[]): string | null {
  const chances = doubts.flatMap(({ chance }) => (chance === null ? [] : [chance]));
  if (chances.length === 0) return null;
  const mean = chances.reduce((sum, chance) => sum + chance, 0) / chances.length;
  if (doubts.length === 1) return `This mark is expected to be wrong with a chance of about ${(mean * 100).toFixed(0)}%.`;
  const ofTen = Math.round(mean * 10);
  if (ofTen === 0) return "Few of these are expected to be wrong; they are where to look first.";
  return ofTen === 10 ? "Nearly all of these are expected to be wrong." : `About ${ofTen.toString()} in 10 of these are expected to be wrong.`;
}
